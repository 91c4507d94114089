"""What values share instead of having it compiled for each class is what attrs would have made."""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
import rfc8785
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sopflow import canon, case_json, compose, records
from sopflow.case import Actor, Approval, Case, Child, Content, Deadline, Happening, InstrumentRecord, Message
from sopflow.directory import Rung
from sopflow.errors import NotCanonical
from sopflow.events import Sent, Verified
from sopflow.rules import Template
from sopflow.step import Entry, Outgoing

settings.register_profile("records", deadline=None, max_examples=60)
RECORDS = settings.get_profile("records")

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def body() -> dict[str, Any]:
    """Return the body of a class with fields of every kind."""
    return {
        "__annotations__": {"a": str, "b": int, "secret": str, "noise": int},
        "b": 3,
        "secret": attrs.field(default="s", repr=False),
        "noise": attrs.field(default=0, eq=False),
        "__module__": __name__,
        "__qualname__": "Sample",
    }


OURS = records.frozen(kw_only=True, slots=False)(type("Sample", (), body()))
THEIRS = attrs.frozen(kw_only=True, slots=False)(type("Sample", (), body()))


@pytest.mark.parametrize(
    "other", [{"a": "x"}, {"a": "y"}, {"a": "x", "b": 4}, {"a": "x", "noise": 9}, {"a": "x", "secret": "t"}]
)
def test_values_are_compared_hashed_and_shown_as_attrs_does_it(other: dict[str, Any]) -> None:
    for cls in (OURS, THEIRS):
        one, two = cls(a="x"), cls(**other)
        assert (one == two) is (other in ({"a": "x"}, {"a": "x", "noise": 9}))
        assert (one != two) is not (one == two)
        assert one != two or hash(one) == hash(two)
    assert repr(OURS(**other)) == repr(THEIRS(**other))
    assert "secret" not in repr(OURS(a="x"))


def test_a_value_equals_none_of_another_class_and_cannot_be_changed() -> None:
    class Narrower(OURS):  # type: ignore[misc, valid-type]
        __slots__ = ()

    assert OURS(a="x") != Narrower(a="x")
    assert OURS(a="x") != "x"
    assert Sent(message="m") != Verified()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        OURS(a="x").a = "y"
    assert attrs.evolve(OURS(a="x"), b=4) == OURS(a="x", b=4)


def test_what_a_class_says_of_itself_and_what_it_opts_out_of_stays() -> None:
    own = records.frozen(
        type("Own", (), {**body(), "__repr__": lambda self: "mine", "__eq__": lambda self, other: True})
    )
    assert repr(own("x")) == "mine"
    assert own("x") == own("y")
    by_identity = records.frozen(eq=False, slots=False)(type("Sample", (), body()))
    assert by_identity("x") != by_identity("x")
    one = by_identity("x")
    assert {one: 1}[one] == 1


# --- texts -------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
MOMENT = st.none() | st.integers(0, 10**6).map(lambda n: AT + timedelta(seconds=n))
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "str": TEXT, "int": st.integers(0, 9), "bool": st.booleans(), "datetime": MOMENT.filter(bool),
    "datetime | None": MOMENT, "timedelta": st.integers(0, 9).map(lambda n: timedelta(seconds=n)),
    "tuple[str, ...]": st.lists(TEXT, max_size=2).map(tuple), "str | None": st.none(),
    "Mapping[str, str] | None": st.none() | st.dictionaries(st.sampled_from(["c1", "c2"]), TEXT),
    "Outcome": st.sampled_from(["removed", "pending"]), "Standing": st.sampled_from(["met", "running"]),
}  # fmt: skip


