"""What the API answers agencies that pull or open their notifications, as models."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from tellusonce.domain.acknowledgement import Kind, Outcome
from tellusonce.domain.notification import NotificationKind, State
from tellusonce.web import agency_examples as examples
from tellusonce.web.plan_documents import Reference


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Lease(_Document):
    """A notification that is the agency's alone until the lease ends."""

    id: str
    """Names the lease. Give it with the acknowledgement: after the lease's end that changes nothing."""
    notification: UUID
    expires_at: AwareDatetime
    """When the notification is due again, unless it was acknowledged."""
    message: dict[str, Any]
    """The same as is pushed to others: see webhooks."""


class Leases(_Document):
    """What an agency pulled, in the order of acceptance."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.LEASES]})

    leases: tuple[Lease, ...]


class ExtendedLease(_Document):
    """A lease with its new end."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.EXTENDED_LEASE]})

    id: str
    expires_at: AwareDatetime


class ReturnedLease(_Document):
    """A lease that was given back."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.RETURNED_LEASE]})

    id: str
    notification: UUID
    """Due again in a few seconds."""


class InboxEntry(_Document):
    """A notification as the inbox lists it. It holds no facts."""

    id: UUID
    reference: Reference
    kind: NotificationKind
    benefits: tuple[str, ...]
    """The declared benefits that the agency holds."""
    accepted_at: AwareDatetime
    state: State
    receipt_due_on: date
    outcome_due_on: date
    opened_by: str | None
    """Who opened it first, as `agency:CODE/NAME`; null where nobody did."""
    opened_at: AwareDatetime | None


class InboxPage(_Document):
    """What an agency was sent, newest last. More is at the `next` link."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.INBOX_PAGE]})

    notifications: tuple[InboxEntry, ...]


class Opening(_Document):
    """One reading of a notification."""

    by: str
    at: AwareDatetime


class Word(_Document):
    """An acknowledgement as it was recorded."""

    kind: Kind
    outcome: Outcome | None
    effective_on: date | None
    note: str | None
    at: AwareDatetime


class OpenedNotification(_Document):
    """A notification that is read now."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.OPENED]})

    state: State
    message: dict[str, Any]
    """The same as is pushed to others: see webhooks."""
    openings: tuple[Opening, ...]
    """Who opened it, this time included, first to last."""
    acknowledgements: tuple[Word, ...]
    """What the agency said of it, first to last."""


AGENCY_ANSWERS = (Leases, ExtendedLease, ReturnedLease, InboxPage, OpenedNotification)
"""All that these routes answer with."""
