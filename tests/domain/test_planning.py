"""Who is told what, and who is not told, and why."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.agency import Agency
from tellusonce.domain.consent import Bar, Consents
from tellusonce.domain.directory import Directory
from tellusonce.domain.field import present, select
from tellusonce.domain.planning import Declaration, LeftOut, Plan, RefusalReason, plan
from tellusonce.domain.working_days import BankHolidays, Division
from tellusonce.life_events.bereavement import BEREAVEMENT
from tests.builders import a_bereavement, an_agency, permitted

TODAY = date(2026, 3, 17)
NO_HOLIDAYS: BankHolidays = {division: frozenset() for division in Division}
FIELDS = sorted(BEREAVEMENT.fields)
PERMITTED = permitted()
BENEFITS = ("state-pension", "housing-benefit", "library-card")

some_fields = st.lists(st.sampled_from(FIELDS), min_size=1, unique=True).map(tuple)
some_benefits = st.lists(st.sampled_from(BENEFITS), min_size=1, unique=True).map(tuple)


@st.composite
def agencies(draw: st.DrawFn) -> list[Agency]:
    return [
        an_agency(
            code=f"agency-{number}",
            benefits=draw(some_benefits),
            always=draw(st.booleans()),
            agreements=draw(st.just({}) | agreements()),
        )
        for number in range(draw(st.integers(0, 4)))
    ]


@st.composite
def agreements(draw: st.DrawFn) -> dict[str, Any]:
    allowed = draw(some_fields)
    agreement = an_agency(
        agreements__bereavement__fields=allowed,
        agreements__bereavement__needs=draw(st.lists(st.sampled_from(allowed), unique=True, max_size=2)),
        agreements__bereavement__consent=draw(st.sampled_from(["statutory", "permission-of-informant"])),
    ).agreements["bereavement"]
    return {draw(st.sampled_from(["bereavement", "birth"])): agreement}


@st.composite
def declarations(draw: st.DrawFn) -> Declaration:
    facts = select(a_bereavement(), draw(some_fields))
    consents = draw(st.sampled_from([PERMITTED, Consents()]))
    return Declaration(BEREAVEMENT, facts, frozenset(draw(some_benefits)), consents)


def planned(*told: Agency, facts: dict[str, Any] | None = None, permission: bool = True) -> Plan:
    consents = PERMITTED if permission else Consents()
    declaration = Declaration(BEREAVEMENT, facts or a_bereavement(), frozenset({"state-pension"}), consents)
    return plan(declaration, Directory(told), TODAY, NO_HOLIDAYS)


@given(agencies(), declarations())
def test_nothing_leaves_beyond_the_agreement(told: list[Agency], declaration: Declaration) -> None:
    """No planned notification names a field outside its agreement's allow-list, or a fact that is absent."""
    allowed = {each.code: each.agreements["bereavement"].fields for each in told if "bereavement" in each.agreements}
    held = set(present(declaration.facts))
    for notification in plan(declaration, Directory(told), TODAY, NO_HOLIDAYS).notifications:
        assert set(notification.fields) == set(allowed[notification.agency]) & held


@given(agencies(), declarations())
def test_nobody_is_told_of_nothing(told: list[Agency], declaration: Declaration) -> None:
    """A notification has a field at least; an agency for which the report holds none is refused one."""
    assert all(each.fields for each in plan(declaration, Directory(told), TODAY, NO_HOLIDAYS).notifications)


@given(agencies(), declarations())
def test_every_agency_concerned_is_told_or_refused(told: list[Agency], declaration: Declaration) -> None:
    """An agency that holds a declared benefit, or is always told, is in exactly one of the two, and no other is."""
    result = plan(declaration, Directory(told), TODAY, NO_HOLIDAYS)
    concerned = [each.code for each in told if each.always or declaration.benefits.intersection(each.benefits)]
    answered = [each.agency for each in result.notifications] + [each.agency for each in result.refusals]
    assert sorted(answered) == concerned


@given(agencies(), declarations())
def test_what_an_agency_needs_it_gets(told: list[Agency], declaration: Declaration) -> None:
    """A notification holds every fact that its agency needs; a refusal for want of one names those missing."""
    needs = {each.code: set(each.agreements["bereavement"].needs) for each in told if "bereavement" in each.agreements}
    result = plan(declaration, Directory(told), TODAY, NO_HOLIDAYS)
    assert all(needs[each.agency] <= set(each.fields) for each in result.notifications)
    held = set(present(declaration.facts))
    for refusal in result.refusals:
        if refusal.reason is RefusalReason.FIELD_NEEDED:
            missing = set(refusal.missing_fields)
            assert missing
            assert missing.isdisjoint(held)
            assert missing >= needs[refusal.agency] - held


