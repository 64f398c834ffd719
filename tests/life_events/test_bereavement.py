"""The facts of a bereavement: what is taken, and how what is wrong is named."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.life_events.validation import check_facts
from tests.builders import a_bereavement, a_provisional_bereavement

TODAY = date(2026, 3, 20)
BEREAVEMENT = LIFE_EVENTS["bereavement"]
CANARY = "Zxqvkjw"
PARTIAL_DATE = "must be a real date as YYYY-MM-DD, or YYYY-MM or YYYY if the rest is not known, or unknown"


def checked(**overrides: Any) -> dict[str, Any]:
    return check_facts(BEREAVEMENT, a_bereavement(**overrides), TODAY)


def faults(facts: dict[str, Any]) -> tuple[Fault, ...]:
    with pytest.raises(InputRefused) as refused:
        check_facts(BEREAVEMENT, facts, TODAY)
    return refused.value.faults


def fault(**overrides: Any) -> Fault:
    (only,) = faults(a_bereavement(**overrides))
    return only


def test_canonical_facts_stay_as_they_are() -> None:
    """Facts in their canonical form come out as they went in."""
    assert checked() == a_bereavement()


def test_what_is_not_known_is_absent() -> None:
    """An optional fact given as null is left out."""
    facts = checked(partner=None, deceased__national_insurance_number=None)
    assert "partner" not in facts
    assert "national_insurance_number" not in facts["deceased"]


def test_a_cause_of_death_is_no_field() -> None:
    """Nobody can report a cause of death, by any name."""
    assert not [path for path in BEREAVEMENT.fields if "cause" in path]
    assert fault(deceased__cause_of_death=CANARY) == Fault(
        "/facts/deceased/cause_of_death", "This is not a field that this service knows: remove it"
    )


@pytest.mark.parametrize(
    ("path", "given_as", "canonical"),
    [
        ("deceased__family_name", "  Holloway ", "Holloway"),
        ("deceased__family_name", "Ó Súilleabháin-Łęcki", "Ó Súilleabháin-Łęcki"),
        ("deceased__national_insurance_number", "qq 12 34 56 c", "QQ123456C"),
        ("deceased__national_insurance_number", "PZ123456D", "PZ123456D"),
        ("deceased__address__postcode", "m11ae", "M1 1AE"),
        ("deceased__address__postcode", "B33 8TH", "B33 8TH"),
        ("deceased__address__postcode", "dn 55 1 pt", "DN55 1PT"),
        ("deceased__address__postcode", "W1A1HQ", "W1A 1HQ"),
        ("deceased__address__postcode", "EC1A 1BB", "EC1A 1BB"),
        ("deceased__address__postcode", "GIR 0AA", "GIR 0AA"),
        ("informant__telephone", "01632 960 001", "+441632960001"),
        ("informant__telephone", "+353 1 234 5678", "+35312345678"),
        ("deceased__date_of_birth", "unknown", "unknown"),
        ("deceased__date_of_birth", "1948-05", "1948-05"),
        ("deceased__date_of_death", "2026", "2026"),
    ],
)
def test_facts_take_their_canonical_form(path: str, given_as: str, canonical: str) -> None:
    """A fact written as people write it is kept as its issuer does."""
    assert checked(**{path: given_as}) == a_bereavement(**{path: canonical})


@pytest.mark.parametrize(
    ("path", "wrong", "pointer", "message"),
    [
        *[
            (
                "deceased__national_insurance_number",
                number,
                "/facts/deceased/national_insurance_number",
                "The National Insurance number must be two letters, six digits and A, B, C or D, like QQ 12 34 56 C",
            )
            for number in (
                "BG123456A",
                "ZZ123456A",
                "DA123456A",
                "AO123456A",
                "AB123456E",
                "AB123456",
                "AB12345 6CC",
                "AB\u0661\u0662\u0663456C",
            )
        ],
        *[
            (
                "deceased__address__postcode",
                postcode,
                "/facts/deceased/address/postcode",
                "The postcode must be a full UK postcode, like AB1 2DE",
            )
            for postcode in ("QA1 1AA", "M1 1AC", "M1", "AB123 4DE", "AZ1 1AA", "A1 A11", "M\u0661 1AE")
        ],
        *[
            (
                "partner__date_of_birth",
                day,
                "/facts/partner/date_of_birth",
                f"The partner's date of birth {PARTIAL_DATE}",
            )
            for day in ("1946-02-30", "1946-13", "46", "30/11/1946", "1946-00")
        ],
        *[
            (
                "registration__registered_on",
                day,
                "/facts/registration/registered_on",
                "The date registered must be a date as YYYY-MM-DD",
            )
            for day in ("2026-02-30", "2026-03", "unknown", "1773878400", 1_773_878_400, "2026-03-19T00:00:00Z")
        ],
        (
            "informant__telephone",
            "12",
            "/facts/informant/telephone",
            "The informant's telephone number must be a telephone number, like 01632 960 001",
        ),
        (
            "estate_contact__email",
            "ruth@",
            "/facts/estate_contact/email",
            "The estate contact's email address must be an email address, like name@example.org",
        ),
        ("deceased__family_name", "", "/facts/deceased/family_name", "The family name must not be empty"),
        ("deceased__family_name", 7, "/facts/deceased/family_name", "The family name must be text"),
        (
            "deceased__family_name",
            "x" * 101,
            "/facts/deceased/family_name",
            "The family name must have at most 100 characters",
        ),
        *[
            (
                "deceased__family_name",
                name,
                "/facts/deceased/family_name",
                "The family name must be on one line, without control characters",
            )
            for name in ("Hollo\0way", "Hollo\nway", "Hollo\x1bway")
        ],
        ("deceased__address__lines", [], "/facts/deceased/address/lines", "The address must have at least 1 entry"),
        (
            "deceased__address__lines",
            ["x"] * 6,
            "/facts/deceased/address/lines",
            "The address must have at most 5 entries",
        ),
        ("deceased__address__lines", ["x", 7], "/facts/deceased/address/lines/1", "The address must be text"),
        ("deceased", CANARY, "/facts/deceased", "This must be an object"),
    ],
)
def test_a_fault_names_the_field(path: str, wrong: Any, pointer: str, message: str) -> None:
    """A fault says where, by JSON pointer, and what would be right, by the label that people know."""
    assert fault(**{path: wrong}) == Fault(pointer, message)


@pytest.mark.parametrize(
    ("group", "name", "message"),
    [
        ("deceased", "date_of_death", "Enter the date of death"),
        ("registration", "entry_number", "Enter the register entry number"),
        ("informant", "relationship", "Enter the informant's relationship to the deceased"),
        ("deceased", "address", "Enter the address"),
    ],
)
def test_a_missing_fact_is_asked_for(group: str, name: str, message: str) -> None:
    """A fact that must be there is asked for by its label."""
    facts = a_bereavement()
    del facts[group][name]
    assert faults(facts) == (Fault(f"/facts/{group}/{name}", message),)


@pytest.mark.parametrize(
    ("overrides", "pointer", "message"),
    [
        (
            {"registration__registered_on": "2026-03-21"},
            "/facts/registration/registered_on",
            "The date registered must not be after today",
        ),
        (
            {"deceased__date_of_death": "2026-03-20"},
            "/facts/deceased/date_of_death",
            "The date of death must not be after the day the death was registered",
        ),
        (
            {"deceased__date_of_death": "2026-04"},
            "/facts/deceased/date_of_death",
            "The date of death must not be after the day the death was registered",
        ),
        (
            {"deceased__date_of_birth": "2026-03-15"},
            "/facts/deceased/date_of_birth",
            "The date of birth must not be after the date of death",
        ),
        (
            {"deceased__date_of_birth": "2027", "deceased__date_of_death": "unknown"},
            "/facts/deceased/date_of_birth",
            "The date of birth must not be after the date of death",
        ),
    ],
)
def test_dates_must_agree(overrides: dict[str, Any], pointer: str, message: str) -> None:
    """Birth, death, registration and today come in this order, or the one that cannot be right is named."""
    assert fault(**overrides) == Fault(pointer, message)


@pytest.mark.parametrize(
    ("overrides", "pointer", "message"),
    [
        (
            {"interim_certificate__issued_on": "2026-03-21"},
            "/facts/interim_certificate/issued_on",
            "The date the interim certificate was issued must not be after today",
        ),
        (
            {"deceased__date_of_death": "2026-03-18"},
            "/facts/deceased/date_of_death",
            "The date of death must not be after the day the interim certificate was issued",
        ),
        (
            {"deceased__date_of_birth": "2026-03-18", "deceased__date_of_death": "unknown"},
            "/facts/deceased/date_of_birth",
            "The date of birth must not be after the date of death",
        ),
    ],
)
def test_dates_must_agree_with_an_interim_certificate(overrides: dict[str, Any], pointer: str, message: str) -> None:
    """Before a death is registered, the coroner's certificate bounds its date as the registration would."""
    assert faults(a_provisional_bereavement(**overrides)) == (Fault(pointer, message),)


