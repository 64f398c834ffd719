"""Correct or withdraw a report: a new version of it, and for each agency the step that this takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic_core import to_json
from uuid_utils.compat import uuid7

from tellusonce.domain.consent import Consents
from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.planning import Declaration, Plan, PlannedNotification
from tellusonce.domain.report import Submission
from tellusonce.domain.revision import Reason, Revision, Step, Told, revise
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.services.doorbell import Doorbell
from tellusonce.services.explain import refusals
from tellusonce.services.planner import Planner
from tellusonce.services.register import IdempotencyKey, consents_given, disclosure, refused
from tellusonce.services.versions import (
    NewVersion,
    RevisedNotification,
    RevisionStore,
    StoredNotification,
    StoredReport,
    VersionChanged,
)


@dataclass(frozen=True)
class Request:
    """Who asks for a new version, why, and of what."""

    reference: str
    reason: Reason
    actor: str
    district: str | None
    """Only a report of this district; None: of any."""
    expected_version: int | None = None
    """The version that the caller has seen; None: whichever."""
    key: IdempotencyKey | None = None
    dry_run: bool = False


class Revise:
    """The use case."""

    def __init__(self, planner: Planner, store: RevisionStore, doorbell: Doorbell) -> None:
        self._planner = planner
        self._store = store
        self._doorbell = doorbell

    def correct(self, request: Request, submission: Submission) -> bytes:
        """Restate the report whole. Gives the JSON answer.

        Raises InputRefused, NoSuchReport, ReportWithdrawn, FactsDestroyed, VersionChanged, KeyReused, KeyInFlight.
        """
        now = self._planner.now()
        read = self._planner.read(submission, now)

        def decide(report: StoredReport) -> NewVersion:
            if read.life_event.code != report.life_event:
                raise InputRefused([Fault("/life_event", f"This must be the report's own: {report.life_event}")])
            # What was withdrawn stays so, though the correction restates it.
            declared = replace(read, consents=Consents(read.consents.given, report.consents_withdrawn))
            plan = self._planner.plan(declared, now)
            told = {
                each.agency: Told.of(dict(read.facts), each.fields, each.benefits, read.provisional)
                for each in plan.notifications
            }
            planned = {each.agency: each for each in plan.notifications}
            decisions = {
                agency: revise(standings, told.get(agency))
                for agency, standings in _by_agency(report, also=planned).items()
            }
            return self._new_version(report, request, NotificationKind.CORRECTION, declared, decisions, plan, now)

        return self._revise(request, decide)

    def withdraw(self, request: Request) -> bytes:
        """Take the report back, from exactly those that may have been told. Gives the JSON answer.

        Raises NoSuchReport, ReportWithdrawn, FactsDestroyed, VersionChanged, KeyReused, KeyInFlight.
        """
        now = self._planner.now()

        def decide(report: StoredReport) -> NewVersion:
            decisions = {agency: revise(standings, None) for agency, standings in _by_agency(report).items()}
            return self._new_version(report, request, NotificationKind.WITHDRAWAL, None, decisions, Plan((), ()), now)

        return self._revise(request, decide)

    def _revise(self, request: Request, decide: Callable[[StoredReport], NewVersion]) -> bytes:
        def decided(report: StoredReport) -> NewVersion:
            if request.expected_version not in (None, report.version):
                raise VersionChanged(report.version)
            return decide(report)

        answer, agencies = self._store.revise(
            request.reference, request.district, decided, request.key, dry_run=request.dry_run
        )
        self._doorbell.ring(agencies)
        return answer

    def _new_version(
        self,
        report: StoredReport,
        request: Request,
        kind: NotificationKind,
        declared: Declaration | None,
        decisions: Mapping[str, Revision],
        planned: Plan,
        now: datetime,
    ) -> NewVersion:
        """`declared` is None where the report is withdrawn: its facts stay those of the version before."""
        version = report.version + 1
        to_tell = {each.agency: each for each in planned.notifications}
        last = {each.agency: each for each in report.notifications if each.attempts > 0}
        notifications = tuple(
            self._take_back(report.life_event, decision.step, last[agency], kind, request.reason, now)
            if decision.step.kind is NotificationKind.WITHDRAWAL
            else RevisedNotification(uuid7(), decision.step, _reason(decision.step, request), version, to_tell[agency])
            for agency, decision in decisions.items()
            if decision.step
        )
        latest = {each.agency: each for each in report.notifications}
        superseded = tuple(latest[agency] for agency, decision in decisions.items() if decision.supersedes)
        return NewVersion(
            report_id=report.id,
            version=version,
            kind=kind,
            reason=request.reason,
            registered_by=request.actor,
            facts=declared.facts if declared else report.facts,
            provisional=declared.provisional if declared else report.provisional,
            benefits=tuple(sorted(declared.benefits)) if declared else (),
            councils=declared.councils if declared else (),
            consents=declared.consents.given if declared else (),
            sought=declared.sought if declared else None,
            retention_days=self._planner.keeping(report.life_event, planned, now).retention_days if declared else 0,
            superseded=tuple(each.id for each in superseded),
            notifications=notifications,
            trail=(
                *_trail(report, request, kind, version, notifications, superseded, planned),
                *consents_given(report.id, version, request.actor, declared.consents.given if declared else ()),
            ),
            answer=self._answer(report, version, notifications, superseded, planned),
        )

    def _take_back(
        self,
        life_event: str,
        step: Step,
        last: StoredNotification,
        kind: NotificationKind,
        reason: Reason,
        now: datetime,
    ) -> RevisedNotification:
        """Says what the agency was told, as it was told it, and under the gateway of that."""
        receipt_due_on, outcome_due_on = self._planner.due_on(last.agency, life_event, now)
        return RevisedNotification(
            uuid7(),
            step,
            reason if kind is NotificationKind.WITHDRAWAL else Reason.NOT_CONCERNED,
            last.facts_version,
            replace(last.planned, receipt_due_on=receipt_due_on, outcome_due_on=outcome_due_on),
        )

    def _answer(
        self,
        report: StoredReport,
        version: int,
        notifications: Sequence[RevisedNotification],
        superseded: Sequence[StoredNotification],
        planned: Plan,
    ) -> bytes:
        path = f"/v1/reports/{report.reference}"
        return to_json(
            {
                "reference": report.reference,
                "life_event": report.life_event,
                "version": version,
                "notifications": [
                    {
                        "id": each.id,
                        "agency_name": self._planner.agency_name(each.planned.agency),
                        "kind": each.step.kind,
                        "reason": each.reason,
                        "changed": each.step.changed,
                        **vars(each.planned),
                    }
                    for each in notifications
                ],
                "superseded": [{"id": each.id, "agency": each.agency} for each in superseded],
                "refusals": refusals(planned),
                "links": {"self": path, "trail": f"{path}/trail"},
            }
        )


def _by_agency(
    report: StoredReport, also: Mapping[str, PlannedNotification] | None = None
) -> dict[str, list[StoredNotification]]:
    standings: dict[str, list[StoredNotification]] = {}
    for each in report.notifications:
        standings.setdefault(each.agency, []).append(each)
    return {**{agency: [] for agency in also or ()}, **standings}


def _reason(step: Step, request: Request) -> Reason | None:
    return request.reason if step.kind is NotificationKind.CORRECTION else None


def _trail(
    report: StoredReport,
    request: Request,
    kind: NotificationKind,
    version: int,
    notifications: Sequence[RevisedNotification],
    superseded: Sequence[StoredNotification],
    planned: Plan,
) -> tuple[TrailEntry, ...]:
    action = Action.WITHDRAWN if kind is NotificationKind.WITHDRAWAL else Action.CORRECTED
    return (
        TrailEntry(
            report.id,
            action,
            request.actor,
            detail={
                "version": version,
                "reason": request.reason,
                "notifications": [
                    {
                        **disclosure(each.id, each.planned),
                        "kind": each.step.kind,
                        "changed": each.step.changed,
                    }
                    for each in notifications
                ],
                "refusals": refused(planned),
            },
        ),
        *(TrailEntry(report.id, Action.SUPERSEDED, request.actor, each.agency, each.id) for each in superseded),
    )
