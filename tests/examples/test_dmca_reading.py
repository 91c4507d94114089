"""The promises of the DMCA reading example: elements, repositories, candidates, and what it says of bad rows."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from dmca_reading import (
    COUNTER_NOTICE_ELEMENTS,
    NOTICE_ELEMENTS,
    BadDocument,
    Document,
    NoticeIndex,
    Reading,
    Verdict,
    candidates,
    normalise_repository,
    read,
)

_ROOT = Path(__file__).parents[2]
_CASELOAD = _ROOT / "examples" / "data" / "small_caseload.jsonl"
_SAMPLE = Path(os.environ.get("SOPFLOW_DMCA_SAMPLE") or _ROOT.parent / "shared" / "data" / "github-dmca-sample.jsonl")

P, R, M = Verdict.PRESENT, Verdict.REDACTED, Verdict.MISSING


def _document(text: str, kind: str = "notice", date: str = "2024-05-05", file: str = "a.md") -> Document:
    return Document(file=file, date=datetime.date.fromisoformat(date), kind=kind, text=text)


def _read(text: str, kind: str = "notice", date: str = "2024-05-05", file: str = "a.md") -> Reading:
    return read(_document(text, kind, date, file))


def _caseload() -> tuple[dict[str, Reading], list[BadDocument]]:
    readings: dict[str, Reading] = {}
    bad: list[BadDocument] = []
    for line in _CASELOAD.read_text(encoding="utf-8").splitlines():
        try:
            document = Document.parse_line(line)
        except BadDocument as error:
            bad.append(error)
        else:
            readings[document.file] = read(document)
    return readings, bad


# --------------------------------------------------------------------------------------------------------------------
# Rows
# --------------------------------------------------------------------------------------------------------------------

_ROW: dict[str, object] = {"file": "a.md", "date": "2024-05-05", "kind": "notice", "urls": [], "text": "Hello"}


def test_a_good_row_becomes_a_document() -> None:
    document = Document.parse({**_ROW, "urls": ["https://github.com/example-owner/thing"]})
    assert document == Document(
        file="a.md",
        date=datetime.date(2024, 5, 5),
        kind="notice",
        urls=("https://github.com/example-owner/thing",),
        text="Hello",
    )


def test_a_row_may_leave_out_its_urls() -> None:
    assert Document.parse({name: value for name, value in _ROW.items() if name != "urls"}).urls == ()


@pytest.mark.parametrize("name", ["file", "date", "kind", "text"])
def test_a_missing_mandatory_field_is_named_with_its_remedy(name: str) -> None:
    with pytest.raises(BadDocument) as caught:
        Document.parse({field: value for field, value in _ROW.items() if field != name})
    assert (caught.value.field, caught.value.value) == (name, None)
    assert caught.value.remedy == "give a non-empty text"
    assert str(caught.value) == f"{name}: got None; give a non-empty text"


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("file", 7, "non-empty text"),
        ("file", "  ", "non-empty text"),
        ("date", "05.05.2024", "YYYY-MM-DD"),
        ("date", "2024-02-30", "YYYY-MM-DD"),
        ("date", "20240205", "YYYY-MM-DD"),
        ("kind", "appeal", "notice, counter_notice, retraction"),
        ("urls", "https://github.com", "list of texts"),
        ("text", "", "non-empty text"),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_remedy(name: str, value: object, remedy: str) -> None:
    with pytest.raises(BadDocument) as caught:
        Document.parse({**_ROW, name: value})
    assert (caught.value.field, caught.value.value) == (name, value)
    assert repr(value) in str(caught.value)
    assert remedy in str(caught.value)


def test_an_address_that_is_no_text_is_named_itself() -> None:
    with pytest.raises(BadDocument) as caught:
        Document.parse({**_ROW, "urls": ["https://github.com", 5]})
    assert (caught.value.field, caught.value.value) == ("urls", 5)


@pytest.mark.parametrize("line", ["", "{", "[1]", '"text"', "null"])
def test_a_line_that_is_no_json_object_is_named_a_bad_line(line: str) -> None:
    with pytest.raises(BadDocument) as caught:
        Document.parse_line(line)
    assert (caught.value.field, caught.value.value) == ("line", line)
    assert "one JSON object per line" in caught.value.remedy


def test_a_bad_document_is_a_value_error_that_does_not_show_a_whole_text() -> None:
    assert issubclass(BadDocument, ValueError)
    assert len(str(BadDocument("kind", "x" * 5000, "give one"))) < 200


# --------------------------------------------------------------------------------------------------------------------
# Repositories
# --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "repository"),
    [
        ("https://github.com/Example-Owner/Thing", "example-owner/thing"),
        ("http://www.github.com/example-owner/thing/", "example-owner/thing"),
        ("github.com/example-owner/thing", "example-owner/thing"),
        ("see github.com/example-owner/thing.", "example-owner/thing"),
        ("(https://github.com/example-owner/thing),", "example-owner/thing"),
        ("[the copy](https://github.com/example-owner/thing)", "example-owner/thing"),
        ("**https://github.com/example-owner/thing**", "example-owner/thing"),
        ("__https://github.com/example-owner/thing__", "example-owner/thing"),
        ("<https://github.com/example-owner/thing>", "example-owner/thing"),
        ("'https://github.com/example-owner/thing'", "example-owner/thing"),
        ("https://github.com/example-owner/thing.git", "example-owner/thing"),
        ("https://github.com/example-owner/thing.git.", "example-owner/thing"),
        ("git@github.com:example-owner/thing.git", "example-owner/thing"),
        ("https://github.com/example-owner/thing.js", "example-owner/thing.js"),
        ("https://github.com/example-owner/.dotfiles", "example-owner/.dotfiles"),
        ("https://github.com/example-owner/example-owner.github.io", "example-owner/example-owner.github.io"),
        ("https://github.com/example-owner/thing/blob/main/a/b.py#L3-L9", "example-owner/thing"),
        ("https://github.com/example-owner/thing/tree/main/a%20b", "example-owner/thing"),
        ("https://github.com/example-owner/thing/raw/main/a.bin", "example-owner/thing"),
        ("https://github.com/example-owner/thing?tab=readme", "example-owner/thing"),
        ("https://raw.githubusercontent.com/example-owner/thing/main/a.py", "example-owner/thing"),
        ("https://raw.github.com/example-owner/thing/main/a.py", "example-owner/thing"),
        ("https://api.github.com/repos/example-owner/thing/zipball", "example-owner/thing"),
        ("https://github.com/example-owner", None),
        ("https://github.com/example-owner/", None),
        ("https://github.com/github/dmca/blob/master/2024/a.md", None),
        ("https://github.com/github/site-policy", None),
        ("https://github.com/contact/dmca", None),
        ("https://github.com/settings/profile", None),
        ("https://github.com/site/terms", None),
        ("https://github.com/orgs/example-owner", None),
        ("https://gist.github.com/example-owner/0123456789abcdef", None),
        ("https://help.github.com/articles/dmca-takedown-policy", None),
        ("https://docs.github.com/articles/dmca-takedown-policy", None),
        ("https://example-owner.github.io/thing/", None),
        ("https://notgithub.com/example-owner/thing", None),
        ("https://github.company.example/example-owner/thing", None),
        ("copyright@github.com/ or by letter", None),
    ],
)
def test_an_address_is_normalised_to_its_repository_or_to_none(written: str, repository: str | None) -> None:
    assert normalise_repository(written) == (f"github.com/{repository}" if repository else None)


def test_repositories_are_listed_once_in_the_order_of_the_text() -> None:
    text = "Remove github.com/b/two, github.com/A/one and https://github.com/B/Two/blob/main/x.py."
    assert _read(text).repositories == ("github.com/b/two", "github.com/a/one")


def test_the_form_tells_the_original_from_the_reported_repositories() -> None:
    text = """Please provide a detailed description of the original copyrighted work.
