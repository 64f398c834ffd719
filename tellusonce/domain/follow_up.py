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
    POSSIBLE_DUPLICATE = "possible-duplicate"  # another report seems to be about the same person
    FAMILY_QUESTION = "family-question"  # the family asks or objects


OF_REPORT = frozenset({FollowUpKind.POSSIBLE_DUPLICATE, FollowUpKind.FAMILY_QUESTION})
"""The kinds that are about a report as a whole, and no notification of it; a family may ask about one agency."""

RESOLVED_BY_ANSWERS = frozenset(FollowUpKind) - OF_REPORT - {FollowUpKind.CONSENT_WITHDRAWN}
"""The kinds that an agency's last word resolves; of a consent withdrawn it knows nothing yet."""


class Step(StrEnum):
    """A step of the ladder by which a follow-up that stays open is taken further."""

    REMIND_AGENCY = "remind-agency"
    SUPERVISOR = "supervisor"
    AGENCY_CONTACT = "agency-contact"  # a person telephones the agency's named contact


class Purpose(StrEnum):
    """What a note is for."""

    NOTE = "note"
    CLOSING = "closing"
    SNOOZING = "snoozing"
    REOPENING = "reopening"
    HANDING_OVER = "handing-over"
    ANSWER = "answer"  # to the family, who sees it on their page


@dataclass(frozen=True)
class NewFollowUp:
    """One to be opened, unless one of this kind is already open for the notification.

    Of those about a report as a whole, a possible duplicate is open once; each question of a family is one of its own.
    """

    report_id: UUID
    notification_id: UUID | None
    """None for the kinds `OF_REPORT`, and only for these."""
    agency: str | None
    kind: FollowUpKind
    words: str | None = None
    """What the agency said, or the family. It may hold facts: not for the trail."""


def resolved_by(state: State) -> frozenset[FollowUpKind]:
    """The kinds of follow-up that need nobody any more once the notification is in this state."""
    if state in CLOSED:
        return RESOLVED_BY_ANSWERS
    if state in UNDELIVERED:
        return frozenset()
    if state is State.DELIVERED:
        return frozenset({FollowUpKind.UNDELIVERABLE})
    return frozenset({FollowUpKind.UNDELIVERABLE, FollowUpKind.RECEIPT_OVERDUE})
