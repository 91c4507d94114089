"""Forms: what is missing or wrong is named with its article before anything goes out, and is the same as JSON Schema."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopflow import (
    Actor,
    BadInput,
    Form,
    FormField,
    Notice,
    Procedure,
    ProcedureError,
    Runner,
    Source,
    catalogue,
    forms,
)
from sopflow.rules import Basis
from sopflow.stores import open_store

OFFICER = Actor("officer-7", {"authority"}, "ministry")
LAW = Basis("Act, s 3", "src", "V")
FORM = Form(
    instrument="notice",
    enforce="refuse",
    fields=[
        FormField("reasons", Basis("Act, s 3(a)", "src", "V"), "Why it is illegal", longest=40),
        FormField("address", Basis("Act, s 3(b)", "src", "V"), kind="url"),
        FormField("seen", LAW, kind="instant", required=False),
        FormField("kind", LAW, choices=("text", "picture"), required=False),
    ],
)
GOOD = {"reasons": "incitement", "address": "https://host.example/1"}
WRONG = {
    "url": "host/1", "urls": "https://host.example/1\nnot one", "email": "nobody", "date": "31.3.2026",
    "instant": "2026-03-31T09:00", "number": "-1", "sha256": "ABC", "country": "Indonesia", "language": "Indonesian language",
    "yes": "no",
}  # fmt: skip
RIGHT = {
    "": "anything", "url": "https://host.example/1", "urls": "https://host.example/1\nhttps://host.example/2", "email": "a@b.example",
    "date": "2026-03-31", "instant": "2026-03-31T09:00+07:00", "number": "14", "sha256": "a" * 64, "country": "ID",
    "language": "id", "yes": "yes",
}  # fmt: skip


def with_form(form: Form) -> Procedure:
    rules = catalogue.find("id.kominfo_telegram_2017")
    return rules.extend(id="xx.form", sources=[Source("src", "an act made up for the tests")], forms=[form])


def found(values: dict[str, str], form: Form = FORM) -> dict[str, str]:
    return {field.name: remedy for field, remedy in forms.problems(form, values)}


def test_every_missing_or_wrong_field_is_named_at_once() -> None:
    assert found(GOOD) == {}
    problems = found({"reasons": "x" * 41, "address": " ", "seen": "yesterday", "kind": "sound"})
    assert list(problems) == ["reasons", "address", "seen", "kind"]
    assert "at most 40 characters; it has 41" in problems["reasons"]
    assert "full URL" in problems["address"]
    assert "time zone" in problems["seen"]
    assert problems["kind"] == "use one of text, picture"


def test_our_own_instrument_with_a_wrong_field_is_refused_with_the_article_and_without_the_value() -> None:
    rules = with_form(FORM)
    runner = Runner(store=open_store("memory:"), procedures=[rules], acting_as={"authority"})
    with pytest.raises(BadInput) as refused:
        runner.open("xx.form", Notice(contents=["https://host.example/1"], form={"address": "secret"}), by=OFFICER)
    assert "reasons (Act, s 3(a)): fill it in" in str(refused.value)
    assert "address (Act, s 3(b)): write a full URL" in str(refused.value)
    assert "secret" not in str(refused.value)
    assert runner.find() == ()
    assert runner.open("xx.form", Notice(contents=["https://host.example/1"], form=GOOD), by=OFFICER).revision == 1


@pytest.mark.parametrize("kind", forms.KINDS)
def test_each_kind_takes_what_it_says_and_nothing_else(kind: str) -> None:
    form = Form(instrument="notice", fields=[FormField("value", LAW, kind=kind)])
    assert found({"value": RIGHT[kind]}, form) == {}
    if kind:
        assert list(found({"value": WRONG[kind]}, form)) == ["value"]


def test_the_schema_of_a_form_says_the_same_as_the_form() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    schema = forms.schema(FORM, id="https://agency.example/notice.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(GOOD)
    for bad in ({"reasons": "r"}, {**GOOD, "reasons": " "}, {**GOOD, "reasons": "x" * 41}, {**GOOD, "kind": "sound"}):
        assert not validator.is_valid(bad)
        assert found(bad)
    assert schema["properties"]["reasons"]["description"] == "Act, s 3(a) [src, V]"
    assert json.loads(json.dumps(schema)) == schema


@given(st.dictionaries(st.sampled_from(["reasons", "address", "seen", "kind"]), st.text(max_size=60)))
def test_whatever_the_form_accepts_its_schema_accepts(values: dict[str, str]) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    if not found(values):
        assert jsonschema.Draft202012Validator(forms.schema(FORM)).is_valid(values)


@pytest.mark.parametrize("kind", forms.KINDS)
@pytest.mark.parametrize("value", ["", " ", "YES", " true", "no", "12", "2026-03-31", "ID", "id", "a@b.example"])
def test_a_field_that_is_not_required_may_be_empty_for_form_and_schema(kind: str, value: str) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    for more in ({"longest": 1}, {"choices": ("x", "12")}, {}):
        form = Form(instrument="notice", fields=[FormField("a", LAW, kind=kind, required=False, **more)])  # type: ignore[arg-type]
        valid = jsonschema.Draft202012Validator(forms.schema(form)).is_valid({"a": value})
        wrong = list(forms.problems(form, {"a": value}))
        assert valid or wrong, "what the form accepts"
        if kind in ("number", "yes", "country", "language", "sha256", ""):
            assert valid is not bool(wrong)


def test_a_form_of_unknown_kinds_or_with_a_field_twice_is_refused() -> None:
    broken = Form(instrument="notice", fields=[FormField("a", LAW, kind="phone"), FormField("a", LAW)])
    with pytest.raises(ProcedureError) as refused:
        with_form(broken)
    assert "kind 'phone' is not defined" in str(refused.value)
    assert "field 'a' is defined twice" in str(refused.value)
