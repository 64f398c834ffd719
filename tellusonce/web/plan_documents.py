"""What the API answers of plans and of consents taken back, as models."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tellusonce.domain.agreement import ConsentRule
from tellusonce.domain.consent import Bar
from tellusonce.domain.planning import RefusalReason
from tellusonce.web import examples

Reference = Annotated[str, Field(description="Nine letters and digits, the last a check character.")]
FieldNames = Annotated[tuple[str, ...], Field(description="Names of fields, such as deceased.date_of_birth.")]


class Document(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Disclosure(Document):
    """What one agency is told of."""

    agency: str
    """The agency's code."""
    benefits: tuple[str, ...]
    """The declared benefits that it holds."""
    fields: FieldNames
    gateway: str
    """The legal power under which it is told."""
    agreement_version: str
    receipt_due_on: date
    outcome_due_on: date


class LeftOut(Document):
    """Facts that the agreement names and the report holds, and which the agency is not told."""

    fields: FieldNames
    reason: Bar
    explanation: str


class Explained(Disclosure):
    """One agency is told these fields, under this gateway, and why."""

    agency_name: str
    ground: ConsentRule
    """Whether by law alone, or by somebody's consent."""
    purpose: str
    """What the agency does with the facts."""
    explanation: str
    """The ground, in plain words."""
    left_out: tuple[LeftOut, ...]


class PlannedRefusal(Document):
    """One agency is concerned but may not be told."""

    agency: str
    agency_name: str
    benefits: tuple[str, ...]
    reason: RefusalReason
    explanation: str
    """The reason, and what the family can do."""
    missing_fields: FieldNames


class Plan(Document):
    """What would follow from a report."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PLAN]})

    life_event: str
    notifications: tuple[Explained, ...]
    refusals: tuple[PlannedRefusal, ...]


class Links(Document):
    """Where to go from here."""

    self: str
    trail: str


class SupersededNotification(Document):
    """One that was never sent, and is not sent any more."""

    id: UUID
    agency: str


class Withheld(SupersededNotification):
    """One that was not sent yet, and goes without these fields."""

    fields: FieldNames


class SentBefore(SupersededNotification):
    """One that may have reached its agency before the consent was withdrawn."""

    follow_up: bool
    """Whether staff see to it that the agency hears of it."""


class ConsentWithdrawn(Document):
    """A consent that was taken back, and what follows from it."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CONSENT_WITHDRAWN]})

    reference: Reference
    superseded: tuple[SupersededNotification, ...]
    withheld: tuple[Withheld, ...]
    sent_before: tuple[SentBefore, ...]
    links: Links
