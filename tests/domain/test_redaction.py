"""What of a report's facts one person is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.field import Sensitivity, present, select
from tellusonce.domain.redaction import redacted
from tellusonce.life_events import LIFE_EVENTS
from tests.builders import a_bereavement

BEREAVEMENT = LIFE_EVENTS["bereavement"]
PEOPLE = [person.code for person in BEREAVEMENT.people]


@pytest.mark.parametrize("life_event", LIFE_EVENTS.values(), ids=LIFE_EVENTS)
def test_every_part_is_held_on_one_person(life_event: object) -> None:
    """So that nothing is given to nobody's knowledge, and nothing to two."""
    assert life_event is BEREAVEMENT
    parts = [part for person in BEREAVEMENT.people for part in person.parts]
    assert sorted(parts) == sorted(BEREAVEMENT.model.model_fields)


def test_an_export_for_nobody_in_particular_holds_all() -> None:
    """With labels, sensitivities, and on whom each is held, in the model's order however they are stored."""
    as_stored = dict(sorted(a_bereavement().items()))
    given_, left_out = redacted(as_stored, BEREAVEMENT, None)
    assert [each.field for each in given_] == [path for path in BEREAVEMENT.fields if path in present(as_stored)]
    assert left_out == ()
    number = next(each for each in given_ if each.field == "partner.national_insurance_number")
    assert (number.label, number.sensitivity, number.person, number.value) == (
        "partner's National Insurance number",
        Sensitivity.IDENTIFYING,
        "partner",
        "QQ654321A",
    )


def test_the_informant_is_given_their_own_and_what_lets_nobody_pass_for_the_deceased() -> None:
    """Not the partner's or the estate contact's, nor a National Insurance number but their own."""
    given_, left_out = redacted(a_bereavement(), BEREAVEMENT, "informant")
    parts = {each.field.partition(".")[0] for each in given_}
    assert parts == {"deceased", "registration", "informant", "funeral", "stays_in_care"}
    assert "deceased.national_insurance_number" in {each.field for each in left_out}


def test_for_the_deceased_no_living_persons_facts_are_given() -> None:
    """But theirs whole."""
    given_, _ = redacted(a_bereavement(), BEREAVEMENT, "deceased")
    assert {each.person for each in given_} == {"deceased"}
    assert "deceased.national_insurance_number" in {each.field for each in given_}


def test_a_field_that_is_known_no_more_is_anothers() -> None:
    """It is left out for everybody, by its path."""
    _, left_out = redacted({"partner": {"shoe_size": 44}, "cat": "Tom"}, BEREAVEMENT, "informant")
    assert [(each.field, each.label, each.person) for each in left_out] == [
        ("partner.shoe_size", "partner.shoe_size", "partner"),
        ("cat", "cat", None),
    ]
    given_, left_out = redacted({"cat": "Tom"}, BEREAVEMENT, "partner")
    assert (given_, [each.field for each in left_out]) == ((), ["cat"])


@given(st.sets(st.sampled_from(sorted(BEREAVEMENT.fields))), st.sampled_from(PEOPLE))
def test_nothing_of_another_living_person_is_given(held: set[str], made_for: str) -> None:
    """Each fact is given or said to be left out, and of the living only the ordinary and one's own are given."""
    facts = select(a_bereavement(), held)
    given_, left_out = redacted(facts, BEREAVEMENT, made_for)
    assert sorted([*(each.field for each in given_), *(each.field for each in left_out)]) == sorted(present(facts))
    for each in given_:
        assert each.person in {made_for, "deceased"} or each.sensitivity is Sensitivity.ORDINARY
    assert not [each for each in left_out if each.person == made_for]