def test_a_report_may_rest_on_an_interim_certificate() -> None:
    """It is provisional then, and no more once the death is registered."""
    facts = check_facts(BEREAVEMENT, a_provisional_bereavement(), TODAY)
    assert facts == a_provisional_bereavement()
    assert BEREAVEMENT.is_provisional(facts)
    assert not BEREAVEMENT.is_provisional(checked())


def test_a_death_is_certified_in_one_way() -> None:
    """Without registration and interim certificate the one is asked for; with both the other is too much."""
    assert faults(a_bereavement(registration=None)) == (
        Fault(
            "/facts/registration",
            "This must be given, or interim_certificate while the death cannot be registered",
        ),
    )
    both = a_bereavement() | {"interim_certificate": a_provisional_bereavement()["interim_certificate"]}
    assert faults(both) == (
        Fault(
            "/facts/interim_certificate",
            "This must not be given beside registration, which takes its place",
        ),
    )


def test_the_place_is_where_the_deceased_lived() -> None:
    """The council is found by a field that there is."""
    assert BEREAVEMENT.place == "deceased.address.postcode"
    assert BEREAVEMENT.place in BEREAVEMENT.fields


def test_a_funeral_may_be_to_come() -> None:
    """Its date is known before it is held; it is not before the death, nor years away."""
    assert checked(funeral__held_on="2026-04-20")["funeral"] == {"held_on": "2026-04-20"}
    assert fault(funeral__held_on="2026-03-13") == Fault(
        "/facts/funeral/held_on", "The date of the funeral must not be before the date of death"
    )
    assert fault(funeral__held_on="2027-04-20") == Fault(
        "/facts/funeral/held_on", "The date of the funeral must not be more than a year after today"
    )


