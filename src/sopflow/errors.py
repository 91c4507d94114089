"""The error tree: every error says whose fault it is, and carries its data.

Nothing here imports anything of sopflow.

    SopflowError
    ├── BadInput (ValueError)                 the caller's value: field, value, remedy
    │   ├── NotCanonical                      a value the journal cannot hold exactly
    │   ├── MalformedLocator                  a URL or locator that names nothing
    │   └── CommandReused                     one command id, two different payloads
    ├── ProcedureError (ValueError)           the procedure's author: every problem at once
    │   └── DocumentError                     the author of a document: every problem with file, line and key
    ├── UnknownProcedure (LookupError)        a procedure the runner was not given
    ├── CaseNotFound (LookupError)            no such case for this tenant
    ├── NotAllowed (PermissionError)          the procedure refuses the act: every reason
    │   └── NotSigned                         no agreement in force carries this text of a procedure
    ├── CaseConflict (RuntimeError)           somebody else was first: load again and decide again
    ├── HookFailed (RuntimeError)             the host's guard, hook, participant or fact provider raised
    ├── MissingExtra (ImportError)            an optional package: the pip command
    ├── StoreError (OSError)                  the storage: nothing was written
    │   ├── ForeignDatabase                   the file is not ours
    │   ├── SchemaTooNew                      written by a newer sopflow
    │   ├── SchemaTooOld                      to be upgraded first, by somebody who means it
    │   ├── StoreFull                         no space, or no permission to write
    │   ├── StoreContended                    two transactions stood in each other's way: try again
    │   └── StoreUnreachable                  the server is gone, or has ended the connection
    ├── DeliveryError (OSError)               the other side's endpoint; permanent or not
    ├── EvidenceNotFound (LookupError)        no such file on this case, or its bytes are not kept any more
    ├── NotAuthentic (PermissionError)        something signed by nobody we know; or no signature at all
    └── Tampered (ValueError)                 a journal that does not verify: which entry, and how
        ├── EvidenceTampered                  the bytes of a file are not those of its digest, or are gone
        └── LookupsTampered                   what the case is found by is not as it says
"""

from __future__ import annotations

from collections.abc import Sequence


class SopflowError(Exception):
    """Base of every error that sopflow raises on purpose."""


class BadInput(SopflowError, ValueError):
    """A value handed in by the caller cannot be used. Nothing was stored.

    Attributes:
        field: The name of the field, dotted where nested.
        value: The offending value, shortened, as text.
        remedy: What to hand in instead.
    """

    def __init__(self, field: str, value: object, remedy: str) -> None:
        self.field = field
        self.value = shorten(value)
        self.remedy = remedy
        super().__init__(f"{field}: {self.value} cannot be used; {remedy}")


class NotCanonical(BadInput):
    """A value that canonical JSON refuses: a float, a huge integer, a lone surrogate, an unknown type."""


class MalformedLocator(BadInput):
    """A locator that no browser would open as written. The original text is shown defanged."""


class CommandReused(BadInput):
    """A command id that was already used with another payload."""


class ProcedureError(SopflowError, ValueError):
    """A procedure with faulty names or shape.

    Attributes:
        problems: Every problem found, each one sentence with its place and remedy.
    """

    def __init__(self, procedure: str, problems: Sequence[str]) -> None:
        self.procedure = procedure
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"procedure {procedure!r} has {len(self.problems)} problem(s):\n{lines}")


class DocumentError(ProcedureError):
    """A procedure's document that cannot be used. Nothing was loaded.

    Attributes:
        file: The file's name.
        places: Line and key of each of `problems`, in the same order.
    """

    def __init__(self, file: str, found: Sequence[tuple[int, str, str]]) -> None:
        super().__init__(file, [f"{file}, line {line}: {key}{': ' if key else ''}{text}" for line, key, text in found])
        self.file = file
        self.places = tuple((line, key) for line, key, _ in found)


class UnknownProcedure(SopflowError, LookupError):
    """A procedure, or a version of it, that this runner (or the catalogue) does not have."""

    def __init__(self, procedure: str, remedy: str) -> None:
        self.procedure = procedure
        self.remedy = remedy
        super().__init__(f"procedure {procedure!r} is not known here; {remedy}")


class CaseNotFound(SopflowError, LookupError):
    """No case has this id for this tenant."""

    def __init__(self, tenant: str, case: str) -> None:
        self.tenant = tenant
        self.case = case
        super().__init__(f"case {case!r} does not exist for tenant {tenant!r}; check the id and the runner's tenant")


class NotAllowed(SopflowError, PermissionError):
    """The procedure does not allow the act. The case is as before.

    Attributes:
        reasons: Every reason of every candidate transition, in the order written.
    """

    def __init__(self, case: str, event: str, state: str, reasons: Sequence[str]) -> None:
        self.case = case
        self.event = event
        self.state = state
        self.reasons = tuple(reasons)
        super().__init__(f"{event} is not allowed for case {case!r} in state {state!r}: " + "; ".join(self.reasons))


