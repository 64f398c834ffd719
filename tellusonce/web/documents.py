"""What the API answers, as models: the interface's description is made of them, and answers are checked by them."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict

from tellusonce.domain.export import Export
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import NotificationKind, State
from tellusonce.domain.revision import Reason
from tellusonce.domain.trail import Action
from tellusonce.web import examples
from tellusonce.web.entitlement_documents import EntitlementsDocument
from tellusonce.web.plan_documents import (
    ConsentWithdrawn,
    Disclosure,
    Document,
    Explained,
    FieldNames,
    Links,
    Plan,
    PlannedRefusal,
    Reference,
    SupersededNotification,
)


class PlannedNotification(Explained):
    """The same, stored."""

    id: UUID
    """The notification's id, the same in every message about it."""
    kind: NotificationKind


class RevisedNotification(Disclosure):
    """One agency is told otherwise than before."""

    id: UUID
    """The notification's id, the same in every message about it."""
    agency_name: str
    kind: NotificationKind
    reason: Reason | None
    """Why; absent for the first that an agency is told."""
    changed: FieldNames


class RegisteredReport(Document):
    """A report that was stored, and what follows from it."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REGISTERED]})

    reference: Reference
    life_event: str
    version: int
    notifications: tuple[PlannedNotification, ...]
    refusals: tuple[PlannedRefusal, ...]
    links: Links


class RevisedReport(Document):
    """A new version that was stored, and what follows from it."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REVISED]})

    reference: Reference
    life_event: str
    version: int
    notifications: tuple[RevisedNotification, ...]
    superseded: tuple[SupersededNotification, ...]
    refusals: tuple[PlannedRefusal, ...]
    links: Links


class ReportVersion(Document):
    """The original, a correction or a withdrawal."""

    version: int
    kind: NotificationKind
    reason: Reason | None
    provisional: bool
    """Whether it rests on what is still to be confirmed."""
    registered_by: str
    registered_at: AwareDatetime


class NotificationProgress(Disclosure):
    """Where one agency's notification stands."""

    id: UUID
    version: int
    """The version of the report that it tells of."""
    sequence: int
    """Its place among the notifications of this report to this agency."""
    kind: NotificationKind
    reason: Reason | None
    changed: FieldNames
    state: State
    attempts: int
    next_attempt_at: AwareDatetime | None
    delivered_at: AwareDatetime | None
    received_at: AwareDatetime | None
    closed_at: AwareDatetime | None


class Report(Document):
    """A report and where each agency's notification stands. It holds no facts."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REPORT]})

    reference: Reference
    life_event: str
    district: str
    accepted_at: AwareDatetime
    version: int
    """The latest, also given as ETag."""
    held_at: AwareDatetime | None
    """Since when its facts are kept whatever the agreements say, as for a court."""
    facts_destroyed_at: AwareDatetime | None
    """When the time for keeping its facts was over. What is told here is left; the facts are not."""
    versions: tuple[ReportVersion, ...]
    notifications: tuple[NotificationProgress, ...]


class FoundReport(Document):
    """A report that has what was asked for."""

    reference: Reference


class FoundReports(Document):
    """Reports by their references alone, in the order of registration. More are at the `next` link."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.FOUND]})

    reports: tuple[FoundReport, ...]


class TrailEntry(Document):
    """One disclosure, decision or word."""

    id: int
    """Known by it in the report's trail."""
    at: AwareDatetime
    action: Action
    actor: str
    """Who did it: `registrar:…`, `agency:…`, `operator:…` or `tellusonce`."""
    agency: str | None
    notification: UUID | None
    detail: dict[str, Any]
    """Ids, codes and names of fields, by the action; never a fact."""


class Trail(Document):
    """All that was disclosed, decided and said about a report, oldest first. More is at the `next` link."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TRAIL]})

    reference: Reference
    trail: tuple[TrailEntry, ...]


class FollowUp(Document):
    """Something that a person must see to."""

    id: UUID
    reference: Reference
    agency: str | None
    notification: UUID | None
    """None, as the agency may be, where it is about the report as a whole."""
    kind: FollowUpKind
    words: str | None
    """What the agency said, or the family; for staff alone."""
    owner: str | None
    due_on: date
    opened_at: AwareDatetime


class FollowUps(Document):
    """Open follow-ups, those due first coming first. More are at the `next` link."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.FOLLOW_UPS]})

    follow_ups: tuple[FollowUp, ...]


class Recorded(Document):
    """An acknowledgement that stands recorded, now or since before."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.RECORDED]})

    notification: UUID
    state: State
    """The state of the notification that this acknowledgement led to."""


class RecordedItem(Recorded):
    """The same, as one answer in a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": 200, **examples.RECORDED}]})

    status: Literal[200]


class BadField(Document):
    """One thing that is wrong with a body."""

    pointer: str
    """Where it stands (JSON pointer, RFC 6901); empty for the whole body."""
    detail: str
    """What would be right. It never repeats the value."""


class ProblemItem(Document):
    """A problem as one answer in a list."""

    type: str
    """Stable: what a program may turn on."""
    title: str
    status: int
    detail: str
    errors: tuple[BadField, ...] = ()


class ProblemDocument(ProblemItem):
    """Problem details (RFC 9457). They never repeat a fact."""

    model_config = ConfigDict(title="Problem")

    correlation_id: UUID
    """The same as the X-Correlation-Id header; our log knows it."""


class Alive(Document):
    """The process is alive."""

    status: Literal["alive"]


class Checks(Document):
    """What the service needs."""

    database: bool
    broker: bool
    worker: bool
    """Whether a worker was heard from lately."""


class Readiness(Document):
    """Whether reports are taken and delivered now."""

    status: Literal["ready", "not-ready"]
    checks: Checks


ANSWERS = (
    Plan,
    ConsentWithdrawn,
    RegisteredReport,
    RevisedReport,
    FollowUps,
    Report,
    FoundReports,
    Trail,
    EntitlementsDocument,
    Export,
    Recorded,
    RecordedItem,
    ProblemItem,
    ProblemDocument,
    Alive,
    Readiness,
)
"""All that a route answers with."""
