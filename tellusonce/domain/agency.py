"""Agencies, and the agreements under which they may be told."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

from tellusonce.domain.working_days import Division

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
FieldPath = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)*$")]


class Declared(BaseModel):
    """Base of what stands in configuration: unknown keys are an error, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ConsentRule(StrEnum):
    """On what ground an agency may be told."""

    STATUTORY = "statutory"  # the law allows it whatever the informant says
    PERMISSION_OF_INFORMANT = "permission-of-informant"


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


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError("must name each only once")
    return names


FieldPaths = Annotated[tuple[FieldPath, ...], AfterValidator(_unique)]


class Agreement(Declared):
    """The data sharing agreement with one agency for one kind of life event."""

    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
    gateway: Gateway
    purpose: Text
    consent: ConsentRule
    fields: Annotated[FieldPaths, Field(min_length=1)]
    needs: FieldPaths = ()
    """Fields without which the agency cannot find the person, so that telling it would serve nothing."""
    deadlines: Deadlines
    retention_days: Annotated[int, Field(ge=1)]
    review_on: date


class Push(Declared):
    """Reached by a signed HTTP POST."""

    kind: Literal["push"]
    url: HttpUrl


class Agency(Declared):
    """A body that is told of life events because it holds benefits, licences or services."""

    code: Code
    name: Text
    benefits: Annotated[tuple[Code, ...], Field(min_length=1), AfterValidator(_unique)]
    """What it holds: it is told when the report declares one of these."""
    division: Division
    """Whose bank holidays its deadlines keep."""
    channel: Push
    agreements: dict[Code, Agreement]
    """By life event."""
