"""What is typed becomes the facts, or a mistake beside the input that it is about."""

from collections.abc import Sequence
from datetime import date

import pytest

from tellusonce.life_events.bereavement import BEREAVEMENT
from tellusonce.life_events.bereavement_form import BEREAVEMENT_FORM
from tellusonce.services.answers import Mistake, check_page, kept, merged, read_page, write_page
from tests.builders import a_bereavement, a_provisional_bereavement
from tests.registrar.typing import TYPED

_TODAY = date(2026, 3, 20)


def mistakes(code: str, **typed: Sequence[str]) -> list[Mistake]:
    page = BEREAVEMENT_FORM.page(code)
    assert page is not None
    answers = {**TYPED[code], **{name.replace("__", ".").replace("_0_", "-"): each for name, each in typed.items()}}
    return check_page(BEREAVEMENT, BEREAVEMENT_FORM, page, answers, {}, _TODAY)


def said(*found: Mistake) -> list[tuple[str, str]]:
    return [(each.input, each.text.format(label=each.label, **each.values)) for each in found]


def test_what_is_typed_on_all_pages_are_the_familys_facts() -> None:
    """The National Insurance number, the postcode and the telephone number are then put into their form."""
    facts = merged(*(read_page(page, TYPED.get(page.code, {}))[0] for page in BEREAVEMENT_FORM.pages))
    checked = BEREAVEMENT.model.model_validate(facts, context={"today": _TODAY})
    assert checked.model_dump(mode="json", exclude_none=True) == a_bereavement()


def test_facts_are_written_back_as_they_would_be_typed() -> None:
    """What is read of that again is the same, provisional or registered."""
    for facts in (a_bereavement(), a_provisional_bereavement(deceased__date_of_birth="1948-05")):
        pages = [(page, write_page(page, facts)) for page in BEREAVEMENT_FORM.pages]
        again = merged(*(read_page(page, answers)[0] for page, answers in pages))
        counts = {name: int(value) for name, value in again["household"].items()}
        assert {**again, "household": counts} == facts


@pytest.mark.parametrize("code", TYPED)
def test_a_page_that_is_right_has_no_mistake(code: str) -> None:
    assert mistakes(code) == []


def test_each_mistake_names_its_input_and_says_what_would_be_right() -> None:
    """In the order of the page."""
    found = mistakes(
        "deceased",
        deceased__given_names=[" "],
        deceased__family_name=["x" * 101],
        deceased__national_insurance_number=["QQ 12"],
        deceased__address__postcode=["HOLMSHIRE"],
    )
    assert said(*found) == [
        ("deceased.given_names", "Enter the given names"),
        ("deceased.family_name", "The family name must have at most 100 characters"),
        (
            "deceased.national_insurance_number",
            "The National Insurance number must be two letters, six digits and A, B, C or D, like QQ 12 34 56 C",
        ),
        ("deceased.address.postcode", "The postcode must be a full UK postcode, like AB1 2DE"),
    ]


@pytest.mark.parametrize(
    ("day", "month", "year", "part", "text"),
    [
        ("2", "5", "", "year", "Date of birth must include a year"),
        ("2", "", "1948", "month", "Date of birth must include a month"),
        ("31", "6", "1948", "day", "Date of birth must be a real date"),
        ("2", "13", "1948", "month", "Date of birth must be a real date"),
        ("2", "Maybe5", "1948", "month", "Date of birth must be a real date"),
        ("2", "5", "48", "year", "Year must include 4 numbers"),
        ("2", "5", "0000", "year", "Date of birth must be a real date"),
        ("٢", "5", "1948", "day", "Date of birth must be a real date"),
        ("", "", "", "day", "Enter the date, or select that it is not known"),
    ],
)
def test_a_wrong_date_leads_to_the_part_that_is_wrong(day: str, month: str, year: str, part: str, text: str) -> None:
    born = "deceased.date_of_birth"
    typed = {f"{born}-day": [day], f"{born}-month": [month], f"{born}-year": [year]}
    page = BEREAVEMENT_FORM.page("deceased")
    assert page is not None
    found = check_page(BEREAVEMENT, BEREAVEMENT_FORM, page, {**TYPED["deceased"], **typed}, {}, _TODAY)
    assert said(*found) == [(f"{born}-{part}", text)]


def test_dates_of_two_pages_are_held_against_each_other() -> None:
    """Though neither page is wrong by itself."""
    page = BEREAVEMENT_FORM.page("death")
    assert page is not None
    others = {"deceased": {"date_of_birth": "2026-03-15"}}
    assert check_page(BEREAVEMENT, BEREAVEMENT_FORM, page, TYPED["death"], others, _TODAY) == []
    deceased = BEREAVEMENT_FORM.page("deceased")
    assert deceased is not None
    typed = {**TYPED["deceased"], "deceased.date_of_birth-year": ["2026"]}
    found = check_page(BEREAVEMENT, BEREAVEMENT_FORM, deceased, typed, read_page(page, TYPED["death"])[0], _TODAY)
    assert said(*found) == [("deceased.date_of_birth-day", "The date of birth must not be after the date of death")]


def test_what_is_asked_under_another_choice_does_not_matter() -> None:
    """A certificate that is half filled in beside a registration is no mistake, and no fact."""
    assert mistakes("death", interim_certificate__coroner_area=["x" * 200]) == []
    assert mistakes("partner", partner=["no"], partner__given_names=[""]) == []


def test_a_choice_that_was_not_made_is_asked_for() -> None:
    assert said(*mistakes("partner", partner=[])) == [
        ("partner", "Select whether the person left a husband, wife or civil partner")
    ]
    assert said(*mistakes("consent", permission=["perhaps"])) == [
        ("permission", "Select whether the informant gives permission")
    ]


def test_only_what_a_page_asks_for_is_kept_and_in_bounds() -> None:
    page = BEREAVEMENT_FORM.page("informant")
    assert page is not None
    typed = {"informant.given_names": ["x" * 5_000], "deceased.given_names": ["Margaret"], "informant.email": [""]}
    assert kept(page, typed) == {"informant.given_names": ["x" * 1_000]}
