"""What both sides have in common: a process of its own with a store, a web server, and a clock that it is told.

The parent process hands over settings as the first line of standard input, then one command a line: the simulated
instant and what to do. Each is answered by one line. A real deployment has a clock and a timer instead.
"""

from __future__ import annotations

import json
import random
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from sopflow import Actor, Directory, Procedure, Renderer, Runner
from sopflow.notifiers import EmailNotifier, WebhookNotifier
from sopflow.receivers import LetterReceiver, MaildirFolder, MailReceiver, Sender, authentication_results
from sopflow.receivers.letters import Read
from sopflow.stores import open_store

App = Callable[[Mapping[str, Any], Callable[..., Any]], Iterable[bytes]]
Handler = Callable[[dict[str, Any]], Any]


class Clock:
    """The simulated instant, as the parent says it."""

    def __init__(self) -> None:
        self.now = datetime(2017, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return it."""
        return self.now


class Side:
    """One side: its runner, what takes in letters, and its mailbox.

    Args:
        settings: What the parent process handed over.
        name: Its role: "authority" or "platform".
        procedure: The rulebook, written from its side.
        directory: Whom it can reach, and where.
        mail: The address that it writes mails from.
        other: Who the other side is, once its signature or its mail server has shown it.
        domain: The other side's mail domain.
        read: What the other side's letters mean.
        renderer: Makes texts; the library's own when left out.
    """

    def __init__(
        self, settings: dict[str, Any], name: str, procedure: Procedure, directory: Directory, mail: str, other: Actor,
        domain: str, read: Read, renderer: Renderer | None = None,
    ) -> None:  # fmt: skip
        folder = Path(settings["folder"])
        self.clock = Clock()
        # Chance comes from the seed, so that the same seed gives the same journals. A real program leaves this out:
        # salts must be random.
        dice = random.Random(f"{settings['seed']}/{name}")
        random.seed(f"{settings['seed']}/{name}/mail")
        numbers = iter(range(1, 1000))
        self.runner = Runner(
            store=open_store(f"sqlite:///{folder / name}.db"),
            procedures=[procedure],
            acting_as={name},
            directory=directory,
            notifiers={
                "email": EmailNotifier("127.0.0.1", mail, port=settings["smtp"], security="plain"),
                "webhook": WebhookNotifier(
                    settings["keys"][name], allow=["127.0.0.0/8", "::1"],
                    tls=ssl.create_default_context(cafile=settings["ca"]), clock=self.clock,
                ),
            },
            renderer=renderer,
            clock=self.clock,
            new_id=lambda: f"r{next(numbers)}",
            new_salt=lambda: dice.randbytes(16),
            hands=1,  # one after the other: a simulation that can be repeated
            max_drift=None,
        )  # fmt: skip
        theirs = next(key for side, key in settings["keys"].items() if side != name)
        # A network that holds a webhook back for hours would be refused by the usual five minutes; that it was taken in
        # before is seen by its id, however old it is.
        patience = settings["patience"]
        self.letters = LetterReceiver(
            self.runner, {other.organisation or other.id: Sender(actor=other, keys=[theirs])}, read, tolerance=patience
        )
        self._mails = MailReceiver(
            self.runner, identify=authentication_results("mx.channel.example", {domain: other}), letters=self.letters
        )
        self._mailbox = MaildirFolder(folder / mail.partition("@")[2])

    def work(self, command: dict[str, Any]) -> dict[str, Any]:
        """Do what a program does every minute: read mails, look at clocks, send what waits."""
        self._mails.collect(self._mailbox)
        tick = self.runner.tick()
        done = self.runner.deliver()
        cases = self.runner.find()
        waiting = sum(m.status == "queued" for case in cases for m in case.messages)
        return {
            "steps": tick.steps, "sent": done.sent, "waiting": waiting, "states": [case.state for case in cases]
        }  # fmt: skip

    def report(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        """Return each case's journal and messages, once it is proved."""
        return [self._told(id) for id in sorted(case.id for case in self.runner.find())]

    def _told(self, id: str) -> dict[str, Any]:
        case = self.runner.case(id)
        return {
            "case": id,
            "state": case.state,
            "outcomes": {c: str(o) for c, o in case.outcomes().items()},
            "proved": self.runner.verify(id).seq,
            "head": case.head,
            "entries": [entry.doc for entry in self.runner.journal(id)],
            "messages": {m.id: [m.contact, m.channel, m.status, m.template] for m in case.messages},
            "incidents": [[i.kind, i.detail] for i in self.runner.incidents(id)],
        }


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Keep no log: a path may hold a token."""


def settings() -> dict[str, Any]:
    """Return what the parent process handed over."""
    found: dict[str, Any] = json.loads(sys.stdin.readline())
    found["patience"] = timedelta(hours=found["patience"])
    return found


def serve(side: Side, app: App, handlers: Mapping[str, Handler]) -> None:
    """Serve HTTP in a thread, and do what the parent process says until it closes the pipe."""
    server = make_server("127.0.0.1", 0, app, server_class=_Server, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    known = {"hear": lambda command: {}, "work": side.work, "report": side.report, **handlers}
    for line in sys.stdin:
        command = json.loads(line)
        side.clock.now = datetime.fromisoformat(command["now"])
        print(json.dumps(known[command["do"]](command)), flush=True)
    server.shutdown()
    server.server_close()
    side.runner.close()