https://github.com/example-author/tool
What files should be taken down?
https://github.com/example-owner/tool
Have you searched for any forks of it?
https://github.com/example-fork/tool and, to be sure, https://github.com/example-author/tool
Is the work licensed under an open source license?
See https://github.com/example-licence/text
"""
    assert _read(text).repositories == ("github.com/example-owner/tool", "github.com/example-fork/tool")


def test_a_form_answered_elsewhere_keeps_all_repositories() -> None:
    text = """Please provide a detailed description of the original copyrighted work.
My tool; the copy is https://github.com/example-owner/tool
What files should be taken down?
See above.
"""
    assert _read(text).repositories == ("github.com/example-owner/tool",)


def test_the_short_form_counts_where_the_form_asks_for_files_and_nothing_else_is_said() -> None:
    asked = "What files should be taken down?\n"
    assert _read(asked + "example-owner/tool").repositories == ("github.com/example-owner/tool",)
    assert _read(asked + "the file\nsrc/main.py").repositories == ()
    assert _read(asked + "N/A").repositories == ()


def test_a_heading_of_originals_in_a_letter_leaves_them_out() -> None:
    text = """The original material is located here:
https://github.com/example-author/tool
The infringing material is located here:
https://github.com/example-owner/tool
"""
    assert _read(text).repositories == ("github.com/example-owner/tool",)


def test_what_is_identified_as_the_work_is_left_out_wherever_else_it_is_named() -> None:
    text = """I wrote https://github.com/example-author/tool, and https://github.com/example-owner/copy contains it.
