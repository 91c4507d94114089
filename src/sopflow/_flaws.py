"""The faults that a checker can see, each as a question to a procedure's paths. `check.py` puts them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from . import compose
from . import events as ev
from ._paths import Arc, Paths, awaited, covers, instants, running
from .procedure import ALWAYS, Procedure
from .rules import STAY, Obligation, On, Send, State, Transition
from .shape import ons

Found = Iterator[tuple[str, str]]  # place and sentence


def _place(rule: Transition) -> str:
    return f"transition {rule.key} from {'|'.join(rule.source)}"


def _names(ons: Iterable[On]) -> str:
    return ", ".join(dict.fromkeys(f"{on.event.name}:{on.of}" if on.of else on.event.name for on in ons))


def unreachable_state(paths: Paths) -> Found:
    for state in paths.p.states:
        if state.name not in paths.reached:
            yield f"state {state.name}", f"no transition that can fire leads here from {paths.p.initial}"


def trap(paths: Paths) -> Found:
    leads = {(a.source, a.target) for a in paths.arcs if not paths.lacks(a.rule)}
    for state in paths.p.states:
        if not state.final and not any(source == state.name != target for source, target in leads):
            yield f"state {state.name}", "no transition leads from here to another state, and it is not final"


def endless_case(paths: Paths) -> Found:
    stuck = {place for place, _ in trap(paths)}
    steps = [(a.source, a.target) for a in paths.arcs if not a.late and not paths.lacks(a.rule)]
    ends = {s.name for s in paths.p.states if s.final}
    while more := {source for source, target in steps if target in ends} - ends:
        ends |= more
    for state in paths.p.states:
        if state.name not in ends and f"state {state.name}" not in stuck:
            yield f"state {state.name}", "no way leads from here to a final state"


def never_fires(paths: Paths) -> Found:
    live = {id(a.rule) for a in paths.live}
    twice = {place for place, _ in duplicate_transition(paths)}
    for rule in paths.p.transitions:
        if id(rule) not in live and _place(rule) not in twice:
            why = "no case reaches a state that it starts from"
            if any(a.rule is rule and a.source in paths.reached for a in paths.arcs):
                why = "an earlier transition without further guards takes this event from each of its roles"
            yield _place(rule), paths.lacks(rule) or why
    for hook in paths.p.hooks:
        if hook.event is not None and not any(issubclass(t.on, hook.event) for t in paths.p.transitions):
            yield f"hook {hook.name}", f"hooks run with transitions, and there is none on {hook.event.__name__}"
    kinds = _kinds(ev.Instrument)
    for kind in sorted(paths.p.opened_with - kinds):
        there = ", ".join(sorted(kinds))
        yield f"fact Opened:{kind}", f"no case is opened with it: the kinds of instrument at hand are {there}"


def _kinds(cls: type[ev.Instrument]) -> set[str]:
    """Return the kinds of all instruments that this program has, the host's own included."""
    return {cls.kind}.union(*map(_kinds, cls.__subclasses__()))


_SUBJECTS: Mapping[type[ev.Event], str] = {
    ev.Opened: "instrument",
    ev.InstrumentReceived: "instrument",
    ev.Extended: "obligation",
}


def unknown_name(paths: Paths) -> Found:
    """What guards look up, and what of=… names. Templates and obligations of other events are asked for at once."""
    p, kinds = paths.p, _kinds(ev.Instrument)
    known: dict[str, Iterable[str]] = {
        "obligation": [*p.obligation_of, *(f"{k}:{s.template}" for s in paths.sends for k in ("receipt", "expected"))],
        "template": dict.fromkeys(s.template for s in paths.sends),
        "event": p.events,
        "instrument": sorted(kinds),
    }

    def unknown(kind: str, name: str) -> bool:
        return name.removeprefix("incomplete_" if kind == "instrument" else "") not in known[kind]

    for t in p.transitions:
        for guard in t.guards:
            for kind, name in guard.looks_up:
                if name not in known.get(kind, (name,)):
                    there = _listed(known[kind]) if kind != "event" else "see docs/events.md"
                    yield _place(t), f"{guard.name} looks for the {kind} {name!r}, and there is none ({there})"
    touched = [(f"obligation {o.name}", on.event, on.of) for o in p.obligations for on in ons(o)]
    for place, event, of in [*((_place(t), t.on, t.of) for t in p.transitions), *touched]:
        if of and event in _SUBJECTS and unknown(_SUBJECTS[event], of):
            kind = _SUBJECTS[event]
            yield place, f"{event.name} is of no {kind} {of!r}: there is none ({_listed(known[kind])})"
    for form in p.forms:
        if form.instrument not in kinds:
            yield f"form {form.instrument}", f"nobody fills it in: there is no such instrument ({_listed(kinds)})"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none at all"


