"""The road-accident family as inputs, all invented.

Overrides go by double underscore paths: `a_bereavement(deceased__family_name="…")`.
"""

# factory-boy's declarations have no types.
# mypy: allow-untyped-calls

from datetime import UTC, date, datetime
from typing import Any

from factory.base import DictFactory, Factory
from factory.declarations import LazyAttribute, LazyFunction, SubFactory

from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement, Deadlines, Gateway, Party, SignOff
from tellusonce.domain.channel import Push
from tellusonce.domain.consent import Consent, Consents
from tellusonce.domain.council import Authority, Service


class _Address(DictFactory):
    lines = LazyFunction(lambda: ["14 Mill Lane", "Holmshire"])
    postcode = "HO1 2AB"


class _Deceased(DictFactory):
    given_names = "Margaret Ann"
    family_name = "Holloway"
    name_at_birth = "Pryce"
    date_of_birth = "1948-05-02"
    date_of_death = "2026-03-14"
    national_insurance_number = "QQ123456C"
    address = SubFactory(_Address)


class _Registration(DictFactory):
    entry_number = "HOL/2026/0311"
    registered_on = "2026-03-19"
    district = "Holmshire"


class _InterimCertificate(DictFactory):
    issued_on = "2026-03-17"
    coroner_area = "Holmshire"


class _Informant(DictFactory):
    given_names = "Daniel"
    family_name = "Holloway"
    relationship = "son"
    telephone = "+441632960001"
    email = "daniel.holloway@example.org"


class _Partner(DictFactory):
    given_names = "George"
    family_name = "Holloway"
    date_of_birth = "1946-11-30"
    national_insurance_number = "QQ654321A"


class _EstateContact(DictFactory):
    given_names = "Ruth"
    family_name = "Amberley"
    telephone = "+441632960002"
    email = "ruth.amberley@example.org"
    address = SubFactory(_Address, lines=LazyFunction(lambda: ["3 Church Row", "Holmshire"]), postcode="HO3 4DB")


class _Household(DictFactory):
    adults = 1
    children = 0


class _Funeral(DictFactory):
    held_on = "2026-03-27"


class _Stay(DictFactory):
    kind = "hospital"
    place = "Holmshire General Hospital"
    started = "2026-02-20"
    ended = "2026-03-02"  # before any day to which a test moves the death


class _StaysInCare(DictFactory):
    first = SubFactory(_Stay)
    second = SubFactory(_Stay, kind="care-home", place="Mill Lane Care Home", started="2025-12", ended="2026-02-01")
    third = SubFactory(_Stay, kind="hospice", place="Holm Hospice", started="2025-10-05", ended="2025-10")


class _Bereavement(DictFactory):
    deceased = SubFactory(_Deceased)
    registration = SubFactory(_Registration)
    informant = SubFactory(_Informant)
    partner = SubFactory(_Partner)
    estate_contact = SubFactory(_EstateContact)
    household = SubFactory(_Household)
    funeral = SubFactory(_Funeral)
    stays_in_care = SubFactory(_StaysInCare)


class _ProvisionalBereavement(_Bereavement):
    class Meta:
        exclude = ("registration",)

    interim_certificate = SubFactory(_InterimCertificate)


class _Submission(DictFactory):
    life_event = "bereavement"
    benefits = LazyFunction(
        lambda: ["state-pension", "disability-living-allowance", "council-tax-benefit", "housing-benefit"]
    )
    permission = True
    facts = SubFactory(_Bereavement)


class _Gateway(Factory[Gateway]):
    class Meta:
        model = Gateway

    name = "Social Security Administration Act 1992, section 125"
    source = "https://www.legislation.gov.uk/ukpga/1992/5/section/125"
    verified = True


class _Deadlines(Factory[Deadlines]):
    class Meta:
        model = Deadlines

    receipt_working_days = 1
    outcome_working_days = 10


