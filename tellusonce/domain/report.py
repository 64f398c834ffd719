"""A report: what a registrar logs once about one life event."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tellusonce.domain.agency import Code


class Submission(BaseModel):
    """A report as it is submitted, its facts not yet read against their life event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    life_event: Code
    benefits: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)]
    """The benefits, licences and services that the person is known to hold."""
    permission: StrictBool = False
    """Whether the informant permits telling those agencies that need permission."""
    facts: dict[str, Any]