def never_starts(paths: Paths) -> Found:
    for o in paths.p.obligations:
        if o.name not in paths.started:
            yield f"obligation {o.name}", f"nothing that starts its clock can happen: {_names(o.starts)}"


def endless_obligation(paths: Paths) -> Found:
    for o in paths.p.obligations:
        ends = (*o.meets, *o.cancels)
        lasts = o.kind == "duty" or (o.kind == "reminder" and o.repeats)
        if lasts and not any(map(paths.occurs, ends)):
            yield f"obligation {o.name}", f"nothing that meets or cancels it can happen: {_names(ends) or 'none named'}"
        goes_on = (*o.resumes, *o.restarts)
        if any(map(paths.occurs, o.pauses)) and not any(map(paths.occurs, goes_on)):
            why = f"it can be stopped, and nothing that resumes it can happen: {_names(goes_on) or 'none named'}"
            yield f"obligation {o.name}", why


def silent_breach(paths: Paths) -> Found:
    answered: dict[str, set[str]] = {}
    for a in paths.arcs:
        if a.rule.on is ev.DeadlineBreached:
            answered.setdefault(a.rule.of, set()).add(a.source)
    duties: list[tuple[str, Obligation, Send | None]] = []
    duties += [(f"obligation {o.name}", o, None) for o in paths.p.obligations if o.kind == "duty"]
    theirs = [s for s in paths.sends if not paths.one_side(s.sender, paths.p.acting)]
    duties += [(f"send {s.template}", o, s) for s in theirs for o in awaited(s) if o.name.startswith("expected:")]
    for place, o, sent in duties:
        if ev.DeadlineBreached not in instants("duty", o.term):
            continue
        if o.name not in answered:
            yield place, f"no transition follows DeadlineBreached of {o.name}: only an incident is opened"
            continue
        where = running(paths, o, sent)
        if where and not where & answered[o.name]:
            names = ", ".join(s.name for s in paths.p.states if s.name in where)
            yield place, f"a transition follows DeadlineBreached of {o.name} in no state in which it can run: {names}"


def ladder_end(paths: Paths) -> Found:
    answered = {(t.on, t.of) for t in paths.p.transitions}
    for name, send in paths.p.send_of.items():
        term = send.ack_within
        if term is not None and not any((event, f"receipt:{name}") in answered for event in instants("duty", term)):
            yield f"send {name}", f"no transition follows when {send.to} stays silent (receipt:{name})"


def unconfirmed_message(paths: Paths) -> Found:
    for s in paths.sends:
        expected = s.within is not None and not paths.one_side(s.sender, paths.p.acting)
        if s.ack_within is None and not s.proved_by and not expected:
            yield f"send {s.template}", f"nobody awaits that {s.to} confirms receipt"


def unconfirmable_message(paths: Paths) -> Found:
    for s in paths.sends:
        template = paths.p.template_of[s.template]
        says = compose.placeholders(template.subject, template.body)
        if s.ack_within is not None and paths.one_side(s.sender, paths.p.acting) and not says & {"confirm", "message"}:
            yield f"send {s.template}", f"its text does not tell {s.to} what to confirm, or where"


def deaf_state(paths: Paths) -> Found:
    others = {r.name for r in paths.p.roles if not paths.one_side(r.name, paths.p.acting)} - {"system"}
    theirs = [t for t in paths.p.transitions if not t.on.act and t.on.name not in ALWAYS and t.by & others]
    told = {id(t) for t in theirs}
    for key, rule in {t.key: t for t in theirs}.items():
        hear = {a.source for a in paths.arcs if id(a.rule) in told and covers(a.rule, rule)}
        deaf = [s.name for s in paths.p.states if not s.final and s.name in paths.reached - hear]
        if deaf:
            yield f"fact {key}", f"the other side may state it at any time, and it is irregular in {', '.join(deaf)}"


_ANSWERS: Mapping[type[ev.Event], str] = {
    ev.Refused: "refusal",
    ev.ImpossibilityStated: "impossibility",
    ev.ClarificationRequested: "clarification",
    ev.CourtActionNotified: "",
}  # by the faculty whose absence says that no such answer is provided for


def unheard_answer(paths: Paths) -> Found:
    """Whoever on the other side owes something, or is waited for, may always answer otherwise than by doing it."""
    owed = [*(o.owner for o in paths.p.obligations if o.kind != "right"), *(s.waits_for for s in paths.p.states)]
    others = [role for role in dict.fromkeys(owed) if role and not paths.one_side(role, paths.p.acting)]
    settled = {t.on for t in paths.p.transitions} | {
        fact for fact, faculty in _ANSWERS.items() if any(a.faculty == faculty for a in paths.p.absent)
    }
    for fact in _ANSWERS:
        if others and fact not in settled:
            yield f"fact {fact.name}", f"{' or '.join(others)} may state it, and no transition takes it in any state"


