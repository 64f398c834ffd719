"""Months as the law counts them."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.months import last_day_of_period, last_day_of_period_after, months_after

A_DAY = timedelta(days=1)
_days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
_near_month_ends = st.builds(
    lambda year, month, before: date(year, month, monthrange(year, month)[1]) - timedelta(days=before),
    st.integers(1996, 2040),
    st.integers(1, 12),
    st.integers(0, 3),
)
_any = st.one_of(_days, _near_month_ends)
_months = st.integers(1, 120)


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(1978, 9, 30), 4, date(1979, 1, 30)),  # Dodds v Walker itself
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2026, 2, 28), 3, date(2026, 5, 28)),  # and not the end of May
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 14), 21, date(2027, 12, 14)),
    ],
)
def test_months_after_a_day_end_on_the_corresponding_date(day: date, months: int, end: date) -> None:
    """The same day of the month, or the last one where there is no such day."""
    assert months_after(day, months) == end


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 3, 14), 3, date(2026, 6, 13)),
        (date(2026, 3, 1), 18, date(2027, 8, 31)),
        (date(2024, 8, 30), 18, date(2026, 2, 28)),
        (date(2024, 8, 31), 18, date(2026, 2, 28)),
        (date(2026, 1, 1), 2, date(2026, 2, 28)),
    ],
)
def test_a_period_ends_on_the_day_before_the_corresponding_date(first: date, months: int, last: date) -> None:
    """Its first day is counted; where there is no corresponding date, it ends with the month."""
    assert last_day_of_period(first, months) == last


@given(_any, _months)
def test_the_end_lies_in_the_month_so_many_later(day: date, months: int) -> None:
    """No month is skipped, and the day is never a later one."""
    end = months_after(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end.day < day.day and (end + A_DAY).day == 1)


@given(_any, _months)
def test_a_later_day_ends_no_earlier(day: date, months: int) -> None:
    """So that a date known in part bounds the deadline by its first and last day."""
    for count in (months_after, last_day_of_period, last_day_of_period_after):
        assert count(day, months) <= count(day + A_DAY, months)


@given(_any, _months)
def test_periods_that_follow_one_another_leave_no_gap(first: date, months: int) -> None:
    """The day after a period's last is the first of the next, or the month in which it would begin has no such day."""
    corresponding = months_after(first, months)
    following = last_day_of_period(first, months) + A_DAY
    assert following == corresponding or (corresponding.day < first.day and following == corresponding + A_DAY)


@given(_any, _months)
def test_a_period_that_begins_a_day_later_ends_as_much_after(day: date, months: int) -> None:
    """The day after is what is counted first."""
    assert last_day_of_period_after(day, months) == last_day_of_period(day + A_DAY, months)
