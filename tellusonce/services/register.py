"""Register a report: read the facts, plan by the agreements, store all of it in one transaction, ring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pydantic_core import to_json
from uuid_utils.compat import uuid7

from tellusonce.domain.agency import Agency
from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.planning import REFUSAL_TEXT, Declaration, Plan, PlannedNotification, plan
from tellusonce.domain.report import Submission
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.domain.working_days import BankHolidays, uk_date
from tellusonce.life_events.validation import check_facts
from tellusonce.services.doorbell import Doorbell
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
    """The use case. `now` gives the aware time."""

    def __init__(
        self,
        *,
        life_events: Mapping[str, LifeEvent],
        agencies: Mapping[str, Agency],
        holidays: BankHolidays,
        store: ReportStore,
        doorbell: Doorbell,
        now: Callable[[], datetime],
    ) -> None:
        self._life_events = life_events
        self._agencies = agencies
        self._benefits = frozenset(benefit for agency in agencies.values() for benefit in agency.benefits)
        self._holidays = holidays
        self._store = store
        self._doorbell = doorbell
        self._now = now

    def prepare(self, submission: Submission, *, actor: str, district: str) -> NewReport:
        """The report as it would be stored; nothing is stored or sent. Raises InputRefused."""
        today = uk_date(self._now())
        life_event = self._life_events.get(submission.life_event)
        if life_event is None:
            known = ", ".join(self._life_events)
            raise InputRefused([Fault("/life_event", f"This must be a life event that can be reported: {known}")])
        unknown = self._unknown_benefits(submission)
        try:
            facts = check_facts(life_event, submission.facts, today)
        except InputRefused as refused:
            raise InputRefused([*unknown, *refused.faults]) from None
        if unknown:
            raise InputRefused(unknown)
        declaration = Declaration(life_event.code, facts, frozenset(submission.benefits), submission.permission)
        planned = plan(declaration, self._agencies.values(), today, self._holidays)
        return _new_report(planned, facts, life_event.code, actor, district)

    def register(self, submission: Submission, *, actor: str, district: str) -> NewReport:
        """Store one report and ring for its agencies. Raises InputRefused."""
        report = self.prepare(submission, actor=actor, district=district)
        self.store([report])
        return report

    def store(self, reports: Sequence[NewReport]) -> None:
        """Store prepared reports in one transaction and ring once for each agency concerned."""
        self._store.add(reports)
        self._ring(reports)

    def register_once(self, submission: Submission, *, actor: str, district: str, key: IdempotencyKey) -> bytes:
        """The same under an idempotency key: the JSON answer of the first request with it, to the byte.

        Raises InputRefused, KeyReused, KeyInFlight.
        """
        # Before planning: the agreements may have changed since the first answer.
        earlier = self._store.answered(key)
        if earlier is not None:
            return earlier
        report = self.prepare(submission, actor=actor, district=district)
        answer = self.answer(report)
        earlier = self._store.add_once(report, key, answer)
        if earlier is not None:
            return earlier
        self._ring([report])
        return answer

    def answer(self, report: NewReport) -> bytes:
        """What the registrar is told of a report, as JSON: its reference, its plan with every reason, and links."""
        path = f"/v1/reports/{report.reference}"
        return to_json(
            {
                "reference": report.reference,
                "life_event": report.life_event,
                "notifications": [
                    {"id": each.id, "agency_name": self._agencies[each.planned.agency].name, **vars(each.planned)}
                    for each in report.notifications
                ],
                "refusals": [
                    {
                        **vars(refusal),
                        "agency_name": self._agencies[refusal.agency].name,
                        "explanation": REFUSAL_TEXT[refusal.reason],
                    }
                    for refusal in report.plan.refusals
                ],
                "links": {"self": path, "trail": f"{path}/trail"},
            }
        )

    def _unknown_benefits(self, submission: Submission) -> list[Fault]:
        known = ", ".join(sorted(self._benefits))
        return [
            Fault(f"/benefits/{position}", f"This must be one that an agency holds: {known}")
            for position, benefit in enumerate(submission.benefits)
            if benefit not in self._benefits
        ]

    def _ring(self, reports: Sequence[NewReport]) -> None:
        self._doorbell.ring({each.planned.agency for report in reports for each in report.notifications})


def _new_report(planned: Plan, facts: Mapping[str, Any], life_event: str, actor: str, district: str) -> NewReport:
    report_id = uuid7()
    notifications = tuple(NewNotification(uuid7(), each) for each in planned.notifications)
    return NewReport(
        id=report_id,
        reference=new_reference(),
        life_event=life_event,
        district=district,
        registered_by=actor,
        facts=facts,
        notifications=notifications,
        plan=planned,
        trail=TrailEntry(
            report_id,
            Action.REGISTERED,
            actor,
            detail={
                "notifications": [
                    {
                        "notification": str(each.id),
                        "agency": each.planned.agency,
                        "fields": each.planned.fields,
                        "gateway": each.planned.gateway,
                        "agreement_version": each.planned.agreement_version,
                    }
                    for each in notifications
                ],
                "refusals": [{"agency": each.agency, "reason": each.reason} for each in planned.refusals],
            },
        ),
    )
