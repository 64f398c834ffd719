"""What a person must see to."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tellusonce.domain.notification import CLOSED, UNDELIVERED, State


class FollowUpKind(StrEnum):
    """Why a person is needed."""

    UNDELIVERABLE = "undeliverable"
    RECEIPT_OVERDUE = "receipt-overdue"
    OUTCOME_OVERDUE = "outcome-overdue"
    QUERY = "query"
    REJECTED = "rejected"
    REVERSAL_UNCONFIRMED = "reversal-unconfirmed"  # a withdrawal that the agency has not carried out in time
    CONSENT_WITHDRAWN = "consent-withdrawn"  # the agency was told under a consent, and is to hear that it has ended


@dataclass(frozen=True)
class NewFollowUp:
    """One to be opened, unless one of this kind is already open for the notification."""

    report_id: UUID
    notification_id: UUID
    agency: str
    kind: FollowUpKind
    words: str | None = None
    """What the agency said. It may hold facts: not for the trail."""


def resolved_by(state: State) -> frozenset[FollowUpKind]:
    """The kinds of follow-up that need nobody any more once the notification is in this state."""
    if state in CLOSED:
        return frozenset(FollowUpKind) - {FollowUpKind.CONSENT_WITHDRAWN}  # of which the agency knows nothing yet
    if state in UNDELIVERED:
        return frozenset()
    if state is State.DELIVERED:
        return frozenset({FollowUpKind.UNDELIVERABLE})
    return frozenset({FollowUpKind.UNDELIVERABLE, FollowUpKind.RECEIPT_OVERDUE})