class _Agreement(Factory[Agreement]):
    class Meta:
        model = Agreement

    version = "1.0"
    parties = (
        Party(name="The local authority whose registrar registers the death", role="controller"),
        Party(name="Department for Work and Pensions", role="controller"),
    )
    gateway = SubFactory(_Gateway)
    lawful_basis = "legal-obligation"
    purpose = "End the State Pension and settle what is owed."
    consent = "statutory"
    third_parties = LazyFunction(lambda: dict.fromkeys(("partner", "household", "estate_contact"), "statutory"))
    fields = ("deceased.given_names", "deceased.family_name", "deceased.date_of_birth", "deceased.date_of_death")
    needs = ("deceased.family_name", "deceased.date_of_death")
    deadlines = SubFactory(_Deadlines)
    retention_days = 365
    starts_on = date(2020, 1, 1)
    review_on = date(2027, 4, 1)
    signed_off = (
        SignOff(post="Data Protection Officer", contact="agreements@example.org", signed_on=date(2019, 12, 2)),
    )


class _Agreements(DictFactory):
    bereavement = SubFactory(_Agreement)


class _Push(Factory[Push]):
    class Meta:
        model = Push

    kind = "push"
    url = "https://notifications.state-pension.example.org/"


class _Authority(Factory[Authority]):
    class Meta:
        model = Authority

    code = "holmshire"
    name = "Holmshire Council"
    gss_code = "E06999901"
    nation = "england"
    tier = "unitary"
    contact = "bereavement@holmshire.example.org"
    outward_codes = frozenset({"HO1", "HO2"})


class _Service(Factory[Service]):
    class Meta:
        model = Service

    code = "library"
    name = "Libraries"
    authority = SubFactory(_Authority)


class _Agency(Factory[Agency]):
    class Meta:
        model = Agency

    code = "dwp-state-pension"
    name = "Department for Work and Pensions: State Pension"
    benefits = ("state-pension",)
    division = "england-and-wales"
    channel = SubFactory(_Push)
    agreements = SubFactory(_Agreements)


class _CouncilsAgency(Factory[Agency]):
    class Meta:
        model = Agency

    code = LazyAttribute(lambda agency: f"{agency.service.authority.code}-{agency.service.code}")
    name = LazyAttribute(lambda agency: f"{agency.service.name}, {agency.service.authority.name}")
    benefits = LazyAttribute(lambda agency: (agency.service.code,))
    service = SubFactory(_Service)
    division = "england-and-wales"
    channel = SubFactory(_Push)
    agreements = SubFactory(_Agreements)


class _Consent(Factory[Consent]):
    class Meta:
        model = Consent

    given_by = "informant"
    capacity = "next-of-kin"
    given_at = datetime(2026, 3, 16, 10, 30, tzinfo=UTC)
    recorded = "in-person"


def a_bereavement(**overrides: Any) -> dict[str, Any]:
    """The facts of a bereavement, registered and every field given, in their canonical form."""
    facts: dict[str, Any] = _Bereavement.build(**overrides)
    return facts


def a_provisional_bereavement(**overrides: Any) -> dict[str, Any]:
    """The same while an inquest keeps the death from being registered."""
    facts: dict[str, Any] = _ProvisionalBereavement.build(**overrides)
    return facts


def a_submission(**overrides: Any) -> dict[str, Any]:
    """A report as a registrar submits it, ready for JSON, declaring the family's four benefits."""
    submission: dict[str, Any] = _Submission.build(**overrides)
    return submission


def an_agency(**overrides: Any) -> Agency:
    """An agency with one agreement, for bereavement: `agreements__bereavement__fields` and so on."""
    agency: Agency = _Agency.build(**overrides)
    return agency


def a_councils_agency(**overrides: Any) -> Agency:
    """A council's library: `service__code`, `service__authority__code` and so on make it another one."""
    agency: Agency = _CouncilsAgency.build(**overrides)
    return agency


def permitted(**overrides: Any) -> Consents:
    """The informant's word that all agencies may be told all there is."""
    return Consents((a_consent(**overrides),))


def a_consent(**overrides: Any) -> Consent:
    """One consent, of the informant unless told otherwise, recorded at the registrar's desk."""
    consent: Consent = _Consent.build(**overrides)
    return consent