def wait_without_clock(paths: Paths) -> Found:
    """A clock watches over a wait if the side that is waited for owes it, or the state answers its passing.

    An answer goes on to another state, opens a case, or says something to that side.
    """
    clocks = [(o, running(paths, o)) for o in paths.p.obligations]
    clocks += [(o, running(paths, o, s)) for s in paths.sends for o in awaited(s)]

    def told(a: Arc) -> Iterator[str]:
        yield from (s.to for s in a.rule.sends)
        yield from (
            s.to for h in paths.p.hooks if h.event is None or issubclass(a.rule.on, h.event) for s in h.may_send
        )

    def goes_on(a: Arc) -> bool:
        role = paths.p.state_of[a.source].waits_for
        return a.source != a.target or a.rule.opens is not None or any(paths.one_side(to, role) for to in told(a))

    answers = {(a.source, a.rule.of) for a in paths.live if a.rule.on in ev.DEADLINE_FACTS and goes_on(a)}

    def watches(o: Obligation, state: State) -> bool:
        return paths.one_side(o.owner, state.waits_for) or (state.name, o.name) in answers

    for state in paths.p.states:
        watched = any(state.name in states and watches(o, state) for o, states in clocks)
        if state.waits_for and not state.final and state.name in paths.reached and not watched:
            yield (
                f"state {state.name}",
                f"it waits for {state.waits_for}, and no clock that can be running here notices silence",
            )


def opens_unknown(paths: Paths) -> Found:
    known = paths.known
    rules = paths.p.transitions if known else ()
    children = {t.opens.procedure for t in rules if t.opens is not None}
    milestones = {s.name for id in children & set(known) for s in known[id].states if s.milestone}
    for rule in rules:
        if rule.opens is not None:
            child = known.get(rule.opens.procedure)
            if child is None:
                yield _place(rule), f"no procedure at hand is called {rule.opens.procedure!r}"
            elif rule.by.isdisjoint(child.opened_by):
                yield _place(rule), f"only {', '.join(sorted(child.opened_by))} may open a case under {child.id!r}"
        elif rule.on is ev.LinkedCase and children and children <= set(known) and rule.of not in {"", *milestones}:
            yield _place(rule), f"no case that this procedure opens has the milestone {rule.of!r}"


# --- rows against each other ---------------------------------------------------------------------------------------


def duplicate_transition(paths: Paths) -> Found:
    for first, second in paths.rivals:
        one, other = first.rule, second.rule
        same = (one.by, one.guards, one.requires, one.of) == (other.by, other.guards, other.requires, other.of)
        if same and first.target == second.target:
            yield _place(other), f"it stands twice: {_place(one)} does the same"


def shadowed_transition(paths: Paths) -> Found:
    twice = {
        (place, a.source) for place, _ in duplicate_transition(paths) for a in paths.arcs if _place(a.rule) == place
    }
    for rule in paths.p.transitions:
        arcs = [a for a in paths.arcs if a.rule is rule]
        dark = [a.source for a in arcs if a.late and a.source in rule.source and (_place(rule), a.source) not in twice]
        if dark and len(dark) < len(arcs):
            yield _place(rule), f"an earlier transition always takes the event in {', '.join(dark)}"


_OPPOSITES = (
    {"complete", "incomplete"},
    {"open", "no_open"},
    {"was_open", "settled"},
    {"confirmed", "unconfirmed"},
    {"all_contents", "in_part"},
    {"happened", "not_happened"},
)


def _exclude(one: str, other: str) -> bool:
    """Return whether two guards cannot hold together, as far as their names say."""
    (name, _, given), (another, _, taken) = one.rstrip(")").partition("("), other.rstrip(")").partition("(")
    if {name, another} in ({"all_are"}, {"all_are", "any_is"}):
        return not set(given.split(",")) & set(taken.split(","))
    return {name, another} in _OPPOSITES and given == taken


def order_decides(paths: Paths) -> Found:
    """Where two transitions may be permitted at once and lead to different states, only their order decides."""
    for first, second in paths.rivals:
        one, other = first.rule, second.rule
        if first.late or second.late or first.target == second.target or first.source not in paths.reached:
            continue
        if not one.by & other.by or STAY in (one.target, other.target):
            continue
        mine, theirs = {g.name for g in one.guards}, {g.name for g in other.guards}
        # A row with further conditions before the one without them is a special case before the general one.
        nested = theirs <= mine or one.requires != other.requires
        if not nested and not any(_exclude(a, b) for a in mine for b in theirs):
            leads = f"leads to {first.target} and not to {second.target}"
            yield _place(other), f"{_place(one)} may be permitted at the same time and {leads}"