*1. Identification of copyrighted work being infringed*
https://github.com/example-author/tool

*2. Identification of infringing material*
https://github.com/example-owner/copy
https://github.com/example-owner/copy/blob/master/a.lua infringes on https://github.com/example-author/tool/blob/b.lua
"""
    assert _read(text).repositories == ("github.com/example-owner/copy",)


def test_where_nothing_else_is_named_what_is_identified_as_the_work_is_kept() -> None:
    text = """It infringes on https://github.com/example-author/tool, as anybody can see.
1. Identification of the copyrighted work
https://github.com/example-author/tool
"""
    assert _read(text).repositories == ("github.com/example-author/tool",)


def test_an_address_that_is_broken_over_a_line_names_one_repository() -> None:
    text = """In the case of https://github.com/example-2/tool-
3/blob/master/A.java
and https://github.com/example-2/tool-3/blob/master/B.java, look at
https://github.com/example-2/other-
and/or elsewhere"""
    assert _read(text).repositories == ("github.com/example-2/tool-3", "github.com/example-2/other-")


def test_the_source_of_a_copy_is_left_out_but_the_place_of_the_copy_is_kept() -> None:
    text = "github.com/a/copy has code copied from the project https://github.com/b/source, stolen from us and put on "
    assert _read(text + "https://github.com/c/other").repositories == ("github.com/a/copy", "github.com/c/other")


def test_a_letter_that_leaves_it_open_keeps_all_repositories() -> None:
    text = "Compare https://github.com/example-author/tool with https://github.com/example-owner/tool yourself."
    assert _read(text).repositories == ("github.com/example-author/tool", "github.com/example-owner/tool")


def test_addresses_given_besides_the_text_are_used_when_the_text_has_none() -> None:
    document = Document(
        file="a.md",
        date=datetime.date(2024, 5, 5),
        kind="notice",
        urls=("https://github.com/example-owner/thing/tree/main",),
        text="See the list.",
    )
    assert read(document).repositories == ("github.com/example-owner/thing",)


def test_the_archive_s_introduction_is_not_the_complainant_s_text() -> None:
    text = """Before disabling any content in relation to this takedown notice, GitHub
