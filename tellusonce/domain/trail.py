"""The trail: what was decided, disclosed and said about a report, in ids and field names, never in facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID


class Action(StrEnum):
    """What an entry says happened."""

    REGISTERED = "registered"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    CONSENT_GIVEN = "consent-given"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    FIELDS_WITHHELD = "fields-withheld"
    SUPERSEDED = "superseded"
    LEASED = "leased"
    DELIVERED = "delivered"
    ATTEMPT_FAILED = "attempt-failed"
    ATTEMPT_LOST = "attempt-lost"
    PARKED = "parked"
    BOUNCED = "bounced"
    REPLAYED = "replayed"
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    FOLLOW_UP_OPENED = "follow-up-opened"
    FOLLOW_UP_CLOSED = "follow-up-closed"
    FOLLOW_UP_ASSIGNED = "follow-up-assigned"
    FOLLOW_UP_NOTED = "follow-up-noted"
    FOLLOW_UP_SNOOZED = "follow-up-snoozed"
    FOLLOW_UP_WOKEN = "follow-up-woken"
    FOLLOW_UP_REOPENED = "follow-up-reopened"
    FOLLOW_UP_ESCALATED = "follow-up-escalated"
    FOLLOW_UP_ANSWERED = "follow-up-answered"
    FOLLOW_UP_READ = "follow-up-read"
    HELD = "held"
    RELEASED = "released"
    SHREDDED = "shredded"
    EXPORTED = "exported"
    READ = "read"
    DUPLICATE_FOUND = "duplicate-found"  # a second report of the same person was begun, and stopped
    DUPLICATES_RULED_OUT = "duplicates-ruled-out"  # reports that looked alike were of other people
    WITHDRAWAL_ASKED = "withdrawal-asked"
    WITHDRAWAL_REFUSED = "withdrawal-refused"


class ReadingPurpose(StrEnum):
    """What a supervisor reads facts for: one of these, since words of their own could hold facts."""

    AGENCY_QUESTION = "agency-question"
    FAMILY_QUESTION = "family-question"
    COMPLAINT = "complaint"
    WRONG_FACT = "wrong-fact"


@dataclass(frozen=True)
class TrailEntry:
    """One line of the trail; the database adds the time."""

    report_id: UUID
    action: Action
    actor: str
    """Who did it: `registrar:…`, `agency:…`, `operator:…`, `family` or `tellusonce`."""
    agency: str | None = None
    notification_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
