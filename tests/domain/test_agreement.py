"""Where an agreement stands on a day."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tellusonce.domain.agreement import Agreement, Standing
from tests.builders import an_agency

days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def agreement(**overrides: Any) -> Agreement:
    given = {f"agreements__bereavement__{key}": value for key, value in overrides.items()}
    return an_agency(**given).agreements["bereavement"]


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (date(2026, 3, 31), Standing.NOT_BEGUN),
        (date(2026, 4, 1), Standing.IN_FORCE),
        (date(2026, 8, 31), Standing.IN_FORCE),
        (date(2026, 9, 1), Standing.REVIEW_DUE),
        (date(2026, 9, 30), Standing.REVIEW_DUE),
        (date(2026, 10, 1), Standing.ENDED),
    ],
)
def test_an_agreement_stands_by_its_dates(today: date, standing: Standing) -> None:
    """It begins on its first day, holds through its last, and its review is due from the day that it names."""
    dated = agreement(starts_on=date(2026, 4, 1), review_on=date(2026, 9, 1), ends_on=date(2026, 9, 30))
    assert dated.standing(today) is standing


@given(today=days, begins=days, lasts=st.none() | st.integers(0, 400), until_review=st.integers(0, 400))
def test_it_holds_while_it_has_begun_and_not_ended(
    today: date, begins: date, lasts: int | None, until_review: int
) -> None:
    """An agreement holds in force or due for review, and in no other standing; a review that is due ends nothing."""
    dated = agreement(
        starts_on=begins,
        review_on=begins + timedelta(until_review),
        ends_on=None if lasts is None else begins + timedelta(lasts),
    )
    assert dated.holds(today) == (dated.standing(today) in (Standing.IN_FORCE, Standing.REVIEW_DUE))


@pytest.mark.parametrize("key", ["ends_on", "review_on"])
def test_dates_come_in_order(key: str) -> None:
    """One that ends or is reviewed before it begins is refused."""
    with pytest.raises(ValidationError, match=f"should have an? {key} that is not before starts_on"):
        agreement(starts_on=date(2026, 4, 1), **{"review_on": date(2027, 4, 1), key: date(2026, 3, 31)})
