"""Agencies: who is told."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from tellusonce.domain.agreement import Agreement, unique
from tellusonce.domain.channel import Channel
from tellusonce.domain.council import Service
from tellusonce.domain.declared import Code, Declared, Text
from tellusonce.domain.working_days import Division


class Contact(Declared):
    """Whom staff ask for at an agency that does not answer."""

    post: Text
    """Such as *Bereavement team leader*; no person's name, which would be out of date."""
    telephone: Text | None = None


class Agency(Declared):
    """A body that is told of life events because it holds benefits, licences or services."""

    code: Code
    name: Text
    benefits: Annotated[tuple[Code, ...], AfterValidator(unique)] = ()
    """What it holds: it is told when the report declares one of these."""
    always: bool = False
    """Whether it is told of every report, whatever that declares."""
    service: Service | None = None
    """For a council's service: it is concerned only by the reports of its council."""
    division: Division
    """Whose bank holidays its deadlines keep."""
    channel: Channel
    contact: Contact | None = None
    agreements: dict[Code, Agreement]
    """By life event."""


def agency_name(agencies: Mapping[str, Agency], code: str) -> str:
    """What people call the agency; its code where it is configured no more."""
    agency = agencies.get(code)
    return agency.name if agency else code