@given(agencies(), declarations())
def test_permission_is_asked_for_only_where_the_agreement_asks(told: list[Agency], declaration: Declaration) -> None:
    """An agency is refused for want of permission only if none was given and its agreement asks for it."""
    consent = {each.code: each.agreements["bereavement"].consent for each in told if "bereavement" in each.agreements}
    result = plan(declaration, Directory(told), TODAY, NO_HOLIDAYS)
    refused = [each.agency for each in result.refusals if each.reason is RefusalReason.NO_PERMISSION]
    assert not (refused and declaration.consents.given)
    assert {consent[agency] for agency in refused} <= {"permission-of-informant"}
    assert declaration.consents.given or all(consent[each.agency] == "statutory" for each in result.notifications)


def test_a_notification_says_under_which_law() -> None:
    """A planned notification carries the gateway, the agreement's version, the fields in its order and the dates."""
    agency = an_agency(
        benefits=("state-pension", "pension-credit"),
        agreements__bereavement__version="2.3",
        agreements__bereavement__gateway__name="A law",
        agreements__bereavement__fields=("deceased.family_name", "deceased.date_of_death"),
    )
    (notification,) = planned(agency).notifications
    assert notification.agency == "dwp-state-pension"
    assert notification.benefits == ("state-pension",)
    assert (notification.gateway, notification.agreement_version) == ("A law", "2.3")
    assert notification.fields == ("deceased.family_name", "deceased.date_of_death")
    assert (notification.receipt_due_on, notification.outcome_due_on) == (date(2026, 3, 18), date(2026, 3, 31))


def test_deadlines_keep_the_bank_holidays_of_the_agencys_division() -> None:
    """An agency in Scotland has its deadline moved by a Scottish bank holiday, and by no other division's."""
    holidays = {**NO_HOLIDAYS, Division.SCOTLAND: frozenset({date(2026, 3, 18)})}
    declaration = Declaration(BEREAVEMENT, a_bereavement(), frozenset({"state-pension"}))
    told = [an_agency(code="here"), an_agency(code="there", division="scotland")]
    notifications = plan(declaration, Directory(told), TODAY, holidays).notifications
    assert [each.receipt_due_on for each in notifications] == [date(2026, 3, 18), date(2026, 3, 19)]


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"agreements": {}}, RefusalReason.NO_AGREEMENT),
        ({"agreements__bereavement__consent": "permission-of-informant"}, RefusalReason.NO_PERMISSION),
        ({"agreements__bereavement__needs": ("partner.family_name",)}, RefusalReason.FIELD_NEEDED),
    ],
)
def test_a_refusal_has_its_reason(overrides: dict[str, Any], reason: RefusalReason) -> None:
    """An agency that may not be told is refused for the reason that holds."""
    result = planned(an_agency(**overrides), facts=a_bereavement(partner=None), permission=False)
    assert [(each.agency_name, each.reason) for each in result.refusals] == [(an_agency().name, reason)]
    assert result.notifications == ()


@pytest.mark.parametrize(
    ("agreement", "reason"),
    [
        ({"starts_on": date(2026, 3, 18)}, RefusalReason.AGREEMENT_NOT_BEGUN),
        ({"ends_on": date(2026, 3, 16)}, RefusalReason.AGREEMENT_ENDED),
        ({"consent": "explicit-consent"}, RefusalReason.NO_EXPLICIT_CONSENT),
        ({"third_parties": {}, "needs": ("partner.family_name",)}, RefusalReason.FIELD_NOT_PERMITTED),
        ({"third_parties": {}, "needs": (), "fields": ("partner.family_name",)}, RefusalReason.FIELD_NOT_PERMITTED),
    ],
)
def test_an_agreement_or_a_consent_that_does_not_reach_is_a_reason(
    agreement: dict[str, Any], reason: RefusalReason
) -> None:
    """Outside its days an agreement allows nothing, and a consent nothing beyond what it is for."""
    overrides = {"fields": ("deceased.family_name", "partner.family_name"), **agreement}
    result = planned(an_agency(**{f"agreements__bereavement__{key}": value for key, value in overrides.items()}))
    assert [each.reason for each in result.refusals] == [reason]


def test_what_is_left_out_has_its_reason() -> None:
    """An agency that is told without the partner's facts has these beside it, with the reason."""
    agency = an_agency(
        agreements__bereavement__third_parties={"partner": "own-consent"},
        agreements__bereavement__fields=("deceased.family_name", "partner.given_names", "partner.family_name"),
        agreements__bereavement__needs=(),
    )
    result = planned(agency)
    assert [each.fields for each in result.notifications] == [("deceased.family_name",)]
    assert result.left_out == (
        LeftOut(agency.code, ("partner.given_names", "partner.family_name"), Bar.NO_OWN_CONSENT),
    )
