"""sopflow: the content-takedown standard operating procedure as an explicit, provable state machine.

Everything public is importable from here; names are loaded when first used, so that importing the package costs
little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import catalogue as catalogue
    from . import documents as documents
    from . import evidence as evidence
    from . import exports as exports
    from . import forms as forms
    from . import guards as guards
    from . import notifiers as notifiers
    from . import signatures as signatures
    from . import stores as stores
    from . import testing as testing
    from .accreditation import AccreditationAwarded as AccreditationAwarded
    from .accreditation import AccreditationGivenUp as AccreditationGivenUp
    from .accreditation import AccreditationReinstated as AccreditationReinstated
    from .accreditation import AccreditationRevoked as AccreditationRevoked
    from .accreditation import AccreditationSuspended as AccreditationSuspended
    from .accreditation import Assessed as Assessed
    from .accreditation import FlaggerWarned as FlaggerWarned
    from .aio import AsyncRunner as AsyncRunner
    from .batch import Apply as Apply
    from .batch import NewCase as NewCase
    from .batch import Result as Result
    from .case import Actor as Actor
    from .case import Approval as Approval
    from .case import Case as Case
    from .case import Child as Child
    from .case import Content as Content
    from .case import Deadline as Deadline
    from .case import Evidence as Evidence
    from .case import Happening as Happening
    from .case import Message as Message
    from .case import Outcome as Outcome
    from .case import Standing as Standing
    from .case import Waiting as Waiting
    from .changes import Change as Change
    from .changes import Difference as Difference
    from .check import Finding as Finding
    from .check import Report as Report
    from .core import decide as decide
    from .core import open_case as open_case
    from .directories import StoreDirectory as StoreDirectory
    from .directories import TomlDirectory as TomlDirectory
    from .directory import Authority as Authority
    from .directory import Directory as Directory
    from .directory import Flagger as Flagger
    from .directory import PointOfContact as PointOfContact
    from .directory import Provider as Provider
    from .directory import StaticDirectory as StaticDirectory
    from .directory import Suspension as Suspension
    from .directory import Warned as Warned
    from .errors import BadInput as BadInput
    from .errors import CaseConflict as CaseConflict
    from .errors import CaseNotFound as CaseNotFound
    from .errors import CommandReused as CommandReused
    from .errors import DeliveryError as DeliveryError
    from .errors import DocumentError as DocumentError
    from .errors import EvidenceNotFound as EvidenceNotFound
    from .errors import EvidenceTampered as EvidenceTampered
    from .errors import ForeignDatabase as ForeignDatabase
    from .errors import HookFailed as HookFailed
    from .errors import LookupsTampered as LookupsTampered
    from .errors import MalformedLocator as MalformedLocator
    from .errors import MissingExtra as MissingExtra
    from .errors import NotAllowed as NotAllowed
    from .errors import NotAuthentic as NotAuthentic
    from .errors import NotCanonical as NotCanonical
    from .errors import NotSigned as NotSigned
    from .errors import ProcedureError as ProcedureError
    from .errors import SchemaTooNew as SchemaTooNew
    from .errors import SchemaTooOld as SchemaTooOld
    from .errors import SopflowError as SopflowError
    from .errors import StoreContended as StoreContended
    from .errors import StoreError as StoreError
    from .errors import StoreFull as StoreFull
    from .errors import StoreUnreachable as StoreUnreachable
    from .errors import Tampered as Tampered
    from .errors import UnknownProcedure as UnknownProcedure
    from .events import Acknowledged as Acknowledged
    from .events import Act as Act
    from .events import Application as Application
    from .events import Approved as Approved
    from .events import Attached as Attached
    from .events import AttemptFailed as AttemptFailed
    from .events import CalendarChanged as CalendarChanged
    from .events import ClarificationGiven as ClarificationGiven
    from .events import ClarificationRequested as ClarificationRequested
    from .events import Closed as Closed
    from .events import Complaint as Complaint
    from .events import ContactListed as ContactListed
    from .events import Corrected as Corrected
    from .events import CounterNotice as CounterNotice
    from .events import CourtActionNotified as CourtActionNotified
    from .events import CourtDecided as CourtDecided
    from .events import DeadlineBreached as DeadlineBreached
    from .events import DeadlineClosed as DeadlineClosed
    from .events import DeadlineOpened as DeadlineOpened
    from .events import DeadlineReminded as DeadlineReminded
    from .events import Delivered as Delivered
    from .events import EffectGiven as EffectGiven
    from .events import Escalated as Escalated
    from .events import Event as Event
    from .events import Extended as Extended
    from .events import Fact as Fact
    from .events import Held as Held
    from .events import ImpossibilityStated as ImpossibilityStated
    from .events import IncidentResolved as IncidentResolved
    from .events import Instrument as Instrument
    from .events import InstrumentReceived as InstrumentReceived
    from .events import Issued as Issued
    from .events import LinkedCase as LinkedCase
    from .events import Migrated as Migrated
    from .events import Notice as Notice
    from .events import Opened as Opened
    from .events import Order as Order
    from .events import OrderVoided as OrderVoided
    from .events import Referral as Referral
    from .events import Refused as Refused
    from .events import Rejected as Rejected
    from .events import Request as Request
    from .events import Restored as Restored
    from .events import Retracted as Retracted
    from .events import Sent as Sent
    from .events import Superseded as Superseded
    from .events import Unsent as Unsent
    from .events import Verified as Verified
    from .events import Withdrawn as Withdrawn
    from .explanation import explain as explain
    from .migration import CasePlan as CasePlan
    from .migration import MigrationPlan as MigrationPlan
    from .permissions import Answer as Answer
    from .ports import Attachment as Attachment
    from .ports import EvidenceStore as EvidenceStore
    from .ports import Inbound as Inbound
    from .ports import Notifier as Notifier
    from .ports import Query as Query
    from .ports import Store as Store
    from .procedure import Procedure as Procedure
    from .records import personal as personal
    from .reports.accuracy import Accuracy as Accuracy
    from .reports.accuracy import Tally as Tally
    from .rules import ANY_OPEN as ANY_OPEN
    from .rules import STAY as STAY
    from .rules import Absent as Absent
    from .rules import Basis as Basis
    from .rules import Do as Do
    from .rules import Form as Form
    from .rules import FormField as FormField
    from .rules import Guard as Guard
    from .rules import Hook as Hook
    from .rules import Obligation as Obligation
    from .rules import On as On
    from .rules import Opens as Opens
    from .rules import Quorum as Quorum
    from .rules import Role as Role
    from .rules import Send as Send
    from .rules import Source as Source
    from .rules import State as State
    from .rules import Template as Template
    from .rules import Transition as Transition
    from .rules import Waiver as Waiver
    from .rules import Yield as Yield
    from .script import Scene as Scene
    from .script import Script as Script
    from .step import Entry as Entry
    from .step import Facts as Facts
    from .step import Incident as Incident
    from .step import Outgoing as Outgoing
    from .step import Receipt as Receipt
    from .step import Renderer as Renderer
    from .step import Step as Step
    from .sync import Runner as Runner
    from .terms import BusinessDays as BusinessDays
    from .terms import Calendar as Calendar
    from .terms import Days as Days
    from .terms import Hours as Hours
    from .terms import Months as Months
    from .terms import PerCase as PerCase
    from .terms import SameDay as SameDay
    from .terms import Window as Window
    from .terms import WithoutUndueDelay as WithoutUndueDelay
    from .terms import Yearly as Yearly

_FROM = {
    "accreditation": [
        "AccreditationAwarded",
        "AccreditationGivenUp",
        "AccreditationReinstated",
        "AccreditationRevoked",
        "AccreditationSuspended",
        "Assessed",
        "FlaggerWarned",
    ],
    "aio": ["AsyncRunner"],
    "batch": ["Apply", "NewCase", "Result"],
    "case": [
        "Actor",
        "Approval",
        "Case",
        "Child",
        "Content",
        "Deadline",
        "Evidence",
        "Happening",
        "Message",
        "Outcome",
        "Standing",
        "Waiting",
    ],
    "changes": ["Change", "Difference"],
    "check": ["Finding", "Report"],
    "core": ["decide", "open_case"],
    "directories": ["StoreDirectory", "TomlDirectory"],
    "directory": [
        "Authority",
        "Directory",
        "Flagger",
        "PointOfContact",
        "Provider",
        "StaticDirectory",
        "Suspension",
        "Warned",
    ],
    "reports.accuracy": ["Accuracy", "Tally"],
    "explanation": ["explain"],
    "errors": [
        "BadInput",
        "CaseConflict",
        "CaseNotFound",
        "CommandReused",
        "DeliveryError",
        "DocumentError",
        "EvidenceNotFound",
        "EvidenceTampered",
        "ForeignDatabase",
        "HookFailed",
        "LookupsTampered",
        "MalformedLocator",
        "MissingExtra",
        "NotAllowed",
        "NotAuthentic",
        "NotCanonical",
        "NotSigned",
        "ProcedureError",
        "SchemaTooNew",
        "SchemaTooOld",
        "SopflowError",
        "StoreContended",
        "StoreError",
        "StoreFull",
        "StoreUnreachable",
        "Tampered",
        "UnknownProcedure",
    ],
    "events": [
        "Acknowledged",
        "Act",
        "Application",
        "Approved",
        "Attached",
        "CalendarChanged",
        "AttemptFailed",
        "ContactListed",
        "ClarificationGiven",
        "ClarificationRequested",
        "Closed",
        "Complaint",
        "Corrected",
        "CounterNotice",
        "CourtActionNotified",
        "CourtDecided",
        "DeadlineBreached",
        "DeadlineClosed",
        "DeadlineOpened",
        "DeadlineReminded",
        "Delivered",
        "EffectGiven",
        "Escalated",
        "Event",
        "Extended",
        "Fact",
        "Held",
        "ImpossibilityStated",
        "IncidentResolved",
        "Instrument",
        "InstrumentReceived",
        "Issued",
        "LinkedCase",
        "Migrated",
        "Notice",
        "Opened",
        "Order",
        "OrderVoided",
        "Referral",
        "Refused",
        "Rejected",
        "Request",
        "Restored",
        "Retracted",
        "Sent",
        "Superseded",
        "Unsent",
        "Verified",
        "Withdrawn",
    ],
    "migration": ["CasePlan", "MigrationPlan"],
    "permissions": ["Answer"],
    "ports": ["Attachment", "EvidenceStore", "Inbound", "Notifier", "Query", "Store"],
    "procedure": ["Procedure"],
    "records": ["personal"],
    "rules": [
        "ANY_OPEN",
        "Absent",
        "Basis",
        "Do",
        "Form",
        "FormField",
        "Guard",
        "Hook",
        "Obligation",
        "On",
        "Opens",
        "Quorum",
        "Role",
        "STAY",
        "Send",
        "Source",
        "State",
        "Template",
        "Transition",
        "Waiver",
        "Yield",
    ],
    "script": ["Scene", "Script"],
    "step": ["Entry", "Facts", "Incident", "Outgoing", "Receipt", "Renderer", "Step"],
    "sync": ["Runner"],
    "terms": [
        "BusinessDays",
        "Calendar",
        "Days",
        "Hours",
        "Months",
        "PerCase",
        "SameDay",
        "Window",
        "WithoutUndueDelay",
        "Yearly",
    ],
}
_HOME = {name: module for module, names in _FROM.items() for name in names}
_MODULES = (
    "catalogue",
    "documents",
    "evidence",
    "exports",
    "forms",
    "guards",
    "notifiers",
    "signatures",
    "stores",
    "testing",
)

__all__ = [
    "ANY_OPEN",
    "STAY",
    "Absent",
    "AccreditationAwarded",
    "AccreditationGivenUp",
    "AccreditationReinstated",
    "AccreditationRevoked",
    "AccreditationSuspended",
    "Accuracy",
    "Acknowledged",
    "Act",
    "Actor",
    "Answer",
    "Application",
    "Apply",
    "Approval",
    "Approved",
    "Assessed",
    "AsyncRunner",
    "Attached",
    "Attachment",
    "AttemptFailed",
    "Authority",
    "BadInput",
    "Basis",
    "BusinessDays",
    "Calendar",
    "CalendarChanged",
    "Case",
    "CaseConflict",
    "CaseNotFound",
    "CasePlan",
    "Change",
    "Child",
    "ClarificationGiven",
    "ClarificationRequested",
    "Closed",
    "CommandReused",
    "Complaint",
    "ContactListed",
    "Content",
    "Corrected",
    "CounterNotice",
    "CourtActionNotified",
    "CourtDecided",
    "Days",
    "Deadline",
    "DeadlineBreached",
    "DeadlineClosed",
    "DeadlineOpened",
    "DeadlineReminded",
    "Delivered",
    "DeliveryError",
    "Difference",
    "Directory",
    "Do",
    "DocumentError",
    "EffectGiven",
    "Entry",
    "Escalated",
    "Event",
    "Evidence",
    "EvidenceNotFound",
    "EvidenceStore",
    "EvidenceTampered",
    "Extended",
    "Fact",
    "Facts",
    "Finding",
    "Flagger",
    "FlaggerWarned",
    "ForeignDatabase",
    "Form",
    "FormField",
    "Guard",
    "Happening",
    "Held",
    "Hook",
    "HookFailed",
    "Hours",
    "ImpossibilityStated",
    "Inbound",
    "Incident",
    "IncidentResolved",
    "Instrument",
    "InstrumentReceived",
    "Issued",
    "LinkedCase",
    "LookupsTampered",
    "MalformedLocator",
    "Message",
    "Migrated",
    "MigrationPlan",
    "MissingExtra",
    "Months",
    "NewCase",
    "NotAllowed",
    "NotAuthentic",
    "NotCanonical",
    "NotSigned",
    "Notice",
    "Notifier",
    "Obligation",
    "On",
    "Opened",
    "Opens",
    "Order",
    "OrderVoided",
    "Outcome",
    "Outgoing",
    "PerCase",
    "PointOfContact",
    "Procedure",
    "ProcedureError",
    "Provider",
    "Query",
    "Quorum",
    "Receipt",
    "Referral",
    "Refused",
    "Rejected",
    "Renderer",
    "Report",
    "Request",
    "Restored",
    "Result",
    "Retracted",
    "Role",
    "Runner",
    "SameDay",
    "Scene",
    "SchemaTooNew",
    "SchemaTooOld",
    "Script",
    "Send",
    "Sent",
    "SopflowError",
    "Source",
    "Standing",
    "State",
    "StaticDirectory",
    "Step",
    "Store",
    "StoreContended",
    "StoreDirectory",
    "StoreError",
    "StoreFull",
    "StoreUnreachable",
    "Superseded",
    "Suspension",
    "Tally",
    "Tampered",
    "Template",
    "TomlDirectory",
    "Transition",
    "UnknownProcedure",
    "Unsent",
    "Verified",
    "Waiting",
    "Waiver",
    "Warned",
    "Window",
    "Withdrawn",
    "WithoutUndueDelay",
    "Yearly",
    "Yield",
    "catalogue",
    "decide",
    "documents",
    "evidence",
    "explain",
    "exports",
    "forms",
    "guards",
    "notifiers",
    "open_case",
    "personal",
    "signatures",
    "stores",
    "testing",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name == "__version__":
        from importlib.metadata import version

        return version("sopflow")
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'sopflow' has no attribute {name!r}")
    value = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
