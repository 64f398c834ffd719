"""Which councils a report concerns: those named, or the one where the person lived, and the counties above them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.agency import Agency
from tellusonce.domain.directory import Directory
from tellusonce.domain.faults import Fault
from tellusonce.domain.planning import Declaration, Plan, RefusalReason, plan
from tellusonce.domain.working_days import BankHolidays, Division
from tellusonce.life_events.bereavement import BEREAVEMENT
from tests.builders import a_bereavement, a_councils_agency, an_agency

TODAY = date(2026, 3, 17)
NO_HOLIDAYS: BankHolidays = {division: frozenset() for division in Division}
SERVICES = ("library", "council-tax")
# Two districts below a county, which alone has libraries there; a council that stands for itself; two of one town.
TIERS: dict[str, dict[str, Any]] = {
    "holmshire": {"outward_codes": frozenset({"HO1", "HO2"})},
    "wendmoor": {"tier": "county", "outward_codes": frozenset()},
    "wend-vale": {"tier": "district", "county": "wendmoor", "outward_codes": frozenset({"WX1"})},
    "moorcliff": {"tier": "district", "county": "wendmoor", "outward_codes": frozenset({"MX1", "BX1"})},
    "amberdale": {"outward_codes": frozenset({"BX1"})},
}
PROVIDED = {
    "county": ("library",),
    "district": ("council-tax",),
    "unitary": SERVICES,
}


def agencies_of(council: str) -> list[Agency]:
    authority = {f"service__authority__{key}": value for key, value in TIERS[council].items()}
    provided = PROVIDED[TIERS[council].get("tier", "unitary")]
    return [
        a_councils_agency(
            service__code=service, service__name=service.title(), service__authority__code=council, **authority
        )
        for service in provided
    ]


COUNCILS = [agency for council in TIERS for agency in agencies_of(council)]
PENSION = an_agency()


def planned(
    *benefits: str, councils: Sequence[str] = (), postcode: str | None = None, agencies: Sequence[Agency] = COUNCILS
) -> Plan:
    facts = a_bereavement(deceased__address__postcode=postcode)
    declaration = Declaration(BEREAVEMENT, facts, frozenset(benefits), councils=tuple(councils))
    return plan(declaration, Directory([PENSION, *agencies]), TODAY, NO_HOLIDAYS)


def told(result: Plan) -> list[str]:
    return [each.agency for each in result.notifications]


def test_a_council_may_be_named() -> None:
    """The council that was named is told, wherever the person lived."""
    assert told(planned("library", councils=["amberdale"], postcode="HO1 2AB")) == ["amberdale-library"]


def test_a_council_is_found_by_the_postcode() -> None:
    """Where no council was named it is the one of the address, by the first half of the postcode alone."""
    assert told(planned("library", postcode="HO2 9ZZ")) == ["holmshire-library"]
    assert told(planned("library", postcode="HO29 9ZZ")) == []


def test_a_person_may_have_two_councils() -> None:
    """Each council that was named is told of what it provides."""
    result = planned("library", "council-tax", councils=["amberdale", "holmshire"])
    assert told(result) == ["holmshire-library", "holmshire-council-tax", "amberdale-library", "amberdale-council-tax"]


@pytest.mark.parametrize("chosen", [{"councils": ["moorcliff"]}, {"postcode": "MX1 1AA"}])
def test_a_district_brings_the_county_above_it(chosen: dict[str, Any]) -> None:
    """Of two tiers each is told of its own service, named or found; the county's other district is not."""
    assert told(planned("library", "council-tax", **chosen)) == ["wendmoor-library", "moorcliff-council-tax"]


def test_two_districts_of_one_county_bring_it_once() -> None:
    """The county above both is told once."""
    assert told(planned("library", councils=["wend-vale", "moorcliff"])) == ["wendmoor-library"]


def test_a_county_does_not_bring_its_districts() -> None:
    """Which of them the person lived in is not known by the county: for their services a council is to be named."""
    result = planned("library", "council-tax", councils=["wendmoor"])
    assert told(result) == ["wendmoor-library"]
    assert [(each.agency, each.reason) for each in result.refusals] == [
        ("council-tax", RefusalReason.COUNCIL_NOT_KNOWN)
    ]


