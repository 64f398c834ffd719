"""Who agreed to what, what was taken back, and what an agency may be told for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.consent import Bar, Consent, Consents, ConsentWithdrawal, Giver, Permit, Recording
from tests.builders import a_consent, an_agency

PENSION = "dwp-state-pension"
NAME, BORN, PARTNER = "deceased.family_name", "deceased.date_of_birth", "partner.family_name"
GIVEN_AT = a_consent().given_at
THIRD = ("partner", "household", "estate_contact")

named = st.none() | st.lists(st.sampled_from([PENSION, "library"]), min_size=1, unique=True).map(tuple)
consents = st.builds(
    a_consent,
    given_by=st.sampled_from(Giver),
    capacity=st.sampled_from(["next-of-kin", "own-behalf"]),
    agencies=named,
    recorded=st.sampled_from(Recording),
)
withdrawals = st.builds(
    ConsentWithdrawal,
    given_by=st.none() | st.sampled_from(Giver),
    agencies=named,
    withdrawn_at=st.just(GIVEN_AT + timedelta(hours=1)),
)


def permit(*given: Consent, withdrawn: tuple[ConsentWithdrawal, ...] = (), **agreement: Any) -> Permit:
    overrides = {f"agreements__bereavement__{key}": value for key, value in agreement.items()}
    agreed = an_agency(**{"agreements__bereavement__consent": "permission-of-informant"} | overrides)
    return Permit(agreed.agreements["bereavement"], PENSION, Consents(given, withdrawn).in_force(PENSION), THIRD)


def test_the_law_needs_nobodys_word() -> None:
    """A statutory agreement allows its fields with no consent at all."""
    lawful = permit(consent="statutory")
    assert lawful.authorised
    assert lawful.bar(NAME) is lawful.bar(PARTNER) is None


def test_without_a_word_nothing_is_permitted() -> None:
    """An agreement that asks for permission allows nothing where none was given."""
    assert not permit().authorised


@pytest.mark.parametrize("capacity", ["informant", "next-of-kin", "executor", "administrator", "representative"])
def test_who_speaks_for_the_family_may_permit(capacity: str) -> None:
    """Whoever gave it, in every capacity but on their own behalf alone, a consent permits telling the agency."""
    assert permit(a_consent(capacity=capacity, given_by="estate_contact")).authorised
    assert not permit(a_consent(capacity="own-behalf", given_by="estate_contact")).authorised


def test_a_consent_may_be_for_some_agencies() -> None:
    """One that names agencies is for those alone."""
    assert permit(a_consent(agencies=(PENSION, "library"))).authorised
    assert not permit(a_consent(agencies=("library",))).authorised


def test_a_consent_may_be_for_some_fields() -> None:
    """One that names fields permits these, and the others are barred for want of consent."""
    some = permit(a_consent(fields=(NAME,)))
    assert (some.bar(NAME), some.bar(BORN)) == (None, Bar.NOT_CONSENTED)


def test_consents_add_up() -> None:
    """What one does not cover another may."""
    both = permit(a_consent(fields=(NAME,)), a_consent(given_by="estate_contact", fields=(BORN,)))
    assert both.bar(NAME) is both.bar(BORN) is None


def test_a_third_partys_facts_need_a_ground() -> None:
    """Where the agreement says nothing of the partner, the partner's facts are barred whatever was consented to."""
    silent = permit(a_consent(), a_consent(given_by="partner", capacity="own-behalf"), third_parties={})
    assert (silent.bar(NAME), silent.bar(PARTNER)) == (None, Bar.NO_GROUND)


def test_a_households_facts_need_a_ground() -> None:
    """How many are left at home is told under the law alone: no one of them can agree to it."""
    count = "household.children"
    assert permit(a_consent(), third_parties={}).bar(count) is Bar.NO_GROUND
    assert permit(a_consent(), third_parties={"household": "statutory"}).bar(count) is None


def test_a_third_partys_own_consent_is_their_own() -> None:
    """Where their own consent is the ground, nobody else's serves; and theirs says nothing of the deceased."""
    theirs = a_consent(given_by="partner", capacity="own-behalf", fields=(PARTNER,))
    grounds = {"partner": "own-consent"}
    assert permit(a_consent(), third_parties=grounds).bar(PARTNER) is Bar.NO_OWN_CONSENT
    assert permit(a_consent(), theirs, third_parties=grounds).bar(PARTNER) is None
    assert permit(theirs, consent="statutory", third_parties=grounds).bar(NAME) is None
    assert not permit(theirs, third_parties=grounds).authorised


@pytest.mark.parametrize(
    ("given", "authorised"),
    [
        ({"agencies": (PENSION,)}, True),
        ({}, False),  # for all agencies is for none in particular
        ({"agencies": (PENSION,), "recorded": "with-report"}, False),
        ({"agencies": (PENSION,), "capacity": "own-behalf"}, False),
    ],
)
def test_an_explicit_consent_is_recorded_in_full_and_names_the_agency(given: dict[str, Any], authorised: bool) -> None:
    """Less than that is no explicit consent."""
    assert permit(a_consent(**given), consent="explicit-consent").authorised is authorised


@given(st.lists(consents, max_size=4), withdrawals)
def test_what_is_taken_back_is_in_force_no_more(given: list[Consent], withdrawal: ConsentWithdrawal) -> None:
    """Of the giver and the agency that a withdrawal names, nothing is left; all else stays as it was."""
    before, after = Consents(tuple(given)), Consents(tuple(given), (withdrawal,))
    for agency in (PENSION, "library"):
        is_meant = withdrawal.agencies is None or agency in withdrawal.agencies
        left = [
            each for each in before.in_force(agency) if not (is_meant and withdrawal.given_by in (None, each.given_by))
        ]
        assert after.in_force(agency) == left


def test_a_consent_given_anew_stands() -> None:
    """What was recorded in full after the withdrawal is in force, what a report only repeats is not."""
    taken_back = ConsentWithdrawal(None, None, GIVEN_AT)
    later = datetime(2026, 4, 1, tzinfo=UTC)
    assert permit(a_consent(given_at=later), withdrawn=(taken_back,)).authorised
    assert not permit(a_consent(given_at=later, recorded="with-report"), withdrawn=(taken_back,)).authorised
    assert not permit(a_consent(), withdrawn=(taken_back,)).authorised
