"""A report: what a registrar logs once about one life event."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tellusonce.domain.consent import Consent, Giver, Recording
from tellusonce.domain.declared import Code
from tellusonce.domain.revision import CorrectionReason, WithdrawalReason


class Submission(BaseModel):
    """A report as it is submitted, its facts not yet read against their life event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    life_event: Code
    benefits: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)]
    """The benefits, licences and services that the person is known to hold."""
    councils: Annotated[tuple[Code, ...], Field(max_length=5)] = ()
    """The councils that served the person; where none is named, they are found by the address."""
    permission: StrictBool = False
    """Whether the informant permits telling all agencies that need permission: the short form of a consent."""
    consents: Annotated[tuple[Consent, ...], Field(max_length=20)] = ()
    """Who agreed to what, in full."""
    facts: dict[str, Any]


class Correction(Submission):
    """A report restated whole, and why."""

    reason: CorrectionReason


class Withdrawal(BaseModel):
    """Why a report is taken back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: WithdrawalReason


class ConsentTakenBack(BaseModel):
    """Whose consent is taken back, and for which agencies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    given_by: Giver | None = None
    """Whose; where nobody is named, everybody's."""
    agencies: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)] | None = None
    """For which; where none is named, for all."""
    recorded: Literal[Recording.IN_PERSON, Recording.TELEPHONE, Recording.WRITING]
    """How the giver said so."""
