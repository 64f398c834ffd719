"""What an agency says of a notification, and what follows from it."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from tellusonce.domain.notification import Event, NotificationKind, State, move
from tellusonce.domain.text import LINES


class Kind(StrEnum):
    """A receipt says that the agency has the notification; an outcome says what it did."""

    RECEIPT = "receipt"
    OUTCOME = "outcome"


class Outcome(StrEnum):
    """What the agency did."""

    ACTIONED = "actioned"
    NOT_HELD = "not-held"
    QUERY = "query"
    REJECTED = "rejected"
    REVERSED = "reversed"


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:  # the first or the last hours that a calendar holds
        raise PydanticCustomError("time_out_of_range", "must be a time as 2026-03-14T09:30:00Z") from None


class Acknowledgement(BaseModel):
    """A receipt or an outcome, as an agency sends it in JSON. `at` is when it says that it was so, in UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    notification: UUID
    kind: Kind
    outcome: Outcome | None = None
    effective_on: date | None = None
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000), LINES] | None = None
    lease: Annotated[str, StringConstraints(max_length=100)] | None = None
    """The lease under which the notification was pulled: one that is over acknowledges nothing."""
    at: Annotated[AwareDatetime, AfterValidator(_in_utc)]

    @model_validator(mode="after")
    def _outcome_belongs_to_its_kind(self) -> Self:
        if (self.kind is Kind.OUTCOME) != (self.outcome is not None):
            raise PydanticCustomError("outcome_kind", "give an outcome with kind outcome, and none with kind receipt")
        return self

    @property
    def event(self) -> Event:
        """What it does to the notification."""
        return Event(self.outcome.value) if self.outcome else Event.RECEIPT


class NeverSent(Exception):
    """An agency acknowledges a notification that has not been sent to it."""

    def __init__(self, state: State) -> None:
        super().__init__(f"a notification that is {state} and was never sent cannot be acknowledged")


class StaleLease(Exception):
    """The lease named is not the one under which the notification is out now."""

    def __init__(self) -> None:
        super().__init__("the lease is over, and the notification is due again or out under another")


def lease_id(notification: UUID, attempt: int) -> str:
    """How a lease is named: its notification, and the attempt that is its fencing token."""
    return f"{notification}.{attempt}"


def acknowledge(word: Acknowledgement, kind: NotificationKind, state: State, attempts: int) -> State:
    """The notification's state after an agency's word. Raises NeverSent, StaleLease, IllegalMove."""
    if attempts == 0:
        raise NeverSent(state)
    if word.lease is not None and state is State.QUEUED and word.lease != lease_id(word.notification, attempts):
        raise StaleLease
    return move(state, word.event, kind)


FOLLOW_UP_OUTCOMES = frozenset({Outcome.QUERY, Outcome.REJECTED})
"""Outcomes that a person must see to."""
