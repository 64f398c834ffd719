"""The life of a follow-up: its states, the one table of legal moves between them, and what a person can do with one."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from tellusonce.domain.follow_up import FollowUpKind, Purpose, Step
from tellusonce.domain.text import LINES, ONE_LINE


class FollowUpState(StrEnum):
    """Where a follow-up stands."""

    OPEN = "open"
    SNOOZED = "snoozed"  # put off to a day, with a reason; it wakes by itself
    CLOSED = "closed"


class FollowUpEvent(StrEnum):
    """What can happen to a follow-up."""

    ASSIGNED = "assigned"
    NOTED = "noted"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    ESCALATED = "escalated"
    ANSWERED = "answered"  # the family, who asked
    CLOSED = "closed"
    REOPENED = "reopened"


_OPEN, _SNOOZED, _CLOSED = FollowUpState

MOVES: dict[FollowUpState, dict[FollowUpEvent, FollowUpState]] = {
    _OPEN: {
        FollowUpEvent.ASSIGNED: _OPEN,
        FollowUpEvent.NOTED: _OPEN,
        FollowUpEvent.ESCALATED: _OPEN,
        FollowUpEvent.SNOOZED: _SNOOZED,
        FollowUpEvent.ANSWERED: _CLOSED,
        FollowUpEvent.CLOSED: _CLOSED,
    },
    _SNOOZED: {
        FollowUpEvent.ASSIGNED: _SNOOZED,
        FollowUpEvent.NOTED: _SNOOZED,
        FollowUpEvent.SNOOZED: _SNOOZED,
        FollowUpEvent.WOKEN: _OPEN,
        FollowUpEvent.ANSWERED: _CLOSED,
        FollowUpEvent.CLOSED: _CLOSED,
    },
    _CLOSED: {
        FollowUpEvent.NOTED: _CLOSED,
        FollowUpEvent.REOPENED: _OPEN,
    },
}


class IllegalFollowUpMove(Exception):
    """A follow-up cannot go from the state it is in to the one asked for."""

    def __init__(self, state: FollowUpState, event: FollowUpEvent) -> None:
        super().__init__(f"a follow-up that is {state} cannot be {event}")


@dataclass(frozen=True)
class FollowUp:
    """A follow-up as it stands."""

    id: UUID
    report_id: UUID
    notification_id: UUID | None
    agency: str | None
    kind: FollowUpKind
    version: int
    """Counted up by every change, which is a compare-and-swap on it."""
    owner: str | None
    due_on: date
    snoozed_until: date | None
    steps_taken: int
    raised_to: Step | None
    next_step_on: date | None
    """When the ladder of escalation is looked at again; None after its last step."""
    closed_because: str | None

    @property
    def state(self) -> FollowUpState:
        """Where it stands."""
        if self.closed_because is not None:
            return _CLOSED
        return _SNOOZED if self.snoozed_until is not None else _OPEN


@dataclass(frozen=True)
class Change:
    """A move of one follow-up: what it is afterwards, what is noted, and what the trail says."""

    before: FollowUp
    after: FollowUp
    event: FollowUpEvent
    note: tuple[Purpose, str] | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    """Codes and dates; never what somebody wrote."""


def changed(
    before: FollowUp,
    event: FollowUpEvent,
    *,
    note: tuple[Purpose, str] | None = None,
    detail: Mapping[str, Any] | None = None,
    **values: Any,
) -> Change:
    """The move by which `event` gives the follow-up these values. Raises IllegalFollowUpMove."""
    state = MOVES[before.state].get(event)
    if state is None:
        raise IllegalFollowUpMove(before.state, event)
    after = replace(before, version=before.version + 1, **values)
    assert after.state is state, f"{event} must make it {state}"
    return Change(before, after, event, note, detail or {})


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), LINES]
Owner = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), ONE_LINE]


class Act(BaseModel):
    """What a person does with a follow-up. What they write may hold facts: it is kept encrypted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: ClassVar[FollowUpEvent]

    @abstractmethod
    def on(self, follow_up: FollowUp, today: date, /) -> Change:
        """The move. Raises IllegalFollowUpMove, NoQuestion."""


class Assign(Act):
    """Give it to somebody, such as `staff:gwen`, or to nobody."""

    event = FollowUpEvent.ASSIGNED
    owner: Owner | None

    def on(self, follow_up: FollowUp, _today: date, /) -> Change:
        """The owner changes; the trail has both."""
        return changed(follow_up, self.event, owner=self.owner, detail={"owner": self.owner, "before": follow_up.owner})


class HandOver(Assign):
    """Give it to somebody else, with what they should know."""

    words: Words | None = None

    def on(self, follow_up: FollowUp, today: date, /) -> Change:
        """As an assignment, with a note where there is something to know."""
        move = super().on(follow_up, today)
        return replace(move, note=(Purpose.HANDING_OVER, self.words)) if self.words else move


class Note(Act):
    """Write something down."""

    event = FollowUpEvent.NOTED
    words: Words

    def on(self, follow_up: FollowUp, _today: date, /) -> Change:
        """Nothing changes but that there is a note."""
        return changed(follow_up, self.event, note=(Purpose.NOTE, self.words))


class Snooze(Act):
    """Put it off to a day, with the reason."""

    event = FollowUpEvent.SNOOZED
    until: date
    because: Words

    def on(self, follow_up: FollowUp, _today: date, /) -> Change:
        """It is due on the day on which it wakes, from which its ladder is counted."""
        return changed(
            follow_up,
            self.event,
            snoozed_until=self.until,
            due_on=self.until,
            note=(Purpose.SNOOZING, self.because),
            detail={"until": self.until.isoformat()},
        )


class Close(Act):
    """Say that nothing is left to do, with the reason."""

    event = FollowUpEvent.CLOSED
    because: Words

    def on(self, follow_up: FollowUp, _today: date, /) -> Change:
        """No sweep opens it again."""
        return changed(
            follow_up,
            self.event,
            snoozed_until=None,
            closed_because="a person closed it",
            note=(Purpose.CLOSING, self.because),
        )


class Reopen(Act):
    """Say that there is something to do after all, with the reason."""

    event = FollowUpEvent.REOPENED
    because: Words

    def on(self, follow_up: FollowUp, today: date, /) -> Change:
        """It is due at once, and its ladder begins anew."""
        return changed(
            follow_up,
            self.event,
            due_on=today,
            closed_because=None,
            steps_taken=0,
            raised_to=None,
            next_step_on=today,
            note=(Purpose.REOPENING, self.because),
        )


class Answer(Act):
    """Answer the family, who sees it on their page."""

    event = FollowUpEvent.ANSWERED
    words: Words

    def on(self, follow_up: FollowUp, _today: date, /) -> Change:
        """The question is closed by its answer; a further one is a follow-up of its own."""
        if follow_up.kind is not FollowUpKind.FAMILY_QUESTION:
            raise NoQuestion
        return changed(
            follow_up,
            self.event,
            snoozed_until=None,
            closed_because="the family was answered",
            note=(Purpose.ANSWER, self.words),
        )


class NoQuestion(Exception):
    """Only what the family asked can be answered to the family."""

    def __init__(self) -> None:
        super().__init__("only a family's question can be answered to the family")
