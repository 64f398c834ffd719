"""Bereavement: the facts that a death registration and its informant give. A cause of death is not among them."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from tellusonce.domain.field import Label, Sensitivity
from tellusonce.domain.life_event import LifeEvent, Person
from tellusonce.domain.partial_date import PartialDate
from tellusonce.domain.search import Term
from tellusonce.life_events.identifiers import (
    AddressLine,
    Count,
    Day,
    Email,
    Name,
    NationalInsuranceNumber,
    Postcode,
    TelephoneNumber,
)

_A_YEAR = timedelta(days=366)
_IDENTIFYING = Sensitivity.IDENTIFYING
_ORDINARY = Sensitivity.ORDINARY
_HEALTH = Sensitivity.SPECIAL_CATEGORY


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Address(_Facts):
    """A postal address; the postcode is absent where it was abroad."""

    lines: Annotated[tuple[AddressLine, ...], Field(min_length=1, max_length=5), Label("address")]
    postcode: Annotated[Postcode | None, Label("postcode")] = None


class Deceased(_Facts):
    """The person who died. Dates may be known in part, or not at all."""

    given_names: Annotated[Name, Label("given names")]
    family_name: Annotated[Name, Label("family name", term=Term.FAMILY_NAME)]
    name_at_birth: Annotated[Name | None, Label("family name at birth")] = None
    date_of_birth: Annotated[PartialDate, Label("date of birth", term=Term.DATE_OF_BIRTH)]
    date_of_death: Annotated[PartialDate, Label("date of death", _ORDINARY, Term.DATE_OF_DEATH)]
    national_insurance_number: Annotated[
        NationalInsuranceNumber | None,
        Label("National Insurance number", _IDENTIFYING, Term.NATIONAL_INSURANCE_NUMBER),
    ] = None
    address: Address


class Registration(_Facts):
    """The entry in the register of deaths (Births and Deaths Registration Act 1953)."""

    entry_number: Annotated[Name, Label("register entry number")]
    registered_on: Annotated[Day, Label("date registered", _ORDINARY)]
    district: Annotated[Name, Label("registration district", _ORDINARY)]


class InterimCertificate(_Facts):
    """The coroner's certificate of the fact of death, until an inquest lets it be registered."""

    issued_on: Annotated[Day, Label("date the interim certificate was issued", _ORDINARY)]
    coroner_area: Annotated[Name, Label("coroner area", _ORDINARY)]


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


class Household(_Facts):
    """Who is left at the address of the deceased; it decides what help can be claimed."""

    adults: Annotated[Count | None, Label("number of adults left in the household")] = None
    children: Annotated[Count | None, Label("number of children in the household")] = None


class Funeral(_Facts):
    """The funeral, held or arranged; claims for its cost are counted from it."""

    held_on: Annotated[Day | None, Label("date of the funeral", _ORDINARY)] = None


class Stay(_Facts):
    """A stay in hospital, a hospice or a care home; without an end where it ended with the death."""

    kind: Annotated[Literal["hospital", "hospice", "care-home"], Label("kind", _HEALTH)]
    place: Annotated[Name, Label("place", _HEALTH)]
    started: Annotated[PartialDate, Label("start", _HEALTH)]
    ended: Annotated[PartialDate | None, Label("end", _HEALTH)] = None


class StaysInCare(_Facts):
    """Stays before the death, as the informant tells of them.

    Benefits for care stop after 28 days in it, and stays less than that apart count as one (SI 1991/2740, regulation
    8). That somebody was in care tells of their health.
    """

    first: Annotated[Stay, Label("of the first stay")]
    second: Annotated[Stay | None, Label("of the second stay")] = None
    third: Annotated[Stay | None, Label("of the third stay")] = None


class Bereavement(_Facts):
    """The facts of one bereavement: the death registered or, until it is, certified by the coroner."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["registration"]}, {"required": ["interim_certificate"]}]}
    )

    deceased: Deceased
    interim_certificate: InterimCertificate | None = None
    registration: Annotated[Registration | None, Field(validate_default=True)] = None
    informant: Informant
    partner: Partner | None = None
    estate_contact: EstateContact | None = None
    household: Household | None = None
    funeral: Funeral | None = None
    stays_in_care: StaysInCare | None = None

    @field_validator("registration")
    @classmethod
    def _certified_in_one_way(cls, registration: Registration | None, others: ValidationInfo) -> Registration | None:
        if "interim_certificate" in others.data:  # else that has a fault of its own
            certificate = others.data["interim_certificate"]
            if registration is None and certificate is None:
                raise _disagreement(
                    "registration", "must be given, or interim_certificate while the death cannot be registered"
                )
            if registration is not None and certificate is not None:
                raise _disagreement(
                    "interim_certificate", "must not be given beside registration, which takes its place"
                )
        return registration

    @model_validator(mode="after")
    def _dates_agree(self, info: ValidationInfo) -> Self:
        if info.context is None:
            raise TypeError("facts are read in the context of today")
        today: date = info.context["today"]
        born, died = self.deceased.date_of_birth, self.deceased.date_of_death
        certified_on, at, done = self._certified()
        if certified_on > today:
            raise _disagreement(at, "must not be after today")
        if died.year is not None and died.earliest > certified_on:
            raise _disagreement("deceased/date_of_death", f"must not be after the day {done}")
        if born.year is not None and born.earliest > min(died.latest, certified_on):
            raise _disagreement("deceased/date_of_birth", "must not be after the date of death")
        funeral_on = self.funeral.held_on if self.funeral else None
        if funeral_on is not None and died.year is not None and funeral_on < died.earliest:
            raise _disagreement("funeral/held_on", "must not be before the date of death")
        if funeral_on is not None and funeral_on > today + _A_YEAR:
            raise _disagreement("funeral/held_on", "must not be more than a year after today")
        self._stays_agree(min(died.latest, certified_on))
        return self

    def _stays_agree(self, died_by: date) -> None:
        for name, stay in self.stays_in_care or ():
            at = f"stays_in_care/{name}"
            if stay is None:
                continue
            if stay.started.year is not None and stay.started.earliest > died_by:
                raise _disagreement(f"{at}/started", "must not be after the date of death")
            if stay.ended is None or stay.ended.year is None:
                continue
            if stay.ended.earliest > died_by:
                raise _disagreement(f"{at}/ended", "must not be after the date of death")
            if stay.started.year is not None and stay.ended.latest < stay.started.earliest:
                raise _disagreement(f"{at}/ended", "must not be before the start of the stay")

    def _certified(self) -> tuple[date, str, str]:
        """On which day the death was put on record, where that stands, and how it is said."""
        if self.interim_certificate is not None:
            issued_on = self.interim_certificate.issued_on
            return issued_on, "interim_certificate/issued_on", "the interim certificate was issued"
        assert self.registration is not None
        return self.registration.registered_on, "registration/registered_on", "the death was registered"


def _disagreement(pointer: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("disagreement", "{message}", {"message": message, "pointer": pointer})


BEREAVEMENT = LifeEvent(
    code="bereavement",
    title="Bereavement",
    model=Bereavement,
    people=(
        Person(
            "deceased", ("deceased", "interim_certificate", "registration", "funeral", "stays_in_care"), living=False
        ),
        Person("informant", ("informant",)),
        Person("partner", ("partner", "household")),
        Person("estate-contact", ("estate_contact",)),
    ),
    place="deceased.address.postcode",
    interim="interim_certificate",
    third_parties=("partner", "household", "estate_contact"),
)
