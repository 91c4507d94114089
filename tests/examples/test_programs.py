"""The bundled programs run, and say what their journals say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES))


def run(name: str, *arguments: str) -> str:
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_case_is_short_and_ends_proved() -> None:
    assert len((EXAMPLES / "first_case.py").read_text("utf-8").splitlines()) < 40
    out = run("first_case.py")
    assert "hxxps://t[.]me/example_channel" in out
    assert "state: taken_down | proved up to entry 7" in out


def test_the_affair_is_told_from_two_verified_journals() -> None:
    out = run("telegram_2017.py")
    figures = {line.rsplit(None, 2)[0].strip(): line.split()[-2:] for line in out.splitlines() if line[-1:].isdigit()}
    assert figures["messages sent to the platform"] == ["6", "5"]
    assert figures["times the silence was noticed"] == ["0", "4"]
    assert figures["receipts confirmed"] == ["0", "1"]
    assert figures["domains blocked"] == ["11", "0"]
    assert figures["providers that blocked them"] == ["2", "0"]
    assert "whole country" not in out
    assert figures["days from the first report to the end"] == ["499", "4"]
    assert out.count("each step proved") == 2


def test_the_affair_is_told_in_indonesian_too() -> None:
    out = run("telegram_2017.py", "--lang", "id")
    assert "Pemblokiran diperintahkan" in out
    assert "setiap langkah terbukti" in out
    assert "The ministry" not in out


def test_every_sentence_has_both_languages() -> None:
    from telegram_words import WORDS

    english, indonesian = WORDS["en"], WORDS["id"]
    assert english.sentences.keys() == indonesian.sentences.keys()
    assert english.figures.keys() == indonesian.figures.keys()


def test_the_account_prints_only_what_the_journals_say(monkeypatch: pytest.MonkeyPatch) -> None:
    import telegram_2017
    from telegram_words import WORDS

    runner, case = telegram_2017.procedure_of_2017()
    journal = telegram_2017.journal_of(runner, case)
    told = telegram_2017.lines(journal, WORDS["en"], 80)
    without = telegram_2017.lines([e for e in journal if e.event != "Acknowledged"], WORDS["en"], 80)
    assert any("confirms receipt" in line for line in told)
    assert not any("confirms receipt" in line for line in without)
    assert telegram_2017.figures([e for e in journal if e.event != "Acknowledged"])["confirmed"] == 0


@pytest.mark.parametrize(("language", "sentence"), [("en", "Nobody has to confirm"), ("id", "Tidak ada yang wajib")])
def test_that_nobody_has_to_confirm_is_said_of_a_mail_without_a_clock_for_its_receipt(
    language: str, sentence: str
) -> None:
    import telegram_2017
    from telegram_words import WORDS

    def told(story: tuple[Any, Any], *, clocks: bool = True) -> int:
        journal = telegram_2017.journal_of(*story)
        if not clocks:
            for entry in journal:
                entry.doc["effects"].pop("deadlines", None)
        return " ".join(telegram_2017.lines(journal, WORDS[language], 500)).count(sentence)

    assert told(telegram_2017.practice_of_2016()) == 6
    assert told(telegram_2017.procedure_of_2017()) == 0
    assert told(telegram_2017.procedure_of_2017(), clocks=False) == 5


def test_how_many_providers_blocked_is_read_from_what_they_stated() -> None:
    import telegram_2017

    journal = telegram_2017.journal_of(*telegram_2017.practice_of_2016())
    first = [e for e in journal if e.event != "EffectGiven" or e.doc["by"]["organisation"] == "isp-1"]
    figures = telegram_2017.figures(first)
    assert (figures["blocked"], figures["blocking"]) == (11, 1)


def test_a_national_procedure_is_made_by_extending_a_bundled_one() -> None:
    out = run("own_procedure.py")
    assert "0 open finding(s)" in out
    assert "after the ministry's check: opinion_asked" in out
    assert "may counsel give an opinion? depends provision" in out
    assert "rolled back: participant 'keep_desk_list' raised RuntimeError" in out
    assert "[('sent_on_government_channel',)]" in out
    assert "'prosecutor_told': True" in out
    assert "proved up to entry 7" in out