@pytest.mark.parametrize(
    ("stay", "field", "message"),
    [
        ({"started": "2026-03-15"}, "started", "The start of the second stay must not be after the date of death"),
        ({"ended": "2026-04"}, "ended", "The end of the second stay must not be after the date of death"),
        (
            {"started": "2026-02", "ended": "2026-01"},
            "ended",
            "The end of the second stay must not be before the start",
        ),
    ],
)
def test_a_stay_in_care_is_before_the_death(stay: dict[str, str], field: str, message: str) -> None:
    """It ends after it starts, as far as both are known."""
    said = fault(**{f"stays_in_care__second__{part}": day for part, day in stay.items()})
    assert said.pointer == f"/facts/stays_in_care/second/{field}"
    assert said.message.startswith(message)


def test_what_is_not_known_of_a_stay_is_left_open() -> None:
    """Neither day may be known; and one without an end lasted until the death."""
    stay = {"kind": "hospital", "place": "Holmshire General Hospital", "started": "unknown"}
    assert checked(stays_in_care={"first": stay})["stays_in_care"] == {"first": stay}
    assert fault(stays_in_care={"first": stay | {"kind": "prison"}}).pointer == "/facts/stays_in_care/first/kind"


def test_people_left_in_the_household_are_counted() -> None:
    """Whole numbers, none included; nothing is taken for a number that is none."""
    assert checked(household__adults=0)["household"] == {"adults": 0, "children": 0}
    for wrong in (-1, 31, "1", 1.5, True):
        assert fault(household__children=wrong).pointer == "/facts/household/children"


def test_whose_facts_need_a_ground_of_their_own() -> None:
    """Every part of the facts that is neither about the deceased nor about who reports."""
    others = {part for person in BEREAVEMENT.people[2:] for part in person.parts}
    assert set(BEREAVEMENT.third_parties) == others


@pytest.mark.parametrize(
    "overrides",
    [
        {"registration__registered_on": "2026-03-20"},
        {"deceased__date_of_death": "2026-03-19"},
        {"deceased__date_of_death": "2026-03"},
        {"deceased__date_of_death": "2026"},
        {"deceased__date_of_birth": "2026-03-14"},
        {"deceased__date_of_birth": "2026", "deceased__date_of_death": "2026-03"},
        {"deceased__date_of_birth": "unknown", "deceased__date_of_death": "unknown"},
    ],
)
def test_dates_that_may_agree_are_taken(overrides: dict[str, Any]) -> None:
    """The same day, or a part of a date that leaves it possible, is no disagreement."""
    assert checked(**overrides) == a_bereavement(**overrides)


def test_every_fault_is_named_at_once() -> None:
    """Faults in several places are told together."""
    facts = a_bereavement(deceased__family_name="", partner__national_insurance_number="1", informant__email="x")
    assert {each.pointer for each in faults(facts)} == {
        "/facts/deceased/family_name",
        "/facts/partner/national_insurance_number",
        "/facts/informant/email",
    }


@st.composite
def wrong_values(draw: st.DrawFn) -> Any:
    text = draw(st.text(max_size=20)) + CANARY + draw(st.text(max_size=20))
    too_long = text + CANARY * 30
    return draw(st.sampled_from([f"\x1b{text}", too_long, [too_long], {"x": text}, [[text]], [text] * 7]))


@given(st.sampled_from(sorted(BEREAVEMENT.fields)), wrong_values())
def test_no_fault_repeats_the_value(path: str, wrong: Any) -> None:
    """Whatever is given for any one field, a refusal names that field and says nothing of the value."""
    build = a_provisional_bereavement if path.startswith("interim_certificate.") else a_bereavement
    facts = build(**{path.replace(".", "__"): wrong})
    with pytest.raises(InputRefused) as refused:
        check_facts(BEREAVEMENT, facts, TODAY)
    assert all(each.pointer.startswith("/facts/" + path.replace(".", "/")) for each in refused.value.faults)
    assert all(BEREAVEMENT.fields[path].label in each.message for each in refused.value.faults)
    assert CANARY not in repr(refused.value.faults) + repr(refused.value)
