"""How far each agency has come with a report, as its family reads it: no fact, no benefit's amount, nobody's name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from tellusonce.domain.notification import NotificationKind, State
from tellusonce.domain.planning import RefusalReason


class Step(StrEnum):
    """Where an agency stands."""

    TO_BE_TOLD = "to-be-told"
    NOT_REACHED = "not-reached"  # it was tried, and is tried again or seen to by staff
    TOLD = "told"
    HAS_IT = "has-it"
    NEEDS_SOMETHING = "needs-something"
    HAS_ACTED = "has-acted"
    NO_RECORD = "no-record"
    NOT_TOLD = "not-told"
    NO_LONGER_TOLD = "no-longer-told"  # a consent or the report was taken back before it was sent
    UNDOING = "undoing"  # told that what it was told is taken back
    UNDONE = "undone"


FINISHED = frozenset({Step.HAS_ACTED, Step.NO_RECORD, Step.NOT_TOLD, Step.NO_LONGER_TOLD, Step.UNDONE})
"""Steps after which the family has to wait for nothing more from the agency."""
_STEPS: Mapping[State, Step] = {
    State.PARKED: Step.NOT_REACHED,
    State.QUERIED: Step.NEEDS_SOMETHING,
    State.REJECTED: Step.NEEDS_SOMETHING,
    State.ACTIONED: Step.HAS_ACTED,
    State.NOT_HELD: Step.NO_RECORD,
    State.REVERSED: Step.UNDONE,
    State.SUPERSEDED: Step.NO_LONGER_TOLD,
}


@dataclass(frozen=True)
class Told:
    """A notification as it stands."""

    agency: str
    sequence: int
    kind: NotificationKind
    state: State
    attempts: int
    outcome_due_on: date
    delivered_at: datetime | None
    received_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True)
class Followed:
    """A report as its family may see it."""

    id: UUID
    reference: str
    life_event: str
    accepted_at: datetime
    version: int
    changed_at: datetime
    """When the latest version was logged."""
    withdrawn: bool
    provisional: bool
    facts_destroyed_at: datetime | None
    told: Sequence[Told]
    """By agency and sequence."""
    refused: Sequence[tuple[str, RefusalReason]]
    """The agencies that the latest version does not tell, and why."""


class FollowedStore(Protocol):
    """Where reports are kept."""

    def followed(self, report_id: UUID) -> Followed:
        """A report that is there."""


@dataclass(frozen=True)
class AgencyProgress:
    """Where one agency stands, and since when."""

    name: str
    step: Step
    since: datetime | None
    """When the step was reached; None where nothing has happened yet."""
    told_at: datetime | None
    due_on: date | None
    """By when it is to have acted; None where it has, or has nothing to do."""
    refusal: RefusalReason | None = None


@dataclass(frozen=True)
class Progress:
    """How far all agencies have come."""

    report: Followed
    agencies: Sequence[AgencyProgress]
    """Those that need something first, then those that have not finished, then the others; each by name."""

    @property
    def finished(self) -> int:
        """How many of those that are told have nothing more to do."""
        return sum(each.step in FINISHED for each in self.agencies if each.refusal is None)

    @property
    def told(self) -> int:
        """How many are told."""
        return sum(each.refusal is None for each in self.agencies)


class FamilyProgress:
    """The use case. `agency_name` gives what people call an agency."""

    def __init__(self, store: FollowedStore, agency_name: Callable[[str], str]) -> None:
        self._store = store
        self._agency_name = agency_name

    def of(self, report_id: UUID) -> Progress:
        """Where every agency of the report stands."""
        report = self._store.followed(report_id)
        agencies = {code: _standing(self._agency_name(code), told) for code, told in _by_agency(report.told).items()}
        for code, reason in report.refused:
            if code not in agencies or agencies[code].step is Step.NO_LONGER_TOLD:
                agencies[code] = AgencyProgress(self._agency_name(code), Step.NOT_TOLD, None, None, None, reason)
        return Progress(report, sorted(agencies.values(), key=lambda each: (_rank(each.step), each.name)))


def _by_agency(told: Iterable[Told]) -> Mapping[str, list[Told]]:
    by_agency: dict[str, list[Told]] = {}
    for each in told:
        by_agency.setdefault(each.agency, []).append(each)
    return by_agency


def _rank(step: Step) -> int:
    if step is Step.NEEDS_SOMETHING:
        return 0
    return 2 if step in FINISHED else 1


def _standing(name: str, told: Sequence[Told]) -> AgencyProgress:
    """By the latest that counts. What was superseded before it could be sent says nothing."""
    counting = [each for each in told if each.state is not State.SUPERSEDED]
    latest = counting[-1] if counting else told[-1]
    step = _step(latest)
    first_delivered = next((each.delivered_at for each in told if each.delivered_at), None)
    return AgencyProgress(
        name=name,
        step=step,
        since=_since(latest, step),
        told_at=first_delivered,
        due_on=None if step in FINISHED else latest.outcome_due_on,
    )


def _step(told: Told) -> Step:
    if told.state in _STEPS:
        return _STEPS[told.state]
    if told.state in (State.WAITING, State.QUEUED):
        return Step.NOT_REACHED if told.attempts > 1 else Step.TO_BE_TOLD
    if told.kind is NotificationKind.WITHDRAWAL:
        return Step.UNDOING
    return Step.HAS_IT if told.state is State.RECEIVED else Step.TOLD


def _since(told: Told, step: Step) -> datetime | None:
    if step in (Step.HAS_IT, Step.NEEDS_SOMETHING):
        return told.received_at or told.delivered_at
    if step in (Step.TOLD, Step.UNDOING):
        return told.delivered_at or told.received_at
    return told.closed_at
