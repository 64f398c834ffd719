"""The data sharing agreement with an agency, modelled on what the ICO's data sharing code asks of one (annex A)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, EmailStr, Field, HttpUrl, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from tellusonce.domain.declared import Declared, Text

FieldPath = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)*$")]


class ConsentRule(StrEnum):
    """On what ground an agency may be told."""

    STATUTORY = "statutory"  # the law allows it whatever anybody says
    PERMISSION_OF_INFORMANT = "permission-of-informant"
    EXPLICIT_CONSENT = "explicit-consent"  # one that was recorded in full, and names the agency


class Ground(StrEnum):
    """On what ground the facts of a third party, such as the partner, may be among those told."""

    STATUTORY = "statutory"
    OWN_CONSENT = "own-consent"


class LawfulBasis(StrEnum):
    """UK GDPR, Article 6(1). It is about the living who are named: the facts of the dead are nobody's personal data."""

    CONSENT = "consent"  # (a)
    CONTRACT = "contract"  # (b)
    LEGAL_OBLIGATION = "legal-obligation"  # (c)
    VITAL_INTERESTS = "vital-interests"  # (d)
    PUBLIC_TASK = "public-task"  # (e)
    LEGITIMATE_INTERESTS = "legitimate-interests"  # (f)


class SpecialCategoryCondition(StrEnum):
    """UK GDPR, Article 9(2): what lets a field of special category be told beside the lawful basis."""

    EXPLICIT_CONSENT = "explicit-consent"  # (a)
    SOCIAL_PROTECTION = "social-protection"  # (b)
    VITAL_INTERESTS = "vital-interests"  # (c)
    NOT_FOR_PROFIT_BODY = "not-for-profit-body"  # (d)
    MADE_PUBLIC = "made-public"  # (e)
    LEGAL_CLAIMS = "legal-claims"  # (f)
    SUBSTANTIAL_PUBLIC_INTEREST = "substantial-public-interest"  # (g)
    HEALTH_OR_SOCIAL_CARE = "health-or-social-care"  # (h)
    PUBLIC_HEALTH = "public-health"  # (i)
    ARCHIVING_OR_RESEARCH = "archiving-or-research"  # (j)


class Standing(StrEnum):
    """Where an agreement stands on a day."""

    NOT_BEGUN = "not-begun"
    IN_FORCE = "in-force"
    REVIEW_DUE = "review-due"  # in force all the same
    ENDED = "ended"


class Party(Declared):
    """Who takes part in the sharing, and as what."""

    name: Text
    role: Literal["controller", "joint-controller", "processor"]


class Gateway(Declared):
    """The legal power by which facts may go to an agency. No gateway, no send."""

    name: Text
    source: HttpUrl
    verified: bool
    note: Text | None = None


class Deadlines(Declared):
    """By when an agency promises to answer, in working days after the report is accepted."""

    receipt_working_days: Annotated[int, Field(ge=1, le=60)]
    outcome_working_days: Annotated[int, Field(ge=1, le=260)]


class SignOff(Declared):
    """Who agreed to it for one of the parties; a post and not a person."""

    post: Text
    contact: EmailStr
    signed_on: date


def unique(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, none of them twice. Raises ValueError."""
    if len(set(names)) != len(names):
        raise ValueError("must name each only once")
    return names


FieldPaths = Annotated[tuple[FieldPath, ...], AfterValidator(unique)]


class Agreement(Declared):
    """The data sharing agreement with one agency for one kind of life event."""

    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
    parties: Annotated[tuple[Party, ...], Field(min_length=2)]
    gateway: Gateway
    lawful_basis: LawfulBasis
    special_category: SpecialCategoryCondition | None = None
    """Needed where a field is of special category."""
    purpose: Text
    consent: ConsentRule
    third_parties: dict[FieldPath, Ground] = Field(default_factory=dict)
    """By the part of the facts that is a third party's. Those of whom nothing is said here are not told of."""
    withdrawal_notice: bool = False
    """Whether the agency is to hear that a consent under which it was told was withdrawn: staff see to it."""
    fields: Annotated[FieldPaths, Field(min_length=1)]
    needs: FieldPaths = ()
    """Fields without which the agency cannot find the person, so that telling it would serve nothing."""
    deadlines: Deadlines
    retention_days: Annotated[int, Field(ge=1)]
    starts_on: date
    ends_on: date | None = None
    """The last day on which it holds; None: until another version takes its place."""
    review_on: date
    signed_off: Annotated[tuple[SignOff, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise PydanticCustomError("disordered", "should have an ends_on that is not before starts_on")
        if self.review_on < self.starts_on:
            raise PydanticCustomError("disordered", "should have a review_on that is not before starts_on")
        return self

    def standing(self, today: date) -> Standing:
        """Where it stands on this day in the United Kingdom."""
        if today < self.starts_on:
            return Standing.NOT_BEGUN
        if self.ends_on is not None and today > self.ends_on:
            return Standing.ENDED
        return Standing.REVIEW_DUE if today >= self.review_on else Standing.IN_FORCE

    def holds(self, today: date) -> bool:
        """Whether the agency may be told under it on this day."""
        return self.starts_on <= today and (self.ends_on is None or today <= self.ends_on)
