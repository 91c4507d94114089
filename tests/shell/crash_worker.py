"""Applies events to a few cases until it is killed; prints each acknowledged step."""

from __future__ import annotations

import sys

from sopflow import Actor, EffectGiven, Notice, PointOfContact, Provider, Runner, StaticDirectory, catalogue
from sopflow.stores import open_store

PLATFORM = Actor("agent", {"platform"})


def runner_on(path: str) -> Runner:
    """Return a runner on the file."""
    people = [Provider(id=p, contacts=[PointOfContact(id=p, channels={"email": "a@b.example"})]) for p in ("o", "u")]
    return Runner(
        store=open_store(f"sqlite:///{path}"),
        procedures=[catalogue.find("us.dmca_512")],
        acting_as="platform",
        directory=StaticDirectory(people),
    )


def main(path: str, applies: int) -> None:
    """Open five cases, then apply facts to them in turn."""
    runner = runner_on(path)
    cases = []
    for n in range(5):
        if runner.count() <= n:
            parties = {"complainant": "o", "subscriber": "u"}
            notice = Notice(contents=[f"https://github.com/a/{i}" for i in range(3)], parties=parties)
            runner.open("us.dmca_512", notice, by=PLATFORM, case_id=f"case-{n}")
        cases.append(f"case-{n}")
    for n in range(applies):
        case = cases[n % 5]
        outcome = ("removed", "disabled", "restored")[n % 3]
        done = runner.apply(case, EffectGiven(outcomes={f"c{n % 3 + 1}": outcome}, by=PLATFORM))
        sys.stdout.write(f"{case} {done.revision} {done.head}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
