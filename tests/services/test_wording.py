"""What people are told of a plan, in both languages."""

import re

import pytest

from tellusonce.domain.agreement import ConsentRule
from tellusonce.domain.consent import Bar
from tellusonce.domain.language import Language
from tellusonce.domain.planning import RefusalReason
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.life_events.bereavement import BEREAVEMENT
from tellusonce.services.welsh import WELSH
from tellusonce.services.wording import GROUND_TEXT, LEFT_OUT_TEXT, REFUSAL_TEXT, facts_named, said, texts


def test_every_text_is_there_in_both_languages() -> None:
    """Each text and each field's label has its Welsh, and there is no Welsh of what is said no more."""
    assert set(WELSH) == set(texts(LIFE_EVENTS.values()))
    assert all(welsh.strip() and welsh != english for english, welsh in WELSH.items())


def test_a_sentence_is_a_sentence_in_both_languages() -> None:
    """The Welsh has as many sentences as the English, and as many places to fill in."""
    for english, welsh in WELSH.items():
        assert len(re.findall(r"\.(?: |$)", welsh)) == len(re.findall(r"\.(?: |$)", english)), english
        assert re.findall(r"{\w*}", welsh) == re.findall(r"{\w*}", english)


def test_every_decision_has_its_text() -> None:
    """No ground, no reason for a refusal and none for leaving out is without words."""
    assert set(GROUND_TEXT) == set(ConsentRule)
    assert set(REFUSAL_TEXT) == set(RefusalReason)
    assert set(LEFT_OUT_TEXT) == set(Bar)


@pytest.mark.parametrize("reason", list(RefusalReason))
def test_a_refusal_says_what_the_family_can_do(reason: RefusalReason) -> None:
    """Every reason tells the family its way, in both languages."""
    assert "the family can tell" in REFUSAL_TEXT[reason].lower()
    assert "gall y teulu ddweud" in said(REFUSAL_TEXT[reason], Language.WELSH).lower()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (Language.ENGLISH, "deceased: family name, date of birth; partner: family name"),
        (Language.WELSH, "yr ymadawedig: cyfenw, dyddiad geni; y partner: cyfenw"),
    ],
)
def test_facts_are_named_by_whom_they_are_about(language: Language, expected: str) -> None:
    """People read labels and not paths."""
    paths = ("deceased.family_name", "deceased.date_of_birth", "partner.family_name")
    assert facts_named(BEREAVEMENT, paths, language) == expected
