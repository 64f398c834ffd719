"""Register a report: read the facts, plan by the agreements, store all of it in one transaction, ring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from pydantic_core import to_json
from uuid_utils.compat import uuid7

from tellusonce.domain.faults import InputRefused
from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.planning import Plan, PlannedNotification
from tellusonce.domain.report import Submission
from tellusonce.domain.search import Sought
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.services.doorbell import Doorbell
from tellusonce.services.planner import Planner, Read
from tellusonce.services.reference import new_reference


@dataclass(frozen=True)
class NewNotification:
    """A planned notification with its id, which is the message id on every attempt."""

    id: UUID
    planned: PlannedNotification


@dataclass(frozen=True)
class NewReport:
    """Everything one transaction stores of a report."""

    id: UUID
    reference: str
    life_event: str
    district: str
    registered_by: str
    facts: Mapping[str, Any]
    provisional: bool
    sought: frozenset[Sought]
    retention_days: int
    forget_on: date
    notifications: tuple[NewNotification, ...]
    plan: Plan
    trail: TrailEntry


@dataclass(frozen=True)
class IdempotencyKey:
    """A client's promise that requests with the same key are the same request."""

    principal: str
    key: str
    request_digest: bytes


class KeyReused(Exception):
    """The key was used before with another body."""


class KeyInFlight(Exception):
    """The first request with this key has not been answered yet."""


class ReportStore(Protocol):
    """Where reports are kept."""

    def add(self, reports: Sequence[NewReport]) -> None:
        """Store all of them, or none."""

    def answered(self, key: IdempotencyKey) -> bytes | None:
        """The answer stored under the key, if there is one. Raises KeyReused."""

    def add_once(self, report: NewReport, key: IdempotencyKey, answer: bytes) -> bytes | None:
        """Store the report and the answer under the key; the stored answer where there is one, and then nothing else.

        Raises KeyReused, KeyInFlight.
        """


class Register:
    """The use case."""

    def __init__(self, planner: Planner, store: ReportStore, doorbell: Doorbell) -> None:
        self._planner = planner
        self._store = store
        self._doorbell = doorbell

    def prepare(self, submission: Submission, *, actor: str, district: str) -> NewReport:
        """The report as it would be stored; nothing is stored or sent. Raises InputRefused."""
        return _new_report(self._planner.read(submission), actor, district)

    def register(self, submission: Submission, *, actor: str, district: str) -> NewReport:
        """Store one report and ring for its agencies. Raises InputRefused."""
        report = self.prepare(submission, actor=actor, district=district)
        self.store([report])
        return report

    def store(self, reports: Sequence[NewReport]) -> None:
        """Store prepared reports in one transaction and ring once for each agency concerned."""
        self._store.add(reports)
        self.ring(reports)

    def register_once(self, submission: Submission, *, actor: str, district: str, key: IdempotencyKey) -> bytes:
        """The same under an idempotency key: the JSON answer of the first request with it, to the byte.

        Raises InputRefused, KeyReused, KeyInFlight.
        """
        try:
            report = self.prepare(submission, actor=actor, district=district)
        except InputRefused:
            # What was accepted keeps its answer, though the agreements may have changed since.
            earlier = self._store.answered(key)
            if earlier is not None:
                return earlier
            raise
        answer = self.answer(report)
        earlier = self._store.add_once(report, key, answer)
        if earlier is not None:
            return earlier
        self.ring([report])
        return answer

    def answer(self, report: NewReport) -> bytes:
        """What the registrar is told of a report, as JSON: its reference, its plan with every reason, and links."""
        path = f"/v1/reports/{report.reference}"
        return to_json(
            {
                "reference": report.reference,
                "life_event": report.life_event,
                "version": 1,
                "notifications": [
                    {
                        "id": each.id,
                        "agency_name": self._planner.agency_name(each.planned.agency),
                        "kind": NotificationKind.ORIGINAL,
                        **vars(each.planned),
                    }
                    for each in report.notifications
                ],
                "refusals": self._planner.refusals(report.plan),
                "links": {"self": path, "trail": f"{path}/trail"},
            }
        )

    def ring(self, reports: Sequence[NewReport]) -> None:
        """Wake who attends the lanes of the agencies concerned."""
        self._doorbell.ring({each.planned.agency for report in reports for each in report.notifications})


def _new_report(read: Read, actor: str, district: str) -> NewReport:
    report_id = uuid7()
    notifications = tuple(NewNotification(uuid7(), each) for each in read.plan.notifications)
    return NewReport(
        id=report_id,
        reference=new_reference(),
        life_event=read.life_event,
        district=district,
        registered_by=actor,
        facts=read.facts,
        provisional=read.provisional,
        sought=read.sought,
        retention_days=read.retention_days,
        forget_on=read.forget_on,
        notifications=notifications,
        plan=read.plan,
        trail=TrailEntry(
            report_id,
            Action.REGISTERED,
            actor,
            detail={
                "notifications": [disclosure(each.id, each.planned) for each in notifications],
                "refusals": refused(read.plan),
            },
        ),
    )


def disclosure(notification: UUID, planned: PlannedNotification) -> dict[str, Any]:
    """What the trail says of a disclosure that was decided."""
    return {
        "notification": str(notification),
        "agency": planned.agency,
        "fields": planned.fields,
        "gateway": planned.gateway,
        "agreement_version": planned.agreement_version,
    }


def refused(planned: Plan) -> list[dict[str, Any]]:
    """What the trail says of those that are not told."""
    return [{"agency": each.agency, "reason": each.reason} for each in planned.refusals]