# --- who takes part ------------------------------------------------------------------------------------------------


def idle_role(paths: Paths) -> Found:
    p = paths.p
    busy = {p.acting, *p.opened_by, *(s.waits_for for s in p.states), *(o.owner for o in p.obligations)}
    for t in p.transitions:
        busy |= t.by | (t.requires.roles if t.requires is not None else frozenset())
    busy |= {role for s in paths.sends for role in (s.to, s.sender)}
    for role in p.roles:
        if role.name not in busy:
            yield f"role {role.name}", "it does nothing, owes nothing and is told nothing"


_CHALLENGES = ("complaint", "appeal", "objection", "counter_notice")


def own_appeal(paths: Paths) -> Found:
    """Whoever decided must not decide about the challenge: the roles of the acts after it, against those before it."""
    heard = {a.target for a in paths.live if a.rule.on is ev.InstrumentReceived and a.rule.of in _CHALLENGES}
    redress = {s.name for s in paths.p.states if s.phase == "redress"} & heard
    acts = [a for a in paths.live if a.rule.on.act and a.rule.on not in _FILE and a.source != a.target]
    decided = {role for a in acts if paths.p.state_of[a.source].phase != "redress" for role in a.rule.by}
    for arc in acts:
        same = arc.rule.by & decided
        if arc.source in redress and same:
            yield _place(arc.rule), f"{', '.join(sorted(same))} decides here about a challenge to a decision of its own"


_FILE = (ev.Withdrawn, ev.Superseded, ev.Closed, ev.Extended, ev.Held, ev.Corrected, ev.IncidentResolved, ev.Approved)


# --- what a law would ask for ----------------------------------------------------------------------------------------


def no_way_back(paths: Paths) -> Found:
    p = paths.p
    back = any(a.rule.on in (ev.Restored, ev.OrderVoided) for a in paths.live)
    measured = any(a.rule.on is ev.EffectGiven for a in paths.live)
    if measured and not back and not any(a.faculty == "reversal" for a in p.absent):
        yield "fact EffectGiven", "content is removed or blocked, and no transition takes that back"


def field_without_article(paths: Paths) -> Found:
    for form in paths.p.forms:
        for f in form.fields:
            if not any(c.isdigit() for c in f.basis.text):
                yield f"form {form.instrument}, field {f.name}", f"its basis names no article: {f.basis.text!r}"


def final_exit(paths: Paths) -> Found:
    for arc in paths.arcs:
        if paths.p.state_of[arc.source].final and arc.target != arc.source:
            yield _place(arc.rule), f"it leads out of {arc.source}, which is final"


def absent_yet_present(paths: Paths) -> Found:
    present = faculties(paths.p)
    for absent in paths.p.absent:
        if present[absent.faculty]:
            yield f"absent {absent.faculty}", f"it is said to be absent, and {present[absent.faculty]} provides it"


def overlapping_validity(paths: Paths) -> Found:
    p = paths.p
    for other in paths.versions:
        if other.digest != p.digest and _before(p.valid_from, other.valid_to) and _before(other.valid_from, p.valid_to):
            yield f"version {p.version}", f"version {other.version} is in force on some of the same days"


def _before(start: date | None, end: date | None) -> bool:
    return start is None or end is None or start <= end


_USER_SIDES = ("user", "uploader", "subscriber")


def faculties(p: Procedure) -> dict[str, str]:
    """Return each of `rules.FACULTIES` with the place that provides it, or "" where none does."""

    def on(*names: str) -> str:
        return next((_place(t) for t in p.transitions if t.on.name in names), "")

    users = {r.name for r in p.roles if r.side in _USER_SIDES or r.name in _USER_SIDES}
    sends = [s for t in p.transitions for s in t.sends] + [s for h in p.hooks for s in h.may_send]
    heard = [f"form {f.instrument}" for f in p.forms if f.instrument in _CHALLENGES]
    heard += [_place(t) for t in p.transitions if t.on is ev.InstrumentReceived and t.of in _CHALLENGES]
    return {
        "refusal": on("Rejected", "Refused"),
        "clarification": on("ClarificationRequested"),
        "impossibility": on("ImpossibilityStated"),
        "withdrawal": on("Withdrawn", "Retracted", "AccreditationGivenUp"),
        "user_notice": next((f"send {s.template}" for s in sends if s.to in users), ""),
        "complaint": next(iter(heard), ""),
        "reversal": on("Restored", "OrderVoided", "NormalisationVerified", "AccreditationReinstated"),
    }
