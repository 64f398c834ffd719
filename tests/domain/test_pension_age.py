"""Pensionable age."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.pension_age import pensionable_on


@pytest.mark.parametrize(
    ("born", "pensionable"),
    [
        (date(1954, 10, 6), date(2020, 10, 6)),
        (date(1956, 2, 29), date(2022, 3, 1)),
        (date(1960, 2, 29), date(2026, 3, 1)),
        (date(1960, 4, 5), date(2026, 4, 5)),
        # Pensions Act 2014, section 26, its table, its paragraph (7A), and the examples of its explanatory notes
        (date(1960, 4, 6), date(2026, 5, 6)),
        (date(1960, 4, 15), date(2026, 5, 15)),
        (date(1960, 5, 5), date(2026, 6, 5)),
        (date(1960, 5, 6), date(2026, 7, 6)),
        (date(1960, 7, 31), date(2026, 11, 30)),
        (date(1960, 9, 10), date(2027, 3, 10)),
        (date(1960, 12, 31), date(2027, 9, 30)),
        (date(1961, 1, 22), date(2027, 11, 22)),
        (date(1961, 1, 31), date(2027, 11, 30)),
        (date(1961, 3, 5), date(2028, 2, 5)),
        (date(1961, 3, 6), date(2028, 3, 6)),
        (date(1977, 4, 5), date(2044, 4, 5)),
    ],
)
def test_known_days(born: date, pensionable: date) -> None:
    """As the Act's table and its notes have them."""
    assert pensionable_on(born) == pensionable


@given(st.dates(date(1920, 1, 1), date(2000, 1, 1)))
def test_who_is_born_later_is_not_pensionable_much_earlier(born: date) -> None:
    """A birth a day later moves it back by no more than the days that a month lacks."""
    assert pensionable_on(born + timedelta(days=1)) >= pensionable_on(born) - timedelta(days=1)
