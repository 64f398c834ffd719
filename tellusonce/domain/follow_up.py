"""What a person must see to."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tellusonce.domain.notification import CLOSED, State


class FollowUpKind(StrEnum):
    """Why a person is needed."""

    UNDELIVERABLE = "undeliverable"
    RECEIPT_OVERDUE = "receipt-overdue"
    OUTCOME_OVERDUE = "outcome-overdue"
    QUERY = "query"
    REJECTED = "rejected"


@dataclass(frozen=True)
class NewFollowUp:
    """One to be opened, unless one of this kind is already open for the notification."""

    report_id: UUID
    notification_id: UUID
    agency: str
    kind: FollowUpKind


def resolved_by(state: State) -> frozenset[FollowUpKind]:
    """The kinds of follow-up that need nobody any more once the notification is in this state."""
    if state in CLOSED:
        return frozenset(FollowUpKind)
    if state in (State.QUEUED, State.PARKED, State.DELIVERED):
        return frozenset()
    return frozenset({FollowUpKind.UNDELIVERABLE, FollowUpKind.RECEIPT_OVERDUE})
