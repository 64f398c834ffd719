"""All that a form can say is listed, so that a test can hold it to its Welsh."""

from datetime import date
from typing import Any

from tellusonce.life_events.bereavement import BEREAVEMENT
from tellusonce.life_events.bereavement_form import BEREAVEMENT_FORM
from tellusonce.life_events.validation import complaints
from tellusonce.services.form_texts import texts
from tests.builders import a_bereavement, a_provisional_bereavement

_TODAY = date(2026, 3, 20)
_WRONG_OF_THE_DECEASED: dict[str, list[Any]] = {
    "given_names": ["x" * 101, "a\nb"],
    "date_of_birth": ["2026-03-16"],
    "date_of_death": ["2026-03-20"],
    "national_insurance_number": ["QQ12"],
    "address__postcode": ["HOLMSHIRE"],
    "address__lines": [["x" * 201]],
}
_WRONG: list[dict[str, Any]] = [
    *({f"deceased__{name}": wrong} for name, wrongs in _WRONG_OF_THE_DECEASED.items() for wrong in wrongs),
    {"informant__telephone": "none"},
    {"informant__telephone": "1" * 41},
    {"informant__email": "none"},
    {"household__adults": 31},
    {"registration__registered_on": "2026-03-21"},
    {"funeral__held_on": "2026-03-01"},
    {"funeral__held_on": "2028-03-01"},
    {"stays_in_care__first__started": "2026-03-15"},
    {"stays_in_care__first__ended": "2026-02-19"},
    {"stays_in_care__first__ended": "2026-03-15"},
]


def test_what_the_model_says_of_an_answer_is_listed() -> None:
    """Every text and every label, whichever answer is wrong."""
    listed = set(texts(BEREAVEMENT_FORM, BEREAVEMENT))
    said = {
        text
        for wrong in _WRONG
        for complaint in complaints(BEREAVEMENT, a_bereavement(**wrong), _TODAY)
        for text in (complaint.text, complaint.label)
    }
    late = a_provisional_bereavement(deceased__date_of_death="2026-03-19")
    said |= {complaint.text for complaint in complaints(BEREAVEMENT, late, _TODAY)}
    assert len(said) > 15
    assert said <= listed
