"""Councils, and the services that they provide."""

from enum import StrEnum
from typing import Annotated

from pydantic import EmailStr, StringConstraints

from tellusonce.domain.declared import Code, Declared, Text
from tellusonce.domain.working_days import Division


class Nation(StrEnum):
    """Where a council is."""

    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"

    @property
    def division(self) -> Division:
        """Whose bank holidays it keeps."""
        return Division.SCOTLAND if self is Nation.SCOTLAND else Division.ENGLAND_AND_WALES


class Tier(StrEnum):
    """What kind of council; it decides which services are its own."""

    COUNTY = "county"
    DISTRICT = "district"  # below a county
    UNITARY = "unitary"  # as all councils of Wales and Scotland
    METROPOLITAN = "metropolitan"
    LONDON = "london"


OutwardCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}[0-9][A-Z0-9]?$")]
"""The part of a postcode before its space."""


class Authority(Declared):
    """A council, as the table of authorities has it."""

    code: Code
    name: Text
    gss_code: Annotated[str, StringConstraints(pattern=r"^[EWS][0-9]{8}$")]
    """By which the Office for National Statistics knows its area."""
    nation: Nation
    tier: Tier
    county: Code | None = None
    """The county council above a district."""
    contact: EmailStr
    """Whom to ask about all its services."""
    outward_codes: frozenset[OutwardCode] = frozenset()
    """Of the postcodes in its area; a county has none and is found by its districts."""


class Service(Declared):
    """What one council provides, such as its libraries."""

    code: Code
    name: Text
    authority: Authority
