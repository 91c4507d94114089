"""The page of a procedure and the page of a country: what a lawyer looks for comes first, in plain words."""

from __future__ import annotations

import re

import pytest

from sopflow import catalogue
from sopflow.pages import country, page
from sopflow.rules import STAY

from .test_diagram import GUESS, row, small, tables  # type: ignore[attr-defined]

BUNDLED = [catalogue.find(name) for name in catalogue.names()]
EACH = pytest.mark.parametrize("procedure", BUNDLED, ids=lambda p: p.id)


def part(text: str, title: str) -> str:
    """Return what stands under a heading, without what stands under the next of its level."""
    found = re.search(rf"^## {re.escape(title)}$\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


@EACH
def test_who_must_do_what_by_when_comes_before_the_picture_and_the_rules_of_the_code(procedure) -> None:
    titles = re.findall(r"^## (.+)$", page(procedure), re.MULTILINE)
    first = ["Who takes part", *["Who must do what, and by when"] * bool(procedure.obligations), "Who may do what"]
    assert titles[: len(first)] == first
    for title in ("Open questions", "Sources", "What the marks mean"):
        assert titles.index(title) < titles.index("The picture") < titles.index("Transitions"), title


@EACH
def test_every_obligation_is_told_with_its_owner_term_and_basis(procedure) -> None:
    text = page(procedure)
    rows = tables(part(text, "Who must do what, and by when"))[0][2:] if procedure.obligations else []
    assert len(rows) == len(procedure.obligations)
    for obligation in procedure.obligations:
        words = obligation.term.words().partition(" (")[0]
        mark = f"**{obligation.basis.mark}**"
        assert any(words in cells[2] and mark in cells[-1] for cells in rows), obligation.name


@EACH
def test_everything_that_the_law_lets_a_role_do_is_under_its_name(procedure) -> None:
    said = part(page(procedure), "Who may do what")
    for role in procedure.roles:
        acts = [t for t in procedure.transitions if role.name in t.by and t.on.act and t.basis.source != "sopflow"]
        under = re.search(rf"^### .*`{role.name}`.*?$(.*?)(?=^### |\Z)", said, re.MULTILINE | re.DOTALL)
        for t in acts:
            words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", t.on.name).lower()
            assert under is not None
            assert (t.label or words).lower() in under[1].lower(), (role.name, t.key)


def test_a_duty_that_passes_says_where_that_leads_and_a_reminder_says_that_it_only_reminds() -> None:
    rows = tables(part(page(catalogue.find("au.osa_removal_notice")), "Who must do what, and by when"))[0][2:]
    found = {cells[1]: cells[4] for cells in rows}
    assert found["Removal by the provider, 24 hours after the notice was given"] == "a breach; Not removed in time"
    assert found["Give a notice, or refuse in writing"] == "a reminder"
    assert found["Cyber-abuse: a notice is possible 48 hours after the complaint to the service"] == "it stays open"


def test_a_role_that_does_nothing_has_no_heading_and_a_row_of_many_states_is_one() -> None:
    text = page(small(transitions=[*small().transitions, row(small().transitions[1].on, "ordered", STAY, by="host")]))
    said = part(text, "Who may do what")
    assert said.count("**Effect given**") == 2, "one row for each of the two roles"


def test_a_country_lists_its_procedures_with_versions_changes_clocks_and_what_is_unverified() -> None:
    versions = catalogue.versions("in.it_rules_3_1_d")
    text = country("India", [versions])
    assert "version 1: in force from 2025-11-15 until 2026-02-19" in text
    assert "version 2: in force from 2026-02-20" in text
    assert "term from 36 h to 3 h" in text
    assert "[`in.it_rules_3_1_d`](../in.it_rules_3_1_d.md)" in text
    assert "**must**" in text
    assert "is reminded to" not in text, "mere reminders stand on the procedure's own page"
    for question in versions[-1].questions:
        assert question.replace("_", "\\_")[:40] in text


def test_a_country_says_where_the_start_was_not_verified_and_where_a_text_was_reconstructed() -> None:
    text = country("Nowhere", [[small(reconstructed=True)]])
    assert "was not verified, or it is no law" in text
    assert "**Reconstructed**" in text


def test_a_country_counts_what_was_read_and_what_was_not() -> None:
    assert "10 of its 10 facts were read" in country("Nowhere", [[small()]])
    doubtful = small(transitions=[*small().transitions, row(small().transitions[0].on, "ordered", STAY, basis=GUESS)])
    assert "10 of its 11 facts were read" in country("Nowhere", [[doubtful]])
