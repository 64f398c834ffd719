"""What the agreements that ship with the product say."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tellusonce.agreements.bank_holidays import bank_holidays
from tellusonce.agreements.loading import load_agencies
from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement, ConsentRule
from tellusonce.domain.consent import Consents
from tellusonce.domain.council import Nation
from tellusonce.domain.directory import Directory
from tellusonce.domain.planning import Declaration, Plan, RefusalReason, plan
from tellusonce.domain.working_days import Division
from tellusonce.life_events import LIFE_EVENTS
from tests.builders import a_consent, a_submission

CONFIG = Path(__file__).parents[2] / "config"
FAMILYS_FOUR = [
    "dwp-disability-living-allowance",
    "dwp-state-pension",
    "holmshire-council-tax",
    "holmshire-housing-benefit",
]
_EVERYBODYS = (
    a_consent(),
    a_consent(given_by="partner", capacity="own-behalf"),
    a_consent(given_by="estate_contact", capacity="own-behalf"),
)


@pytest.fixture(scope="module")
def agencies() -> dict[str, Agency]:
    return load_agencies(CONFIG, LIFE_EVENTS)


def planned(agencies: Mapping[str, Agency], submission: Mapping[str, Any]) -> Plan:
    declaration = Declaration(
        LIFE_EVENTS[submission["life_event"]],
        submission["facts"],
        frozenset(submission["benefits"]),
        Consents(_EVERYBODYS if submission["permission"] else ()),
        tuple(submission.get("councils", ())),
    )
    return plan(declaration, Directory(agencies.values()), date(2026, 3, 19), bank_holidays())


def agreements(agencies: Mapping[str, Agency]) -> Iterator[tuple[Agency, Agreement]]:
    for agency in agencies.values():
        for agreement in agency.agreements.values():
            yield agency, agreement


def test_the_family_of_four_benefits_has_four_notifications(agencies: dict[str, Agency]) -> None:
    """With permission, each of its four agencies is told of the road-accident family's report, and no other."""
    told = planned(agencies, a_submission())
    assert [each.agency for each in told.notifications] == FAMILYS_FOUR
    assert told.refusals == ()


def test_without_permission_the_statutory_agencies_are_told(agencies: dict[str, Agency]) -> None:
    """Of the four only the agency whose agreement asks for permission is refused when it is not given."""
    told = planned(agencies, a_submission(permission=False))
    assert [(each.agency, each.reason) for each in told.refusals] == [
        ("holmshire-housing-benefit", RefusalReason.NO_PERMISSION)
    ]
    assert len(told.notifications) == 3


def test_thirty_bodies_and_some_councils_ship(agencies: dict[str, Agency]) -> None:
    """Thirty agencies are of no council, every nation has a council, and a district has its county."""
    services = [agency.service for agency in agencies.values() if agency.service]
    assert len(agencies) - len(services) == 30
    assert {service.authority.nation for service in services} == set(Nation)
    assert any(service.authority.county for service in services)
    assert len({service.code for service in services}) == 9
    assert {agency.division for agency in agencies.values()} == {Division.ENGLAND_AND_WALES, Division.SCOTLAND}


def test_no_council_that_ships_is_a_real_one(agencies: dict[str, Agency]) -> None:
    """Their codes are none that the Office for National Statistics has come to: it counts up from 000001."""
    assert all(agency.service.authority.gss_code[3:] > "999900" for agency in agencies.values() if agency.service)


def test_all_channels_are_in_use(agencies: dict[str, Agency]) -> None:
    """Each kind of channel reaches somebody."""
    assert {agency.channel.kind for agency in agencies.values()} == {"push", "pull", "file", "email", "inbox"}


def test_nobody_is_reached_in_earnest(agencies: dict[str, Agency]) -> None:
    """Every address is an example's, so that nobody is written to by mistake."""
    written = [agency.channel.model_dump_json() for agency in agencies.values()]
    assert all(".example.org" in each for each in written if "://" in each or "@" in each)


def test_nobody_is_told_whatever_is_declared(agencies: dict[str, Agency]) -> None:
    """Every agency that ships is told only of what it holds."""
    assert not [code for code, agency in agencies.items() if agency.always or not agency.benefits]


def test_no_agency_gets_the_informant(agencies: dict[str, Agency]) -> None:
    """Nobody needs to know who reported the death: questions go to staff, not to the family."""
    assert not [
        (agency.code, path)
        for agency, agreement in agreements(agencies)
        for path in agreement.fields
        if path.startswith("informant.")
    ]