class NotSigned(NotAllowed):
    """No agreement in force carries exactly this procedure: nothing is opened under it, and nothing migrated to it.

    Attributes:
        procedure: The procedure's id.
        digest: The digest of its document, which both sides would have to sign.
        remedy: What to do.
    """

    def __init__(
        self, case: str, procedure: str, digest: str, remedy: str, event: str = "Opened", state: str = ""
    ) -> None:  # fmt: skip
        self.procedure = procedure
        self.digest = digest
        self.remedy = remedy
        super().__init__(case, event, state, [f"{procedure} ({digest}) is not signed by both sides; {remedy}"])


class CaseConflict(SopflowError, RuntimeError):
    """The case is no longer at the revision that the caller expected, or (`opening`) another case has its id."""

    def __init__(self, case: str, expected: int, found: int, *, opening: bool = False) -> None:
        self.case = case
        self.expected = expected
        self.found = found
        text = f"case {case!r} is at revision {found}, not {expected}; load it again and decide again"
        if opening:
            text = (
                f"the id of the new case is taken: case {case!r} is at revision {found}; use another case_id, or none. "
                "To repeat an opening safely give it a command_id"
            )
        super().__init__(text)


class HookFailed(SopflowError, RuntimeError):
    """A guard, hook, participant or fact provider of the host raised. The step was rolled back."""

    def __init__(self, kind: str, name: str, error: BaseException) -> None:
        self.kind = kind
        self.name = name
        super().__init__(f"{kind} {name!r} raised {type(error).__name__}: {error}")


class MissingExtra(SopflowError, ImportError):
    """An optional package is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f'{what} needs an optional package: pip install "sopflow[{extra}]"')


class StoreError(SopflowError, OSError):
    """The storage failed. The transaction was rolled back: nothing of it was written."""


class ForeignDatabase(StoreError):
    """The file or schema exists and is not sopflow's."""


class SchemaTooNew(StoreError):
    """The schema was written by a newer sopflow than this one."""


class SchemaTooOld(StoreError):
    """The schema lacks steps that this sopflow needs. On a server nothing is upgraded unasked."""


class StoreFull(StoreError):
    """There is no space left, or the storage may not be written."""


class StoreContended(StoreError):
    """The database undid this transaction because another stood in its way: a deadlock, or a view that is outdated.

    Nothing was written. A runner decides again, a bounded number of times, before it raises this; within a host's
    transaction it raises at once, for the host to begin its transaction again.
    """


class StoreUnreachable(StoreError):
    """The server does not answer, or has ended the connection. The next call makes a new one.

    Attributes:
        uncertain: True if it happened during the commit: then nobody knows whether everything or nothing was written.
            A command id makes repeating harmless.
    """

    def __init__(self, text: str, *, uncertain: bool = False) -> None:
        self.uncertain = uncertain
        super().__init__(text)


class DeliveryError(SopflowError, OSError):
    """A notifier could not send.

    Args:
        reason: Why, in words fit for a journal: no addresses, no content.
        permanent: True when trying the same contact and channel again is pointless.
        retry_after: Seconds for which the endpoint asks to be left alone; None where it says nothing.
        answered: True when the endpoint is well, and it is only this message that was not taken: others may go there.
    """

    def __init__(
        self, reason: str, *, permanent: bool = False, retry_after: float | None = None, answered: bool = False
    ) -> None:
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after
        self.answered = answered
        super().__init__(reason)


class NotAuthentic(SopflowError, PermissionError):
    """What came in is not proved to come from whom it names.

    Attributes:
        reason: Why, in words that quote nothing of it.
        malformed: True when it could not even be read (HTTP status 400), False when it is forged, altered, signed with
            a key that we do not have, or too old (401).
    """

    def __init__(self, reason: str, *, malformed: bool = False) -> None:
        self.reason = reason
        self.malformed = malformed
        super().__init__(reason)


class EvidenceNotFound(SopflowError, LookupError):
    """No bytes of this digest are kept for this case: they were never attached to it, were erased, or are lost."""

    def __init__(self, case: str, digest: str) -> None:
        self.case = case
        self.digest = digest
        super().__init__(f"case {case!r} has no bytes of digest {shorten(digest)}; see evidence() for what it has")


class Tampered(SopflowError, ValueError):
    """A journal that does not verify.

    Attributes:
        problems: One sentence per broken entry: which, and how.
    """

    what = "journal"

    def __init__(self, case: str, problems: Sequence[str]) -> None:
        self.case = case
        self.problems = tuple(problems)
        super().__init__(f"the {self.what} of case {case!r} does not verify: " + "; ".join(self.problems))


class EvidenceTampered(Tampered):
    """The bytes of an attached file are not those whose digest the journal holds, or are gone. The journal is whole."""

    what = "evidence"


class LookupsTampered(Tampered):
    """What a case, its clocks or messages are found by is not as it says: they would be missed. The journal holds."""

    what = "lookups"


def shorten(value: object, limit: int = 120) -> str:
    """Return `repr(value)` cut to `limit` characters, for error texts."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