def some(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Return records of a class with any values in its fields."""
    return st.builds(cls, **{f.name: KINDS[str(f.type)] for f in attrs.fields(cls)})


ANY = st.one_of([some(c) for c in (Approval, Child, Content, Deadline, Happening, InstrumentRecord, Message)])


@settings(RECORDS, max_examples=300)
@given(ANY)
def test_a_records_text_is_the_canonical_text_of_its_values(record: Any) -> None:
    text = case_json.to_text(record)
    assert text.encode() == rfc8785.dumps(case_json.to_doc(record))
    assert case_json.to_text(records.succeed(record)) == text, "a successor does not inherit the text of what it was"


@settings(RECORDS)
@given(some(Deadline), st.sets(st.sampled_from(["start", "meet", "cancel"]), min_size=1))
def test_an_entry_has_a_deadline_with_what_changed_it(deadline: Deadline, verbs: set[str]) -> None:
    doc = {**case_json.to_doc(deadline), "change": sorted(verbs)}
    assert case_json.changed_to_text(deadline, verbs).encode() == rfc8785.dumps(doc)
    assert case_json.to_text(deadline).encode() == rfc8785.dumps(case_json.to_doc(deadline)), (
        "the row has it without that"
    )


def test_a_value_of_another_type_than_its_fields_is_written_as_json_has_it() -> None:
    approval: Any = Approval(proposal=5, actor="a", roles=("x",), at=AT, seq=1)  # type: ignore[arg-type]
    assert json.loads(case_json.to_text(approval))["proposal"] == 5
    deadline: Any = Deadline(id=5, obligation="x", kind="duty", owner="y", started=AT)  # type: ignore[arg-type]
    assert json.loads(case_json.changed_to_text(deadline, {"meet"})) | {} == {
        **case_json.to_doc(deadline), "change": ["meet"],
    }  # fmt: skip


@settings(RECORDS, max_examples=200)
@given(ANY)
def test_a_record_is_read_as_its_class_would_make_it(record: Any) -> None:
    cls, doc = type(record), json.loads(case_json.to_text(record))
    assume(all(f.name in doc for f in attrs.fields(cls) if f.default is attrs.NOTHING))
    readers = dict(case_json._reading(cls)[-1])
    usual = cls(**{name: readers[name](value) if name in readers else value for name, value in doc.items()})
    made = case_json.from_doc(cls, doc)
    assert made == usual
    for f in attrs.fields(cls):
        assert type(getattr(made, f.name)) is type(getattr(usual, f.name)), f.name


@pytest.mark.parametrize("doc", [{"id": "a"}, {"id": "a", "procedure": "p", "more": 1}, {}])
def test_a_record_that_lacks_a_field_or_has_one_too_many_is_not_read(doc: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        case_json.from_doc(Child, doc)


def test_a_record_whose_outcome_is_none_that_is_known_is_not_read() -> None:
    with pytest.raises(ValueError, match="gone"):
        case_json.from_doc(Content, {"id": "c1", "outcome": "gone"})


def test_a_successor_is_written_anew() -> None:
    child = Child(id="a", procedure="p")
    assert case_json.to_text(child) == '{"id":"a","procedure":"p"}'
    assert case_json.to_text(records.succeed(child, id="b")) == '{"id":"b","procedure":"p"}'
    assert case_json.to_text(attrs.evolve(child, id="c")) == '{"id":"c","procedure":"p"}'


@settings(RECORDS)
@given(st.dictionaries(st.sampled_from(["a", "ab", "a_b", "b", "by_term", "bytes"]), st.integers(0, 9)))
def test_members_stand_in_the_order_of_their_names(doc: dict[str, int]) -> None:
    members = [f'"{name}":{value}' for name, value in doc.items()]
    assert canon.joined(members).encode() == rfc8785.dumps(doc)


def test_an_actor_that_canonical_json_cannot_hold_is_refused_each_time() -> None:
    actor = Actor("a", {"x"}, "\ud800")
    for _ in range(2):
        with pytest.raises(NotCanonical, match="by.organisation"):
            _ = actor.text


def test_an_entry_is_read_when_somebody_looks() -> None:
    entry = Entry.sealed('{"seq":3}', seq=3)
    assert "doc" not in vars(entry)
    assert entry.seq == 3
    assert entry == Entry({"seq": 3}, '{"seq":3}', canon.digest('{"seq":3}'))
    with pytest.raises(AttributeError, match="nothing"):
        _ = entry.nothing


# --- templates ---------------------------------------------------------------------------------------------------


@settings(RECORDS, max_examples=300)
@given(st.text(st.sampled_from("$ {}ab_é\n\\g<0>"), max_size=12))
def test_a_template_is_filled_as_the_standard_library_fills_it(text: str) -> None:
    params = {"a": "1", "ab": r"\g<0>", "b": "$a", "_": "é"}
    filled = compose.TextRenderer().render(Template("t", "", text), params)
    assert filled.body == string.Template(text).safe_substitute(params)


def test_a_renderer_of_the_host_gets_everything_that_templates_may_name() -> None:
    """The default renderer looks only at what the template names, so nothing else is made for it."""
    case = Case(
        tenant="t", id="case-1", procedure="p", version="1", digest="d", revision=1, state="s", phase="notice",
        since=AT, opened=AT, recorded=AT, contents=(Content(id="c1", digest="d"),),
    )  # fmt: skip
    message = Message(
        id="m1", thread="m1", template="t", sender="authority", to="platform", party="x", seq=1, queued=AT
    )
    made = {"zones": ["UTC"], "reason": "", "duties": [], "reference": "case-1", "confirm": {"by": ""}, "basis": [], "contents": [],
            "instrument": {"form": {}}}  # fmt: skip
    from sopflow import Facts

    facts = Facts(contacts={"x": (Rung(contact="desk", channel="email"),)})
    whole = compose.parameters(case, message, made, facts, {})
    few = compose.parameters(case, message, made, facts, {}, {"case", "confirm_by", "unheard_of"})
    assert few == {"case": "case-1", "confirm_by": ""}
    assert few.items() <= whole.items()
    assert {"letter", "languages", "contents", "basis", "opened"} <= whole.keys()


def test_an_outbox_row_leased_anew_is_still_the_same_row() -> None:
    row = Outgoing(id="m", tenant="t", case="c", channel="email", send_after=AT)
    assert attrs.evolve(row, leased=AT) == row
