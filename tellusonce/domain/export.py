"""Everything held on a report's people, as it is given to who asks for it (UK GDPR, Article 15).

The form is stable: fields are added, and none is renamed or taken away under the same `form`.
"""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from tellusonce.domain.consent import Capacity, Giver, Recording
from tellusonce.domain.family import Way
from tellusonce.domain.field import Sensitivity
from tellusonce.domain.follow_up import Purpose
from tellusonce.domain.language import Language
from tellusonce.domain.notification import NotificationKind, State
from tellusonce.domain.revision import Reason
from tellusonce.domain.trail import Action


class _Exported(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ExportedFact(_Exported):
    """One fact."""

    field: str
    label: str
    sensitivity: Sensitivity
    person: str | None
    """On whom it is held."""
    value: Any


class OmittedFact(_Exported):
    """A fact that is held and is not in here, since it is another person's."""

    field: str
    label: str
    sensitivity: Sensitivity
    person: str | None


class ExportedConsent(_Exported):
    """Who agreed that agencies are told; of another person no more than that they did."""

    given_by: Giver
    left_out: bool
    capacity: Capacity | None
    agencies: tuple[str, ...] | None
    """Absent: all there are; fields likewise."""
    fields: tuple[str, ...] | None
    given_at: AwareDatetime | None
    recorded: Recording | None


class ExportedConsentWithdrawal(_Exported):
    """A consent taken back; of another person's no more than that it was."""

    given_by: Giver | None
    """Absent: everybody's."""
    left_out: bool
    agencies: tuple[str, ...] | None
    """Absent: all there are."""
    recorded: Recording | None
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None
    """Who wrote it down."""


class ExportedVersion(_Exported):
    """What was reported: the original, a correction or a withdrawal."""

    version: int
    kind: NotificationKind
    reason: Reason | None
    provisional: bool
    registered_by: str
    registered_at: AwareDatetime
    facts: tuple[ExportedFact, ...]
    left_out: tuple[OmittedFact, ...]
    consents: tuple[ExportedConsent, ...]


class ExportedWords(_Exported):
    """What somebody wrote; in an export for one person left out, since it may name anybody."""

    text: str | None
    left_out: bool


class ExportedAttempt(_Exported):
    """One try at delivering."""

    number: int
    channel: str
    result: str
    status: int | None
    duration_ms: int
    reason: ExportedWords
    """Why the agency gave it back."""
    finished_at: AwareDatetime


class ExportedAcknowledgement(_Exported):
    """What an agency said."""

    kind: str
    outcome: str | None
    effective_on: date | None
    note: ExportedWords
    at: AwareDatetime
    recorded_at: AwareDatetime
    state_after: State


class ExportedNote(_Exported):
    """What a person wrote about a follow-up; with purpose `answer`, to the family."""

    at: AwareDatetime
    author: str
    purpose: Purpose
    words: ExportedWords


class ExportedFollowUp(_Exported):
    """What a person had to see to."""

    agency: str | None
    kind: str
    opened_at: AwareDatetime
    due_on: date
    owner: str | None
    words: ExportedWords
    notes: tuple[ExportedNote, ...]
    closed_at: AwareDatetime | None
    closed_because: str | None


class ExportedNotification(_Exported):
    """What one agency was told, and all that came of it."""

    id: UUID
    agency: str
    agency_name: str
    version: int
    sequence: int
    kind: NotificationKind
    reason: Reason | None
    changed: tuple[str, ...]
    benefits: tuple[str, ...]
    fields: tuple[str, ...]
    """Names of the fields that it was told, or is to be told."""
    gateway: str
    agreement_version: str
    receipt_due_on: date
    outcome_due_on: date
    accepted_at: AwareDatetime
    state: State
    delivered_at: AwareDatetime | None
    received_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    attempts: tuple[ExportedAttempt, ...]
    acknowledgements: tuple[ExportedAcknowledgement, ...]
    follow_ups: tuple[ExportedFollowUp, ...]


class ExportedContact(_Exported):
    """Where somebody of the family asked to be told of news or of days to claim by."""

    way: Way
    address: ExportedWords
    """In an export for one person left out: nothing says whose it is."""
    language: Language
    updates: bool
    reminders: bool
    made_at: AwareDatetime
    messages: tuple[AwareDatetime, ...]
    """When something was sent there."""


class ExportedTrailEntry(_Exported):
    """One disclosure, decision, reading or word."""

    at: AwareDatetime
    action: Action
    actor: str
    agency: str | None
    notification: UUID | None
    detail: dict[str, Any]


class Export(_Exported):
    """Everything held on a report's people."""

    form: Literal["tellusonce-export-1"]
    made_at: AwareDatetime
    made_by: str
    made_for: str | None
    """The person for whom it was made, such as informant; absent for all of them, which nobody may be given."""
    reference: str
    life_event: str
    district: str
    accepted_at: AwareDatetime
    facts_destroyed_at: AwareDatetime | None
    """When facts and agencies' words were destroyed, the time for keeping them being over; none of them are in here."""
    version: int
    versions: tuple[ExportedVersion, ...]
    consent_withdrawals: tuple[ExportedConsentWithdrawal, ...]
    notifications: tuple[ExportedNotification, ...]
    follow_ups: tuple[ExportedFollowUp, ...]
    """Those about the report as a whole; the others stand at their notifications."""
    family_contacts: tuple[ExportedContact, ...]
    trail: tuple[ExportedTrailEntry, ...]
    trail_is_whole: bool
    """Whether the trail is in here to its end; this export itself is its last entry then."""
