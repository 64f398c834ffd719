"""Register a report: read the facts, plan by the agreements, store all of it in one transaction, ring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from pydantic_core import to_json
from uuid_utils.compat import uuid7

from tellusonce.domain.consent import Consent
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.planning import Declaration, Plan, PlannedNotification
from tellusonce.domain.report import Submission
from tellusonce.domain.search import Sought
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.services.doorbell import Doorbell
from tellusonce.services.explain import explained, refusals
from tellusonce.services.planner import Keeping, Planner
from tellusonce.services.reference import drawn_until_free, new_reference


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
    benefits: tuple[str, ...]
    councils: tuple[str, ...]
    """Those declared and those named, by which it can be planned again."""
    consents: tuple[Consent, ...]
    sought: frozenset[Sought]
    retention_days: int
    forget_on: date
    notifications: tuple[NewNotification, ...]
    plan: Plan
    trail: tuple[TrailEntry, ...]


@dataclass(frozen=True)
class IdempotencyKey:
    """A client's promise that requests with the same key are the same request."""

    principal: str
    key: str
    request_digest: bytes


class KeyReused(Exception):
    """The key was used before with another body, which has this answer."""

    def __init__(self, answer: bytes) -> None:
        super().__init__("the key was used before with another body")
        self.answer = answer


class KeyInFlight(Exception):
    """The first request with this key has not been answered yet."""


class ReportStore(Protocol):
    """Where reports are kept."""

    def add(self, reports: Sequence[NewReport]) -> None:
        """Store all of them, or none. Raises ReferenceTaken."""

    def answered(self, key: IdempotencyKey) -> bytes | None:
        """The answer stored under the key, if there is one. Raises KeyReused."""

    def add_once(self, report: NewReport, key: IdempotencyKey, answer: bytes) -> bytes | None:
        """Store the report and the answer under the key; the stored answer where there is one, and then nothing else.

        Raises KeyReused, KeyInFlight, ReferenceTaken.
        """


class Register:
    """The use case."""

    def __init__(self, planner: Planner, store: ReportStore, doorbell: Doorbell) -> None:
        self._planner = planner
        self._store = store
        self._doorbell = doorbell

    def prepare(self, submission: Submission, *, actor: str, district: str) -> NewReport:
        """The report as it would be stored; nothing is stored or sent. Raises InputRefused."""
        now = self._planner.now()
        declaration = self._planner.read(submission, now)
        plan = self._planner.plan(declaration, now)
        return _new_report(declaration, plan, self._planner.keeping(submission.life_event, plan, now), actor, district)

    def register(self, submission: Submission, *, actor: str, district: str) -> NewReport:
        """Store one report and ring for its agencies. Raises InputRefused."""

        def stored() -> NewReport:
            report = self.prepare(submission, actor=actor, district=district)
            self.store([report])
            return report

        return drawn_until_free(stored)

    def store(self, reports: Sequence[NewReport]) -> None:
        """Store prepared reports in one transaction and ring once for each agency concerned. Raises ReferenceTaken."""
        self._store.add(reports)
        self.ring(reports)

    def register_once(
        self,
        submission: Submission,
        *,
        actor: str,
        district: str,
        key: IdempotencyKey,
        ruled_out: Sequence[str] = (),
    ) -> bytes:
        """The same under an idempotency key: the JSON answer of the first request with it, to the byte.

        `ruled_out` are references of reports that looked alike and are of other people, which the trail then says.
        Raises InputRefused, KeyReused, KeyInFlight.
        """

        def prepare() -> NewReport:
            return _with_ruled_out(self.prepare(submission, actor=actor, district=district), ruled_out)

        return drawn_until_free(lambda: self._register_once(prepare, key))

    def _register_once(self, prepare: Callable[[], NewReport], key: IdempotencyKey) -> bytes:
        try:
            report = prepare()
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

    def answered(self, key: IdempotencyKey) -> bytes | None:
        """The answer to the first request with this key, if there was one. Raises KeyReused."""
        return self._store.answered(key)

    def answer(self, report: NewReport) -> bytes:
        """What the registrar is told of a report, as JSON: its reference, its plan with every reason, and links."""
        path = f"/v1/reports/{report.reference}"
        return to_json(
            {
                "reference": report.reference,
                "life_event": report.life_event,
                "version": 1,
                "notifications": [
                    {"id": each.id, "kind": NotificationKind.ORIGINAL, **words}
                    for each, words in zip(
                        report.notifications,
                        explained(report.plan, report.life_event, self._planner.agencies),
                        strict=True,
                    )
                ],
                "refusals": refusals(report.plan),
                "links": {"self": path, "trail": f"{path}/trail"},
            }
        )

    def ring(self, reports: Sequence[NewReport]) -> None:
        """Wake who attends the lanes of the agencies concerned."""
        self._doorbell.ring({each.planned.agency for report in reports for each in report.notifications})


def _new_report(declaration: Declaration, plan: Plan, keeping: Keeping, actor: str, district: str) -> NewReport:
    report_id = uuid7()
    notifications = tuple(NewNotification(uuid7(), each) for each in plan.notifications)
    detail = {
        "notifications": [disclosure(each.id, each.planned) for each in notifications],
        "refusals": refused(plan),
    }
    return NewReport(
        id=report_id,
        reference=new_reference(),
        life_event=declaration.life_event.code,
        district=district,
        registered_by=actor,
        facts=declaration.facts,
        provisional=declaration.provisional,
        benefits=tuple(sorted(declaration.benefits)),
        councils=declaration.councils,
        consents=declaration.consents.given,
        sought=declaration.sought,
        retention_days=keeping.retention_days,
        forget_on=keeping.forget_on,
        notifications=notifications,
        plan=plan,
        trail=(
            TrailEntry(report_id, Action.REGISTERED, actor, detail=detail),
            *consents_given(report_id, 1, actor, declaration.consents.given),
        ),
    )


def _with_ruled_out(report: NewReport, references: Sequence[str]) -> NewReport:
    if not references:
        return report
    detail = {"reports": list(references)}
    entry = TrailEntry(report.id, Action.DUPLICATES_RULED_OUT, report.registered_by, detail=detail)
    return replace(report, trail=(*report.trail, entry))


def consents_given(report_id: UUID, version: int, actor: str, consents: Sequence[Consent]) -> tuple[TrailEntry, ...]:
    """What the trail says of the consents that stand in a version."""
    return tuple(
        TrailEntry(
            report_id,
            Action.CONSENT_GIVEN,
            actor,
            detail={"version": version, **consent.model_dump(mode="json", exclude_none=True)},
        )
        for consent in consents
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
