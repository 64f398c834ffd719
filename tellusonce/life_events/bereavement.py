"""Bereavement: the facts that a death registration and its informant give. A cause of death is not among them."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from tellusonce.domain.field import Label, Sensitivity
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.partial_date import PartialDate
from tellusonce.life_events.identifiers import (
    AddressLine,
    Day,
    Email,
    Name,
    NationalInsuranceNumber,
    Postcode,
    TelephoneNumber,
)

_IDENTIFYING = Sensitivity.IDENTIFYING
_ORDINARY = Sensitivity.ORDINARY


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(_Facts):
    """A postal address; the postcode is absent where it was abroad."""

    lines: Annotated[tuple[AddressLine, ...], Field(min_length=1, max_length=5), Label("address")]
    postcode: Annotated[Postcode | None, Label("postcode")] = None


class Deceased(_Facts):
    """The person who died. Dates may be known in part, or not at all."""

    given_names: Annotated[Name, Label("given names")]
    family_name: Annotated[Name, Label("family name")]
    name_at_birth: Annotated[Name | None, Label("family name at birth")] = None
    date_of_birth: Annotated[PartialDate, Label("date of birth")]
    date_of_death: Annotated[PartialDate, Label("date of death", _ORDINARY)]
    national_insurance_number: Annotated[
        NationalInsuranceNumber | None, Label("National Insurance number", _IDENTIFYING)
    ] = None
    address: Address


class Registration(_Facts):
    """The entry in the register of deaths (Births and Deaths Registration Act 1953)."""

    entry_number: Annotated[Name, Label("register entry number")]
    registered_on: Annotated[Day, Label("date registered", _ORDINARY)]
    district: Annotated[Name, Label("registration district", _ORDINARY)]


class Informant(_Facts):
    """The person who reports the death."""

    given_names: Annotated[Name, Label("informant's given names")]
    family_name: Annotated[Name, Label("informant's family name")]
    relationship: Annotated[Name, Label("informant's relationship to the deceased")]
    telephone: Annotated[TelephoneNumber | None, Label("informant's telephone number")] = None
    email: Annotated[Email | None, Label("informant's email address")] = None


class Partner(_Facts):
    """The surviving husband, wife or civil partner."""

    given_names: Annotated[Name, Label("partner's given names")]
    family_name: Annotated[Name, Label("partner's family name")]
    date_of_birth: Annotated[PartialDate | None, Label("partner's date of birth")] = None
    national_insurance_number: Annotated[
        NationalInsuranceNumber | None, Label("partner's National Insurance number", _IDENTIFYING)
    ] = None


class EstateContact(_Facts):
    """Who deals with the estate: an executor, or whoever asks to administer it."""

    given_names: Annotated[Name, Label("estate contact's given names")]
    family_name: Annotated[Name, Label("estate contact's family name")]
    telephone: Annotated[TelephoneNumber | None, Label("estate contact's telephone number")] = None
    email: Annotated[Email | None, Label("estate contact's email address")] = None
    address: Address | None = None


class Bereavement(_Facts):
    """The facts of one bereavement."""

    deceased: Deceased
    registration: Registration
    informant: Informant
    partner: Partner | None = None
    estate_contact: EstateContact | None = None

    @model_validator(mode="after")
    def _dates_agree(self, info: ValidationInfo) -> Self:
        if info.context is None:
            raise TypeError("facts are read in the context of today")
        today: date = info.context["today"]
        born, died, registered_on = (
            self.deceased.date_of_birth,
            self.deceased.date_of_death,
            self.registration.registered_on,
        )
        if registered_on > today:
            raise _disagreement("registration/registered_on", "must not be after today")
        if died.year is not None and died.earliest > registered_on:
            raise _disagreement("deceased/date_of_death", "must not be after the day the death was registered")
        if born.year is not None and born.earliest > min(died.latest, registered_on):
            raise _disagreement("deceased/date_of_birth", "must not be after the date of death")
        return self


def _disagreement(pointer: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("disagreement", "{message}", {"message": message, "pointer": pointer})


BEREAVEMENT = LifeEvent(code="bereavement", title="Bereavement", model=Bereavement)
