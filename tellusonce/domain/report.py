"""A report: what a registrar logs once about one life event."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

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
    """Whether the informant permits telling those agencies that need permission."""
    facts: dict[str, Any]


class Correction(Submission):
    """A report restated whole, and why."""

    reason: CorrectionReason


class Withdrawal(BaseModel):
    """Why a report is taken back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: WithdrawalReason