- wrote to https://github.com/example-host/people about the original work of ours.
---
Hello
"""
    reading = _read(text)
    assert reading.repositories == ()
    assert reading.elements["work"] is M


# --------------------------------------------------------------------------------------------------------------------
# Elements of a notice
# --------------------------------------------------------------------------------------------------------------------


def test_the_elements_follow_the_statute() -> None:
    assert list(_read("Hello").elements) == list(NOTICE_ELEMENTS)
    assert list(_read("Hello", "counter_notice").elements) == list(COUNTER_NOTICE_ELEMENTS)
    assert dict(_read("Hello", "retraction").elements) == {}
    assert NOTICE_ELEMENTS["good_faith"] == "17 USC 512(c)(3)(A)(v)"
    assert COUNTER_NOTICE_ELEMENTS["contact_and_consent"] == "17 USC 512(g)(3)(D)"


def test_an_empty_notice_misses_everything_in_the_order_of_the_statute() -> None:
    assert _read("Hello").missing == tuple(NOTICE_ELEMENTS)
    assert _read("Hello", "counter_notice").missing == tuple(COUNTER_NOTICE_ELEMENTS)
    assert _read("Hello", "retraction").missing == ()


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Please type your full legal name below to sign this request.\nA. Example", P),
        ("Please type your full legal name for your signature: [private]", R),
        ("Please type your full legal name below to sign this request:\n\n", M),
        ("Text.\n\n/s/ A. Example", P),
        ("Text.\n\n/[private]/\nExample Press", R),
        ("Text.\n\nSigned: A. Example", P),
        ("Text.\n\nElectronically signed,\n[private]", R),
        ("Signature\n[private]", R),
        ("This letter is electronically signed by the undersigned, A. Example.", P),
        ("Let this serve as my electronic signature.", P),
        ("This is my electronic signature:\n", M),
        ("Text.\n\nSincerely,\nA. Example\nExample Press", P),
        ("Text.\n\nMit freundlichen Grüßen\nA. Example\nExample Press", P),
        ("Text.\n\nThank you in advance!\n\nKind regards,\n[REDACTED]", R),
        ("Text.\n\nThanks for reading.\nPlease delete the copy now, as it harms us very much.", M),
        ("Text to the end.\n\n[private]", R),
        ("My name: [private]\nText to the end", M),
    ],
)
def test_a_signature_is_found_where_people_put_it(text: str, verdict: Verdict) -> None:
    assert _read(text).elements["signature"] is verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("What work was allegedly infringed? A song", P),
        ("What work was allegedly infringed?\n[private]\nWhat files should be taken down?\nThe song", R),
        ("What work was allegedly infringed?\n\nWhat files should be taken down?\nall", M),
        ("You find the original work in every shop.", P),
        ("Copyrighted work: a song", P),
        ("It is our song book.", P),
        ("I am the author of a song.", P),
        ("The song belongs to me.", P),
        ("The code was copied from the library.", P),
        ("It is the property of [private].", R),
        ("They should respect copyrighted works in general", M),
        ("In good faith I say that my own works are not authorized.", M),
        ("Please remove this.", M),
    ],
)
def test_a_work_is_identified_by_words_that_name_it_as_someone_s(text: str, verdict: Verdict) -> None:
    assert _read(text).elements["work"] is verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Remove https://github.com/example-owner/thing", P),
        ("Remove all of https://github.com/example-owner", P),
        ("Remove https://gist.github.com/example-owner/0123456789abcdef", P),
        ("Remove example-owner.github.io", P),
        ("The infringing page is https://pages.example/copy", P),
        ("Our shop is https://shop.example", M),
        ("It is located at [private]", R),
        ("What files should be taken down?\n[private]", R),
        ("What files should be taken down?\nexample-owner/thing", P),
        ("I read https://help.github.com/articles/guide and https://github.com/github/dmca", M),
        ("It is somewhere on your servers.", M),
    ],
)
def test_material_is_located_by_an_address(text: str, verdict: Verdict) -> None:
    assert _read(text).elements["material"] is verdict


_ASKED = "So that we can get back to you, please provide either your telephone number or physical address."


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"{_ASKED} +00 000 000000", P),
        (f"{_ASKED}\n[private]", R),
        (f"{_ASKED} No", M),
        ("Telephone: +00 000 000000", P),
        ("Mailing address:\n1 Example Lane", P),
        ("Phone: [private]", R),
        ("My contact details are as follows:\n\n[private]", R),
        ("You can reach me at [private].", R),
        ("E-mail: [private]", R),
        ("Write to office@press.example", P),
        ("Example Press\nExampletown, NY 00000", P),
        ("1 Example Street, 2nd floor", P),
        ("m [private] | t [private]", R),
        ("[private]\n[private], [private]", R),
        ("[private]\nExample Press\n[private]", M),
        ("Email: copyright@github.com", M),
        ("The infringer's address: [private]", M),
        ("Web address: https://press.example", M),
        ("Do you have the alleged infringer's contact information?\nHello", M),
    ],
)
def test_contact_data_is_found_by_label_or_form(text: str, verdict: Verdict) -> None:
    assert _read(text).elements["contact"] is verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("I have a good faith belief that the owner has not authorized this.", P),
        ("We believe in good faith that it is unlawful.", P),
        ("I have a good-faith belief\nthat this is used without our permission", P),
        ("I have a good faith belief that this is ugly.", M),
        ("This is not authorized by the owner.", M),
        ('Type (or copy and paste) the following statement: "I have a good faith belief it is not authorized." Yes', P),
        ('Type (or copy and paste) the following statement: "I have a good faith belief it is not authorized."\n', M),
        ('Type (or copy and paste) the following statement: "I have a good faith belief it is not authorized." No', M),
    ],
)
def test_good_faith_needs_the_belief_that_the_use_is_not_allowed(text: str, verdict: Verdict) -> None:
    assert _read(text).elements["good_faith"] is verdict


_SWORN = "under penalty of perjury, I am authorized to act for the owner"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"The information in this notice is accurate, and, {_SWORN}.", P),
        (f"This notice is true and correct. I swear, {_SWORN}.", P),
        ("I declare under penalty of perjury that the notice is accurate and that I am the owner.", P),
        (f"I swear, {_SWORN}.", M),
        ("The information in this notice is accurate. I am the owner.", M),
        ("I declare under penalty of perjury that the notice is accurate.", M),
        ("A statement that the information is accurate and, under penalty of perjury, that the party is the owner.", M),
    ],
)
def test_accuracy_and_the_sworn_authority_are_both_needed(text: str, verdict: Verdict) -> None:
    assert _read(text).elements["accuracy_and_perjury"] is verdict


# --------------------------------------------------------------------------------------------------------------------
# Elements of a counter-notice
# --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("I swear under penalty of perjury that I believe it was removed by mistake.", P),
        ("In my belief it was a misidentification. I declare this under penalty of perjury.", P),
        ("I believe in good faith that it was removed by mistake.", M),
        ("They commit perjury, and I believe this is a mistake.", M),
        ("I swear under penalty of perjury that I like it.", M),
        ('Type (or copy and paste) the following statement: "I swear in good faith: a mistake." I do so', P),
        ('Type (or copy and paste) the following statement: "I swear in good faith: a mistake."\n', M),
    ],
)
def test_the_mistake_must_be_sworn_to(text: str, verdict: Verdict) -> None:
    assert _read(text, "counter_notice").elements["mistake_under_perjury"] is verdict


_CONSENT = "I consent to the jurisdiction of the court and accept service of process."


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (f"{_CONSENT}\nAddress: 1 Example Street", P),
        (f"{_CONSENT}\nMy telephone number is [private]", R),
        (f"{_CONSENT}", M),
        (f"{_CONSENT}\nEmail: [private]", M),
        ("I consent to the jurisdiction of the court.\nAddress: 1 Example Street", M),
        ("I accept service of process.\nAddress: 1 Example Street", M),
        ("I consent to the jurisdiction under the terms of service.\nAddress: 1 Example Street", M),
        ("Address: 1 Example Street", M),
    ],
)
def test_contact_and_consent_need_an_address_the_court_and_the_service(text: str, verdict: Verdict) -> None:
    assert _read(text, "counter_notice").elements["contact_and_consent"] is verdict


def test_a_large_text_of_any_one_kind_is_read_in_reasonable_time() -> None:
    started = time.monotonic()
    for piece in ("\n \n", " ", "a", '"', "-", "[private] ", "<a ", "copied from "):
        _read(piece * (30_000 // len(piece)))
    assert time.monotonic() - started < 20


# --------------------------------------------------------------------------------------------------------------------
# Candidates
# --------------------------------------------------------------------------------------------------------------------


def _notice(file: str, date: str, *repositories: str) -> Reading:
    return _read(" ".join(f"github.com/{name}" for name in repositories), date=date, file=file)


_NOTICES = [
    _notice("d.md", "2024-03-01", "a/one"),
    _notice("c.md", "2024-02-01", "a/one", "a/two"),
    _notice("b.md", "2024-02-01", "a/two", "a/one"),
    _notice("e.md", "2024-01-01", "a/three"),
]


def _found(text: str, date: str, kind: str = "counter_notice") -> list[str]:
    return [notice.document.file for notice in candidates(_read(text, kind, date), _NOTICES)]


def test_an_answer_without_a_common_repository_has_no_candidate() -> None:
    assert _found("github.com/a/four", "2024-05-05") == []
    assert _found("nothing named", "2024-05-05") == []


def test_an_answer_with_one_common_repository_has_its_notice() -> None:
    assert _found("github.com/A/Three", "2024-05-05") == ["e.md"]
    assert _found("github.com/A/Three", "2024-05-05", "retraction") == ["e.md"]


def test_all_candidates_are_listed_once_by_date_and_file() -> None:
    assert _found("github.com/a/one github.com/a/two", "2024-05-05") == ["b.md", "c.md", "d.md"]


def test_a_notice_of_the_same_date_is_a_candidate_and_a_later_one_is_not() -> None:
    assert _found("github.com/a/one", "2024-02-01") == ["b.md", "c.md"]
    assert _found("github.com/a/one", "2024-01-31") == []


def test_only_notices_are_candidates() -> None:
    other = _read("github.com/a/one", "counter_notice", "2024-01-01", "other.md")
    assert candidates(_read("github.com/a/one", "retraction", "2024-01-02"), [other]) == ()


def test_a_notice_answers_nothing_and_says_so() -> None:
    with pytest.raises(ValueError, match="give a counter-notice or a retraction"):
        candidates(_NOTICES[0], _NOTICES)


def test_an_index_made_once_gives_the_same_candidates() -> None:
    answer = _read("github.com/a/one", "retraction", "2024-05-05")
    assert NoticeIndex.of(_NOTICES).candidates(answer) == candidates(answer, _NOTICES)


# --------------------------------------------------------------------------------------------------------------------
# The shipped caseload
# --------------------------------------------------------------------------------------------------------------------

_SHIPPED_MISSING = {
    "2024/01/2024-01-10-copied-tool.md": (),
    "2024/01/2024-01-15-letter-copy.md": (),
    "2024/01/2024-01-20-copied-tool-counternotice.md": (),
    "2024/02/2024-02-01-short-request.md": ("signature", "contact"),
    "2024/02/2024-02-03-bare-request.md": ("good_faith", "accuracy_and_perjury"),
    "2024/02/2024-02-10-shared-lib-a.md": (),
    "2024/03/2024-03-01-shared-lib-b.md": (),
    "2024/03/2024-03-05-hidden-work.md": (),
    "2024/03/2024-03-08-pages-and-gists.md": (),
    "2024/03/2024-03-12-shared-lib-counternotice.md": (),
    "2024/03/2024-03-15-never-reported-counternotice.md": (),
    "2024/03/2024-03-20-letter-copy-counternotice.md": ("mistake_under_perjury", "contact_and_consent"),
    "2024/03/2024-03-25-letter-copy-retraction.md": (),
    "2024/03/2024-03-28-shared-lib-b-retraction.md": (),
    "2024/04/2024-04-01-never-reported.md": (),
}

_SHIPPED_CANDIDATES = {
    "2024/01/2024-01-20-copied-tool-counternotice.md": ["2024/01/2024-01-10-copied-tool.md"],
    "2024/03/2024-03-12-shared-lib-counternotice.md": [
        "2024/02/2024-02-10-shared-lib-a.md",
        "2024/03/2024-03-01-shared-lib-b.md",
    ],
    "2024/03/2024-03-15-never-reported-counternotice.md": [],
    "2024/03/2024-03-20-letter-copy-counternotice.md": ["2024/01/2024-01-15-letter-copy.md"],
    "2024/03/2024-03-25-letter-copy-retraction.md": ["2024/01/2024-01-15-letter-copy.md"],
    "2024/03/2024-03-28-shared-lib-b-retraction.md": ["2024/03/2024-03-01-shared-lib-b.md"],
}


def test_the_shipped_caseload_misses_what_it_is_meant_to_miss() -> None:
    readings, _ = _caseload()
    assert {file: reading.missing for file, reading in readings.items()} == _SHIPPED_MISSING


def test_the_shipped_caseload_tells_readable_from_redacted() -> None:
    readings, _ = _caseload()
    assert set(readings["2024/01/2024-01-10-copied-tool.md"].elements.values()) == {P}
    assert list(readings["2024/01/2024-01-15-letter-copy.md"].elements.values()) == [R, P, P, R, P, P]
    assert readings["2024/03/2024-03-05-hidden-work.md"].elements["work"] is R


def test_the_shipped_caseload_has_answers_to_none_one_and_two_notices() -> None:
    readings, _ = _caseload()
    found = {
        file: [notice.document.file for notice in candidates(reading, list(readings.values()))]
        for file, reading in readings.items()
        if reading.document.kind != "notice"
    }
    assert found == _SHIPPED_CANDIDATES


def test_the_shipped_caseload_names_reported_repositories_only() -> None:
    readings, _ = _caseload()
    assert readings["2024/01/2024-01-10-copied-tool.md"].repositories == ("github.com/example-owner/copied-tool",)
    assert readings["2024/02/2024-02-01-short-request.md"].repositories == ("github.com/example-owner/short-request",)
    assert readings["2024/03/2024-03-08-pages-and-gists.md"].repositories == ()


def test_the_shipped_caseload_has_one_broken_line_and_one_without_a_date() -> None:
    _, bad = _caseload()
    assert [(error.field, error.value is None) for error in bad] == [("line", False), ("date", True)]


# --------------------------------------------------------------------------------------------------------------------
# Twenty documents of the sample, labelled by reading
# --------------------------------------------------------------------------------------------------------------------

# Drawn by random.Random(512): 12 of the notices, 6 of the counter-notices, 2 of the retractions, each sorted by file.
# The verdicts were written down from the texts before the patterns had been run on them; none was changed since. The
# texts are not kept here; their digests tell when the sample has changed. Verdicts: p present, r redacted, m missing,
# in the order of the statute.
_LABELLED: list[tuple[str, str, str, str]] = [
    (
        "2014/2014-03-12-Adobe-Systems.md",
        "c988d021b55cd0718a1dcf2bf33db7fb335598d21fe3ff16c3f0a17cfd5dbdd7",
        "rmprpm",
        "",
    ),
    (
        "2021/03/2021-03-02-sportunity.md",
        "2bcf13092a4fc13e6d9e53717f9b3547c9c70bb719295aeaf6f7ac670febd863",
        "rpprpp",
        "ruzicadav/reactnative_sportunity mrk-9/react-native---sportunity deandrear/sportunity-test "
        "the-domains/sportunity deandrear/sportunity pankaj2k9/sportunity 1notchdev/react-sportunity "
        "evgeniyk901/react-native_sportunity avrmaster/sportunity fcemmon/sportunity-final "
        "nielheo/sportunity-web dsoftware763/mobile_app-sportunity kirill-kundik/sportunity-backend",
    ),
    (
        "2017/2017-05-19-amocrm.md",
        "9a5e1c066427dccb9df268adcc53c3a9a3e68063790305454c33d63d82c6aa36",
        "rrpmpp",
        "venin-aferist/amocrm",
    ),
    (
        "2019/10/2019-10-22-tiny.md",
        "40268f38728a472623aab0269bd7f5256f49fdf1d8c5c0990ea4346311116ccd",
        "rpprpp",
        "chendind/tinymce_powerpaste",
    ),
    (
        "2020/12/2020-12-01-parrotmod.md",
        "eade836ab4e05548e2a110420571dad811ab15646b5bd958496d142d027a3f0f",
        "rpprpp",
        "tianyi-zhang/examplestack-icse-artifact nengnengwu/examplestack-icse-artifact",
    ),
    (
        "2020/04/2020-04-24-hts.md",
        "f2e8f0d29f77afa1a3b001bb917917dcae914dfa14fa98e62c6ed456f0578c3e",
        "rpprpp",
        "bouletmarc/bmtune2",
    ),
    (
        "2020/09/2020-09-30-RBoy-Apps-2.md",
        "c24d33079481fda9356c639a723d099b6d618f5eb5344b364bc7e38df29a4dd1",
        "rpprpp",
        "iotecto/samsungsmartthings",
    ),
    (
        "2017/2017-09-05-FHAdmin.md",
        "e900647fcf04ffbd04b4dc4d1a992fa25002975c691d403a9bb4c84afa921679",
        "rpprpp",
        "su348628753/fh-admin-maven eternitytony/fhm sfy04/fh_admin marvinma/fh-admin guozhaoshun/fh_admin "
        "dalianglee/fhadmin lyq3/fh_admin hackpros/fhadmin xhuanghun/fhadmin admitted/fhadmin "
        "hujintao000/fhadmin chengfangang/fhadmin likaizhang/fhadmin feinheit/django-fhadmin "
        "spring-st/fhadminm ljyong2010/fhadmin 363518581/fhadmin sjtucc/fhadmin suprashine/fhadmin "
        "biubiubiubi/fhadmin youtooee/fhadmin alertsu/fhadmino wuqiqing/fhadmino feiniaoying/fhadminm3 "
        "xsnxj/fhadmin-2 tigersshi/fhadminm6.8 tigersshi/fhadminm-1",
    ),
    (
        "2018/2018-01-18-SageTechnologies.md",
        "38410cdafdc73e68006b8c7f213e9ad3a27365d55b4b45207944a52150b9ed80",
        "rpprpp",
        "jeamz/droplet",
    ),
    (
        "2018/2018-04-30-pfSense.md",
        "ff9b25e1e91f6a138d4d8313cfcbf4c600b9f781521806888893f7edd0492307",
        "rpprpp",
        "doktornotor/pfsense-closedsource",
    ),
    (
        "2012/2012-07-16-06scape.markdown",
        "5d9d1552125613215b0e6db13df2c3fb5a56db120f0e036341a87b9cb1681505",
        "rpprmp",
        "julianassange/2006scape",
    ),
    (
        "2016/2016-02-17-Chisel.md",
        "b07828a700663464adaa0a584c6b552731f318e556bb7afbc6e44abb5c025321",
        "rppmpp",
        "chisel-2/chisel-3",
    ),
    (
        "2021/06/2021-06-23-metaquotes-counternotice.md",
        "cddca470b434b620ca8a7a5d26eb3dc1193d1afe22b5072e8fe231222e7b76a2",
        "rppr",
        "reiryoku-technologies/mida",
    ),
    (
        "2022/04/2022-04-11-minque-R-counternotice.md",
        "b3099b3448f5275bc696ec559ca93aa263a20ad589e3698d8060b06c94ec787d",
        "rppr",
        "cran/minque",
    ),
    (
        "2020/09/2020-09-22-reactpr-counternotice.md",
        "8fa54035a28e181f5762227861587e82a133b48f50480c51a105176100e658a9",
        "rppr",
        "alzar/bluesky",
    ),
    (
        "2016/2016-05-26-Set-Counternotice.md",
        "11ff49a9eb925a5aee8acf3b46228041483754a052be471be15e9a27f737665c",
        "rppr",
        "vincentwoo/setgame",
    ),
    (
        "2021/09/2021-09-21-csgoradar-counternotice.md",
        "53321a454e6b628e3df0110e986822eac01e9bacec58359861f3b2a201c397bf",
        "rppr",
        "18swenskiq/cs-go-auto-radar",
    ),
    (
        "2019/09/2019-09-19-nintendo-counternotice.md",
        "9ec903ea9b0487ad9f91bd30b14bedb4ac622efc4bcaf56a1c12810d63696b40",
        "rppr",
        "barronwaffles/dwc_network_server_emulator",
    ),
    (
        "2021/08/2021-08-17-rubybuttonapi-retraction.md",
        "2a82fe03b08719129aa56fa22d581299c43e1e36c90d01310a25dc1ebfb807e8",
        "",
        "pohy101/iceburn2 morag12/qol wtfblaze/unchained-core imstellar/muteallquestusers "
        "vrcmg/vrc-anti-crash wtfblaze/blazelib jiaaluo/funeral_clientv2 minunn/reviveclient "
        "cutielovesyou/vrc-anti-crash electroymodz/vrchat-force-clone pohy101/iceburn",
    ),
    (
        "2014/2014-07-17-notcake-retraction.md",
        "e7c8c3d3269420885773550b564eb77961092ac402cedf65baaa048f40942d62",
        "",
        "capster/gpad capster/metro",
    ),
]


@pytest.fixture(scope="module")
def sample() -> dict[str, Document]:
    if not _SAMPLE.is_file():
        pytest.skip(f"no sample of documents at {_SAMPLE.name}: set SOPFLOW_DMCA_SAMPLE to its path")
    lines = _SAMPLE.read_text(encoding="utf-8").splitlines()
    documents = [Document.parse(json.loads(line)) for line in lines if line.strip()]
    return {document.file: document for document in documents}


@pytest.mark.parametrize(("file", "digest", "verdicts", "repositories"), _LABELLED, ids=[row[0] for row in _LABELLED])
def test_a_real_document_is_read_as_a_person_read_it(
    sample: dict[str, Document], file: str, digest: str, verdicts: str, repositories: str
) -> None:
    document = sample[file]
    assert hashlib.sha256(document.text.encode()).hexdigest() == digest, "the sample's text is not the labelled one"
    reading = read(document)
    letters = {"p": P, "r": R, "m": M}
    assert list(reading.elements.values()) == [letters[letter] for letter in verdicts]
    assert reading.repositories == tuple("github.com/" + name for name in repositories.split())


def test_every_real_document_is_read_and_every_answer_can_be_asked_for_its_candidates(
    sample: dict[str, Document],
) -> None:
    readings = [read(document) for document in sample.values()]
    index = NoticeIndex.of(readings)
    for reading in readings:
        if reading.document.kind != "notice":
            for notice in index.candidates(reading):
                assert set(notice.repositories) & set(reading.repositories)
                assert notice.document.date <= reading.document.date