@pytest.mark.parametrize("postcode", [None, "ZX1 1AA", "BX1 1AA"])
def test_a_council_that_is_not_known_is_a_refusal(postcode: str | None) -> None:
    """Without postcode, outside all areas or on a border nobody is told; the refusal names the service."""
    result = planned("state-pension", "library", postcode=postcode)
    assert told(result) == [PENSION.code]
    (refusal,) = result.refusals
    assert (refusal.agency, refusal.agency_name) == ("library", "Library")
    assert (refusal.benefits, refusal.reason) == (("library",), RefusalReason.COUNCIL_NOT_KNOWN)


def test_what_is_not_of_this_place_has_no_council() -> None:
    """A life event without a place has councils only where they are named."""
    declaration = Declaration(replace(BEREAVEMENT, place=None), a_bereavement(), frozenset({"library"}))
    assert told(plan(declaration, Directory(COUNCILS), TODAY, NO_HOLIDAYS)) == []


def test_what_is_always_told_is_so_by_its_own_council_only() -> None:
    """A council's service that is told of every report is told of those of its council, declared or not."""
    agencies = [
        a_councils_agency(always=True, benefits=()),
        a_councils_agency(always=True, benefits=(), service__authority__code="amberdale"),
    ]
    assert told(planned("state-pension", councils=["holmshire"], agencies=agencies)) == [
        PENSION.code,
        "holmshire-library",
    ]
    assert planned("state-pension", agencies=agencies).refusals == ()


def test_an_unknown_council_is_named_by_its_place() -> None:
    """The fault points to the entry and says which councils are known, never which was given."""
    directory = Directory([PENSION, *agencies_of("wendmoor"), *agencies_of("holmshire")])
    assert directory.unknown_councils(["holmshire", "atlantis"]) == [
        Fault("/councils/1", "This must be a council that is known: holmshire, wendmoor")
    ]
    assert directory.unknown_councils(["wendmoor", "holmshire"]) == []


some_councils = st.lists(st.sampled_from(sorted(TIERS)), unique=True, max_size=5)
some_postcodes = st.sampled_from([None, "HO1 2AB", "WX1 1AA", "MX1 1AA", "BX1 1AA", "ZX1 1AA"])
some_benefits = st.lists(st.sampled_from([*SERVICES, "state-pension"]), unique=True, min_size=1)
some_agencies = st.lists(st.sampled_from(COUNCILS), unique_by=lambda agency: agency.code)


@given(some_benefits, some_councils, some_postcodes, some_agencies)
def test_no_council_hears_of_somebody_elses(
    benefits: list[str], councils: list[str], postcode: str | None, agencies: list[Agency]
) -> None:
    """Whoever is told is a named council, one whose area holds the postcode where none was named, or a county above."""
    concerned = set(councils) or {
        council for council, held in TIERS.items() if postcode and postcode[:3] in held["outward_codes"]
    }
    concerned |= {TIERS[council].get("county", council) for council in concerned}
    result = planned(*benefits, councils=councils, postcode=postcode, agencies=agencies)
    services = {agency.code: agency.service for agency in agencies}
    for code in told(result):
        service = services.get(code)
        assert service is None or service.authority.code in concerned


@given(some_benefits, some_councils, some_postcodes, some_agencies)
def test_what_a_council_may_hold_is_told_or_refused(
    benefits: list[str], councils: list[str], postcode: str | None, agencies: list[Agency]
) -> None:
    """Every declared benefit that some council holds is in a notification or else in one refusal, never in both."""
    result = planned(*benefits, councils=councils, postcode=postcode, agencies=agencies)
    held = {benefit for agency in agencies for benefit in agency.benefits}.intersection(benefits)
    in_notifications = {benefit for each in result.notifications for benefit in each.benefits} - {"state-pension"}
    in_refusals = [benefit for each in result.refusals for benefit in each.benefits]
    assert sorted([*in_notifications, *in_refusals]) == sorted(held)
