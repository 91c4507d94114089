"""The platform: what comes in opens a case of its own, and people at its desk confirm and answer on a page."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rules import PLATFORM_SIDE
from side import Side, serve, settings
from sopflow import Actor, Authority, PointOfContact, StaticDirectory
from sopflow.receivers import DeskPage, Letter, Opening
from sopflow.receivers.letters import Meaning

KOMINFO = Actor("kominfo-system", {"authority"}, "kominfo")
PEOPLE = {"clerk-1": Actor("clerk-1", {"platform"}, "telegram")}


def read(letter: Letter, actor: Actor) -> Meaning:
    """Say what the authority's letters mean here: an order opens a case; anything else is for a person."""
    if letter.template != "order":
        return None
    parties = {"authority": "kominfo", "platform": "telegram"}
    # The message that has arrived is kept with the case, so that our confirmation names that very one.
    return Opening(procedure=PLATFORM_SIDE.id, instrument=letter.instrument(parties, {"message": letter.id}))


def who(environ: Mapping[str, Any]) -> Actor | None:
    """Return who has logged in. This stands for the platform's own login: a header that only its own proxy may set."""
    return PEOPLE.get(environ.get("HTTP_X_LOGIN", ""))


def main() -> None:
    """Run the platform's side."""
    given = settings()
    contacts = [
        PointOfContact(id="channel", channels={"webhook": f"{given['web']}/authority/telegram"}, rank=0),
        PointOfContact(id="mailbox", channels={"email": "channel@authority.example"}, rank=1),
    ]
    side = Side(
        given, "platform", PLATFORM_SIDE, StaticDirectory([Authority(id="kominfo", contacts=contacts)]),
        "desk@platform.example", KOMINFO, "authority.example", read,
    )  # fmt: skip
    chance = random.Random(f"{given['seed']}/desk")  # of a simulation: leave both out, and they are random
    desk = DeskPage(
        side.runner, who, zone="Asia/Jakarta", secret=chance.randbytes(32), new_nonce=lambda: chance.randbytes(16).hex()
    )

    def app(environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Mount the desk beside what takes in letters."""
        page = desk if environ["PATH_INFO"].startswith("/desk") else side.letters
        return page.wsgi(environ, start_response)

    serve(side, app, {})


if __name__ == "__main__":
    main()
