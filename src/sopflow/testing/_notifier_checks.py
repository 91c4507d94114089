"""The notifier contract. Its sync half is generated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs

from .. import _fanout
from ..errors import DeliveryError
from ..step import Outgoing, Receipt
from ._contract import Check, Contract, ContractBroken, check
from ._sample import UNICODE

_LETTER = Outgoing(
    id="case-1-m2.1", tenant="contract", case="case-1", channel="email", contact="desk-1",
    address="desk@platform.example", subject="Order in case case-1", body="Please act.\n", template="order",
    thread="case-1-m2.1", send_after=datetime(2026, 3, 2, 8, 30, tzinfo=UTC), recipient_role="platform",
    sender_role="authority",
)  # fmt: skip


class AsyncNotifierChecks(Contract):
    """Runs the checks of a notifier.

    Args:
        make: Returns a notifier whose other side works (a test server, a sandbox, a folder).
        message: A message that it can send; its address is one of the channel's. An e-mail when left out.
        unreachable: Returns a notifier whose other side does not answer; for the capability "failure".
    """

    whose = "the notifier"

    def __init__(
        self,
        make: Callable[[], Any],
        message: Outgoing | None = None,
        unreachable: Callable[[], Any] | None = None,
    ) -> None:
        self.make = make
        self.message = message if message is not None else _LETTER
        self.unreachable = unreachable

    async def run(self, *names: str) -> tuple[str, ...]:
        """Run these checks, or all.

        Returns:
            The names of the checks that were run.

        Raises:
            ContractBroken: By the first promise that is not kept.
        """
        chosen = [c for c in self.checks() if not names or c.name in names]
        for each in chosen:
            await each.run()
        return tuple(c.name for c in chosen)

    def checks(self) -> list[Check]:
        """Return the checks, each with a callable that runs it."""
        every = self.every()
        if self.unreachable is None:
            every = {name: capability for name, capability in every.items() if capability != "failure"}
        return [Check(name, capability, self._runner(name, capability)) for name, capability in every.items()]

    def _runner(self, name: str, capability: str) -> Callable[[], Any]:
        async def run() -> None:
            self._current = (name, capability)
            try:
                await getattr(self, name)()
            except ContractBroken:
                raise
            except Exception as error:
                raise self.broken_by(error) from error

        return run

    async def sent(self, notifier: Any, message: Outgoing) -> Receipt | None:
        """Send a message and return what a notifier may return."""
        receipt = await _fanout.outside(notifier.send, message)
        if receipt is None:
            return None
        if not isinstance(receipt, Receipt):
            raise ContractBroken(*self._current, f"the notifier returned {receipt!r} instead of a Receipt or None")
        for value, kind in ((receipt.reference, str), (receipt.proof, bytes), (receipt.delivered, bool)):
            self.that(isinstance(value, kind), f"gave a receipt with {value!r} where {kind.__name__} is due")
        return receipt

    @check("send")
    async def send_returns_a_receipt_or_none(self) -> None:
        """A message that can be sent is sent without an error."""
        await self.sent(await _fanout.resolve(self.make), self.message)

    @check("send")
    async def send_leaves_the_message_as_it_is(self) -> None:
        """The message belongs to the outbox: a notifier changes nothing in it."""
        message = attrs.evolve(self.message)
        await self.sent(await _fanout.resolve(self.make), message)
        self.that(message == self.message, "changed the message that it was given")

    @check("send")
    async def a_second_send_of_one_message_is_harmless(self) -> None:
        """A worker that dies before it records leaves a message to another: one id may be sent twice."""
        notifier = await _fanout.resolve(self.make)
        for _ in range(2):
            await self.sent(notifier, self.message)
        await self.sent(await _fanout.resolve(self.make), self.message)

    @check("send")
    async def texts_of_every_script_are_sent(self) -> None:
        """Subject and body may hold any Unicode text, and the subject none at all."""
        notifier = await _fanout.resolve(self.make)
        subject = " ".join(UNICODE.split())  # renderers put subjects on one line
        texts = [(subject, UNICODE), ("", "."), (subject * 10, UNICODE * 100)]
        for n, (subject, body) in enumerate(texts):
            await self.sent(
                notifier, attrs.evolve(self.message, id=f"{self.message.id}-{n}", subject=subject, body=body)
            )

    @check("send")
    async def failures_are_delivery_errors(self) -> None:
        """An address that cannot be used, or a subject of two lines, raises DeliveryError or nothing."""
        notifier = await _fanout.resolve(self.make)
        faults = [{"address": a} for a in ("", "not an address", "a@b.example\r\nBcc: c@d.example", "\U0001f6a8")]
        for n, fault in enumerate([*faults, {"subject": "one\r\nBcc: c@d.example"}]):
            message = attrs.evolve(self.message, id=f"{self.message.id}-f{n}", **fault)  # type: ignore[arg-type]
            try:
                await self.sent(notifier, message)
            except DeliveryError as error:
                self._fit_for_a_journal(error, message)
            except ContractBroken:
                raise
            except Exception as error:
                raise ContractBroken(
                    *self._current,
                    f"the notifier raised {type(error).__name__} instead of a DeliveryError for {fault}: {error}",
                ) from error

    @check("failure")
    async def silence_of_the_other_side_is_a_delivery_error(self) -> None:
        """Where the other side cannot be reached, DeliveryError is raised, and trying again is not pointless."""
        assert self.unreachable is not None  # else the check is left out
        notifier = await _fanout.resolve(self.unreachable)
        try:
            await self.sent(notifier, self.message)
        except DeliveryError as error:
            self._fit_for_a_journal(error, self.message)
            self.that(not error.permanent, "says that a contact is lost for good because its server is down")
            return
        self.that(False, "says nothing when the other side cannot be reached: the message would count as sent")

    def _fit_for_a_journal(self, error: DeliveryError, message: Outgoing) -> None:
        self.that(bool(error.reason), "raised a DeliveryError without a reason")
        for name in ("address", "body"):
            value = getattr(message, name)
            self.that(len(value) < 4 or value not in error.reason, f"put the {name} into a reason for the journal")