def test_no_agency_gets_anything_of_health() -> None:
    """There is no field of a cause of death, of an illness or of a place of care that an agreement could name."""
    labels = " ".join(field.label for field in LIFE_EVENTS["bereavement"].fields.values())
    assert not [word for word in ("cause", "illness", "health", "hospital", "doctor", "NHS") if word in labels]


def test_the_partner_is_named_only_where_a_partner_can_inherit_or_claim(agencies: dict[str, Agency]) -> None:
    """What ends with the person alone, as an allowance, a licence or a pass, tells nothing of the partner."""
    told_of_partner = {
        agency.service.code if agency.service else agency.code
        for agency, agreement in agreements(agencies)
        if any(path.startswith("partner.") for path in agreement.fields)
    }
    pensions = {code for code in agencies if "pension" in code and not code.startswith(("dwp-", "social-"))}
    assert told_of_partner == pensions | {
        "dwp-state-pension",
        "dwp-pension-credit",
        "dwp-universal-credit",
        "dwp-carers-allowance",
        "social-security-scotland-carer-support",
        "hmrc-child-benefit",
        "armed-forces-compensation",
        "council-tax",
        "council-tax-reduction",
        "housing-benefit",
    }


def test_public_sector_pensions_need_the_national_insurance_number(agencies: dict[str, Agency]) -> None:
    """Their schemes match members by it; the state's own benefits find people without."""
    needing = {agency.code for agency, agreement in agreements(agencies) if _NUMBER in agreement.needs}
    pensions = {code for code in agencies if "pension" in code and not code.startswith(("dwp-", "social-"))}
    assert len(pensions) == 9
    assert needing == pensions | {"armed-forces-compensation", "hmrc-tax", "student-loans-company"}


_NUMBER = "deceased.national_insurance_number"


def test_every_gateway_can_be_read(agencies: dict[str, Agency]) -> None:
    """Each names its law and leads to it."""
    sources = {str(agreement.gateway.source) for _, agreement in agreements(agencies)}
    assert all(source.startswith("https://www.legislation.gov.uk/") for source in sources)


def test_an_unverified_gateway_says_what_is_open(agencies: dict[str, Agency]) -> None:
    """A gateway that nobody has verified for this agency carries a note, and is never a statutory ground."""
    unverified = [agreement for _, agreement in agreements(agencies) if not agreement.gateway.verified]
    assert unverified
    assert all(each.gateway.note and each.consent is not ConsentRule.STATUTORY for each in unverified)


def test_only_these_gateways_are_verified(agencies: dict[str, Agency]) -> None:
    """The Department's own, council tax and its reduction, and the blue badge; housing benefit never by itself."""
    verified = {
        agency.service.code if agency.service else agency.code.partition("-")[0]
        for agency, agreement in agreements(agencies)
        if agreement.gateway.verified
    }
    assert verified == {"dwp", "council-tax", "council-tax-reduction", "blue-badge"}


def test_housing_benefit_is_told_only_where_the_authority_agreed(agencies: dict[str, Agency]) -> None:
    """A council that did not agree is refused, and the family hears that it must tell it."""
    told = planned(agencies, a_submission(benefits=["housing-benefit"]) | {"councils": ["moorcliff", "wend-vale"]})
    assert [each.agency for each in told.notifications] == ["wend-vale-housing-benefit"]
    assert [(each.agency, each.reason) for each in told.refusals] == [
        ("moorcliff-housing-benefit", RefusalReason.NO_AGREEMENT)
    ]


def test_everything_declared_reaches_thirty_agencies_and_two_councils(agencies: dict[str, Agency]) -> None:
    """A person who held all there is, with a home in each of two councils, is told of to all of them at once."""
    everything = sorted({benefit for agency in agencies.values() for benefit in agency.benefits})
    told = planned(agencies, a_submission(benefits=everything) | {"councils": ["holmshire", "wend-vale"]})
    assert told.refusals == ()
    codes = [each.agency for each in told.notifications]
    assert len([code for code in codes if agencies[code].service is None]) == 30
    assert {agencies[code].service.authority.code for code in codes if agencies[code].service} == {  # type: ignore[union-attr]
        "holmshire",
        "wend-vale",
        "wendmoor",
    }
