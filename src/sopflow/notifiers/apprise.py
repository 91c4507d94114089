"""Messages to any service that Apprise knows, one target each. Needs the extra `apprise`.

Apprise makes its own connections: what its URLs lead to is the host's choice. It knows no key against repetition: a
message that is sent again after a crash is there twice. Its log quotes URLs and texts: from the first message on it is
silent in this process, and so is that of its HTTP library while a message is on its way.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, final

from ..errors import BadInput, DeliveryError, MissingExtra
from ..step import Outgoing, Receipt

if TYPE_CHECKING:
    from apprise import Apprise

_counting = Lock()
_sending = 0


def _never(record: logging.LogRecord) -> bool:
    return False


def _unless_sending(record: logging.LogRecord) -> bool:
    return not _sending


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep what is said below from the log: a service works in threads of Apprise's, even after its time is over."""
    global _sending
    with _counting:
        _sending += 1
        logging.getLogger("apprise").addFilter(_never)
        logging.getLogger("urllib3.connectionpool").addFilter(_unless_sending)
    try:
        yield
    finally:
        with _counting:
            _sending -= 1


@final
class AppriseNotifier:
    """Sends each message to the Apprise URL that is the contact's address.

    An URL must name one service and one target: of several, some could fail, and then all would get the message again.

    Args:
        schemes: The services that may be used, e.g. {"slack", "ntfys"}; every one that Apprise knows when left out.
        timeout: Seconds for one message.

    Raises:
        MissingExtra: Without the extra `apprise`.
        BadInput: For a time that cannot be used.
    """

    def __init__(self, schemes: Collection[str] | None = None, *, timeout: float = 30.0) -> None:
        if not 0 < timeout <= 300:
            raise BadInput("timeout", timeout, "use seconds, more than 0 and up to 300")
        self._schemes = None if schemes is None else frozenset(s.lower() for s in schemes)
        self._timeout = timeout
        self._loading = Lock()  # the first use loads some 500 modules
        try:
            import apprise as module
        except ImportError:
            raise MissingExtra("sending through Apprise", "apprise") from None
        self._apprise: Any = module

    def endpoint(self, message: Outgoing) -> str:
        """Return the service and its host, without what is secret in the URL."""
        scheme, _, rest = message.address.partition("://")
        return f"{scheme.lower()}://{rest.rpartition('@')[2].partition('/')[0]}"

    def send(self, message: Outgoing) -> Receipt:
        """Send the message; the receipt names the service.

        Raises:
            DeliveryError: If the service did not take it; permanent if the address names no service, several targets,
                or one that may not be used.
        """
        with _unlogged():
            return self._sent(message)

    def _sent(self, message: Outgoing) -> Receipt:
        with self._loading:
            target = self._target(message.address)
        try:
            result: Any = target.notify(
                body=message.body or " ",
                title=message.subject,
                body_format=self._apprise.NotifyFormat.TEXT,
                interpret_escapes=False,
            )
        except Exception as error:  # a service's own fault must not show what it was called with
            raise DeliveryError(f"the service raised {type(error).__name__}") from None
        done = [service for service in result.results if service]
        if len(done) == 1 and bool(result):
            return Receipt(reference=str(done[0].name)[:100])
        if result.timeout_count:
            raise DeliveryError("the service does not answer in time")
        raise DeliveryError("the service did not take the message")

    def _target(self, address: str) -> Apprise:
        """Return the one target of an URL."""
        scheme = address.partition("://")[0].strip().lower()
        if "://" not in address or (self._schemes is not None and scheme not in self._schemes):
            raise DeliveryError("the address is no Apprise URL of a service that may be used", permanent=True)
        asset = self._apprise.AppriseAsset(
            http_redirects=False, async_mode=False, allow_templates=False, secure_logging=True, interpret_escapes=False,
            pgp_autogen=False, pem_autogen=False, plugin_paths=[], service_timeout=self._timeout,
            storage_mode=self._apprise.PersistentStoreMode.MEMORY,
        )  # fmt: skip
        found: Any = self._apprise.Apprise(asset=asset)
        try:
            known = found.add(address)
            targets = [len(service) for service in found]
        except Exception as error:
            raise DeliveryError(f"the address cannot be used: {type(error).__name__}", permanent=True) from None
        if not known or targets != [1]:
            raise DeliveryError("the address must name one service and one target of it", permanent=True)
        return found  # type: ignore[no-any-return]
