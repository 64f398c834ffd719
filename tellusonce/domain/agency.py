"""Agencies, and the agreements under which they may be told."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, HttpUrl, StringConstraints

from tellusonce.domain.channel import Channel
from tellusonce.domain.council import Service
from tellusonce.domain.declared import Code, Declared, Text
from tellusonce.domain.working_days import Division

FieldPath = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)*$")]


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


class Agency(Declared):
    """A body that is told of life events because it holds benefits, licences or services."""

    code: Code
    name: Text
    benefits: Annotated[tuple[Code, ...], AfterValidator(_unique)] = ()
    """What it holds: it is told when the report declares one of these."""
    always: bool = False
    """Whether it is told of every report, whatever that declares."""
    service: Service | None = None
    """For a council's service: it is concerned only by the reports of its council."""
    division: Division
    """Whose bank holidays its deadlines keep."""
    channel: Channel
    agreements: dict[Code, Agreement]
    """By life event."""
