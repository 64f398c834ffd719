"""What a later version of a report means for one agency: what it was told, what it is to be told now, and the step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from tellusonce.domain.field import Facts, present, select
from tellusonce.domain.notification import UNDELIVERED, NotificationKind, State


class CorrectionReason(StrEnum):
    """Why a report is restated."""

    CLERICAL = "clerical"
    MATERIAL = "material"
    OMISSION = "omission"
    COURT_ORDER = "court-order"
    REPORTED_IN_ERROR = "reported-in-error"
    CONFIRMED = "confirmed"  # what was provisional is registered now


class WithdrawalReason(StrEnum):
    """Why a report is taken back."""

    PERSON_ALIVE = "person-alive"
    REPORTED_IN_ERROR = "reported-in-error"
    COURT_ORDER = "court-order"
    CLERICAL = "clerical"


class Reason(StrEnum):
    """Why an agency is told otherwise than before."""

    CLERICAL = "clerical"
    MATERIAL = "material"
    OMISSION = "omission"
    COURT_ORDER = "court-order"
    REPORTED_IN_ERROR = "reported-in-error"
    CONFIRMED = "confirmed"
    PERSON_ALIVE = "person-alive"
    NOT_CONCERNED = "not-concerned"  # by a correction, the report concerns this agency no more


STATEMENTS: Mapping[Reason, str] = {
    Reason.PERSON_ALIVE: "The person is alive.",
    Reason.REPORTED_IN_ERROR: "The report was made in error.",
    Reason.COURT_ORDER: "A court has ordered that the report be withdrawn.",
    Reason.CLERICAL: "The report was entered by mistake.",
    Reason.NOT_CONCERNED: "The report does not concern you: what you were told of it was told by mistake.",
}
"""What a withdrawal says plainly, by its reason."""


@dataclass(frozen=True)
class Told:
    """What one notification tells."""

    facts: Facts
    benefits: frozenset[str]
    provisional: bool

    @classmethod
    def of(cls, facts: Facts, fields: Iterable[str], benefits: Iterable[str], provisional: bool) -> "Told":
        """The allowed part of a version's facts."""
        return cls(select(facts, fields), frozenset(benefits), provisional)


class Standing(Protocol):
    """A notification as it stands when a later version comes."""

    @property
    def kind(self) -> NotificationKind: ...
    @property
    def state(self) -> State: ...
    @property
    def attempts(self) -> int: ...
    @property
    def sequence(self) -> int: ...
    @property
    def told(self) -> Told: ...


@dataclass(frozen=True)
class Step:
    """A new notification for the agency."""

    kind: NotificationKind
    sequence: int
    state: State
    changed: tuple[str, ...] = ()
    """Fields whose facts are other than the agency was told, or there no more; for a correction only."""


@dataclass(frozen=True)
class Revision:
    """What follows for one agency."""

    supersedes: bool = False
    """Whether the agency's last notification, which was never tried, goes no more."""
    step: Step | None = None


def revise(standings: Sequence[Standing], wanted: Told | None) -> Revision:
    """What brings an agency from what it was told to what it is to know now; nothing where that is the same.

    `standings` are its notifications about the report by their sequence, superseded ones left out; `wanted` is None
    where it is to know nothing. What was tried may have arrived, so that only what was never tried is superseded.
    """
    unsent = standings[-1] if standings and standings[-1].attempts == 0 else None
    last = next((each for each in reversed(standings) if each.attempts > 0), None)
    known = last.told if last and last.kind is not NotificationKind.WITHDRAWAL else None
    if wanted == known:
        return Revision(supersedes=unsent is not None)
    kind = _kind(known, wanted)
    if unsent and unsent.kind is kind and (kind is NotificationKind.WITHDRAWAL or unsent.told == wanted):
        return Revision()
    return Revision(
        supersedes=unsent is not None,
        step=Step(
            kind,
            sequence=last.sequence + 1 if last else 1,
            state=State.WAITING if last and last.state in UNDELIVERED else State.QUEUED,
            changed=_changed(known.facts, wanted.facts) if known and wanted else (),
        ),
    )


def _kind(known: Told | None, wanted: Told | None) -> NotificationKind:
    if known is None:
        return NotificationKind.ORIGINAL
    return NotificationKind.CORRECTION if wanted else NotificationKind.WITHDRAWAL


def _changed(before: Facts, after: Facts) -> tuple[str, ...]:
    old, new = _leaves(before), _leaves(after)
    return tuple(path for path in dict.fromkeys([*new, *old]) if old.get(path) != new.get(path))


def _leaves(facts: Facts) -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for path in present(facts):
        value: Any = facts
        for step in path.split("."):
            value = value[step]
        leaves[path] = value
    return leaves
