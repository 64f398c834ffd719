"""What the agreements that ship with the product say."""

from datetime import date
from pathlib import Path

import pytest

from tellusonce.agreements.bank_holidays import bank_holidays
from tellusonce.agreements.loading import load_agencies
from tellusonce.domain.agency import Agency, ConsentRule
from tellusonce.domain.planning import Declaration, Plan, RefusalReason, plan
from tellusonce.life_events import LIFE_EVENTS
from tests.builders import a_submission

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def agencies() -> dict[str, Agency]:
    return load_agencies(CONFIG, LIFE_EVENTS)


def planned(agencies: dict[str, Agency], permission: bool) -> Plan:
    submission = a_submission()
    declaration = Declaration(
        submission["life_event"], submission["facts"], frozenset(submission["benefits"]), permission
    )
    return plan(declaration, agencies.values(), date(2026, 3, 19), bank_holidays())


def test_the_family_of_four_benefits_has_four_notifications(agencies: dict[str, Agency]) -> None:
    """With permission, each of the four agencies is told of the road-accident family's report."""
    told = planned(agencies, permission=True)
    assert {each.agency for each in told.notifications} == set(agencies)
    assert told.refusals == ()


def test_without_permission_the_statutory_agencies_are_told(agencies: dict[str, Agency]) -> None:
    """Only the agency whose agreement asks for permission is refused when it is not given."""
    told = planned(agencies, permission=False)
    assert [(each.agency, each.reason) for each in told.refusals] == [("housing-benefit", RefusalReason.NO_PERMISSION)]
    assert len(told.notifications) == 3


def test_no_agency_gets_the_informant(agencies: dict[str, Agency]) -> None:
    """Nobody needs to know who reported the death: questions go to staff, not to the family."""
    assert not [
        (code, path)
        for code, agency in agencies.items()
        for path in agency.agreements["bereavement"].fields
        if path.startswith("informant.")
    ]


def test_the_partner_is_named_only_where_a_partner_can_inherit_or_claim(agencies: dict[str, Agency]) -> None:
    """Disability Living Allowance ends with the person: that agency learns nothing of the partner."""
    told_of_partner = {
        code
        for code, agency in agencies.items()
        if any(path.startswith("partner.") for path in agency.agreements["bereavement"].fields)
    }
    assert told_of_partner == {"dwp-state-pension", "council-tax", "housing-benefit"}


def test_an_unverified_gateway_says_what_is_open(agencies: dict[str, Agency]) -> None:
    """A gateway that nobody has verified for this agency carries a note, and is never a statutory ground."""
    unverified = [
        agency.agreements["bereavement"]
        for agency in agencies.values()
        if not agency.agreements["bereavement"].gateway.verified
    ]
    assert all(each.gateway.note and each.consent is not ConsentRule.STATUTORY for each in unverified)
    assert len(unverified) == 1
