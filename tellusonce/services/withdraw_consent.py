"""Take a consent back: what was not sent under it is not sent, and of what was sent the agency may be to hear."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pydantic_core import to_json

from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement
from tellusonce.domain.consent import Consents, ConsentWithdrawal, Permit
from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.follow_up import FollowUpKind, NewFollowUp
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.notification import UNDELIVERED, NotificationKind, State
from tellusonce.domain.report import ConsentTakenBack
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.services.register import IdempotencyKey


@dataclass(frozen=True)
class Request:
    """Who asks for it, and of which report."""

    reference: str
    taken_back: ConsentTakenBack
    actor: str
    district: str | None
    """Only a report of this district; None: of any."""
    key: IdempotencyKey | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class SentUnder:
    """A notification of the report that was not superseded."""

    id: UUID
    agency: str
    kind: NotificationKind
    state: State
    attempts: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Consented:
    """A report with its consents, under a lock while it is decided what follows."""

    id: UUID
    reference: str
    life_event: str
    consents: Consents
    """Those of the latest version that has facts of its own, and all that was taken back."""
    notifications: Sequence[SentUnder]


@dataclass(frozen=True)
class Ended:
    """Everything one transaction stores of a consent taken back."""

    report_id: UUID
    withdrawal: ConsentWithdrawal
    recorded: str
    actor: str
    superseded: tuple[SentUnder, ...]
    narrowed: Mapping[UUID, tuple[str, ...]]
    """What may still be told by notifications that were not sent."""
    follow_ups: tuple[NewFollowUp, ...]
    trail: tuple[TrailEntry, ...]
    answer: bytes


class ConsentStore(Protocol):
    """Where consents are kept."""

    def end(
        self,
        reference: str,
        district: str | None,
        decide: Callable[[Consented], Ended],
        key: IdempotencyKey | None,
        *,
        dry_run: bool,
    ) -> bytes:
        """Lock the report, decide, store; gives the answer, or the one given before under the key.

        Raises NoSuchReport, FactsDestroyed, KeyReused, KeyInFlight, and what `decide` raises.
        """


class WithdrawConsent:
    """The use case."""

    def __init__(
        self,
        agencies: Mapping[str, Agency],
        life_events: Mapping[str, LifeEvent],
        store: ConsentStore,
        now: Callable[[], datetime],
    ) -> None:
        self._agencies = agencies
        self._life_events = life_events
        self._store = store
        self._now = now

    def withdraw(self, request: Request) -> bytes:
        """Take it back. Gives the JSON answer.

        Raises InputRefused, NoSuchReport, FactsDestroyed, KeyReused, KeyInFlight.
        """
        return self._store.end(
            request.reference,
            request.district,
            lambda report: self._decide(report, request),
            request.key,
            dry_run=request.dry_run,
        )

    def _decide(self, report: Consented, request: Request) -> Ended:
        withdrawal = self._withdrawal(report, request.taken_back)
        after = Consents(report.consents.given, (*report.consents.withdrawn, withdrawal))
        remaining = {
            each.id: self._permitted(report, each, after)
            for each in report.notifications
            if each.kind is not NotificationKind.WITHDRAWAL  # who was told must learn of that
            and self._permitted(report, each, after) != self._permitted(report, each, report.consents)
        }
        affected = [each for each in report.notifications if each.id in remaining]
        unsent = [each for each in affected if each.state in UNDELIVERED]
        superseded = tuple(each for each in unsent if not remaining[each.id])
        narrowed = {each.id: remaining[each.id] for each in unsent if remaining[each.id]}
        to_hear = [each for each in affected if each.attempts > 0 and self._wants_notice(report, each.agency)]
        return Ended(
            report_id=report.id,
            withdrawal=withdrawal,
            recorded=request.taken_back.recorded,
            actor=request.actor,
            superseded=superseded,
            narrowed=narrowed,
            follow_ups=tuple(
                NewFollowUp(report.id, each.id, each.agency, FollowUpKind.CONSENT_WITHDRAWN) for each in to_hear
            ),
            trail=_trail(report, request, superseded, affected, narrowed),
            answer=_answer(report, superseded, affected, narrowed, to_hear),
        )

    def _withdrawal(self, report: Consented, taken_back: ConsentTakenBack) -> ConsentWithdrawal:
        """Later than every consent that stands, whatever the clocks that gave the times. Raises InputRefused."""
        known = {*self._agencies, *(each.agency for each in report.notifications)}
        unknown = [
            Fault(f"/agencies/{place}", "This must be an agency's code")
            for place, agency in enumerate(taken_back.agencies or ())
            if agency not in known
        ]
        if unknown:
            raise InputRefused(unknown)
        withdrawn_at = max([self._now(), *(each.given_at for each in report.consents.given)])
        return ConsentWithdrawal(taken_back.given_by, taken_back.agencies, withdrawn_at)

    def _permitted(self, report: Consented, sent: SentUnder, consents: Consents) -> tuple[str, ...]:
        """What of a notification may be told under these consents; nothing where too little is left to be of use."""
        agreement = self._agreement(report, sent.agency)
        if agreement is None:
            return ()
        third_parties = self._life_events[report.life_event].third_parties
        permit = Permit(agreement, sent.agency, consents.in_force(sent.agency), third_parties)
        barred = permit.bars(sent.fields)
        permitted = tuple(path for path in sent.fields if path not in barred) if permit.authorised else ()
        return permitted if set(agreement.needs) <= set(permitted) else ()

    def _wants_notice(self, report: Consented, agency: str) -> bool:
        agreement = self._agreement(report, agency)
        return agreement is not None and agreement.withdrawal_notice

    def _agreement(self, report: Consented, agency: str) -> Agreement | None:
        known = self._agencies.get(agency)
        return known.agreements.get(report.life_event) if known else None


def _trail(
    report: Consented,
    request: Request,
    superseded: Sequence[SentUnder],
    affected: Sequence[SentUnder],
    narrowed: Mapping[UUID, tuple[str, ...]],
) -> tuple[TrailEntry, ...]:
    detail = request.taken_back.model_dump(mode="json", exclude_none=True)
    sent = [{"notification": str(each.id), "agency": each.agency} for each in affected if each.attempts > 0]
    return (
        TrailEntry(report.id, Action.CONSENT_WITHDRAWN, request.actor, detail={**detail, "sent_before": sent}),
        *(TrailEntry(report.id, Action.SUPERSEDED, request.actor, each.agency, each.id) for each in superseded),
        *(
            TrailEntry(report.id, Action.FIELDS_WITHHELD, request.actor, each.agency, each.id, {"fields": fields})
            for each, fields in _withheld(affected, narrowed)
        ),
    )


def _answer(
    report: Consented,
    superseded: Sequence[SentUnder],
    affected: Sequence[SentUnder],
    narrowed: Mapping[UUID, tuple[str, ...]],
    to_hear: Sequence[SentUnder],
) -> bytes:
    path = f"/v1/reports/{report.reference}"
    return to_json(
        {
            "reference": report.reference,
            "superseded": [_named(each) for each in superseded],
            "withheld": [{**_named(each), "fields": fields} for each, fields in _withheld(affected, narrowed)],
            "sent_before": [{**_named(each), "follow_up": each in to_hear} for each in affected if each.attempts > 0],
            "links": {"self": path, "trail": f"{path}/trail"},
        }
    )


def _named(sent: SentUnder) -> dict[str, Any]:
    return {"id": sent.id, "agency": sent.agency}


def _withheld(
    affected: Sequence[SentUnder], narrowed: Mapping[UUID, tuple[str, ...]]
) -> list[tuple[SentUnder, list[str]]]:
    return [
        (each, [path for path in each.fields if path not in narrowed[each.id]])
        for each in affected
        if each.id in narrowed
    ]
