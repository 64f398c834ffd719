"""Deadlines in working days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.working_days import uk_date, working_days_after

_days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
EASTER = frozenset({date(2026, 4, 3), date(2026, 4, 6)})


@pytest.mark.parametrize(
    ("day", "working_days", "due_on"),
    [
        (date(2026, 3, 16), 1, date(2026, 3, 17)),
        (date(2026, 3, 13), 1, date(2026, 3, 16)),  # Friday to Monday
        (date(2026, 3, 14), 1, date(2026, 3, 16)),  # from a Saturday
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # over Easter
        (date(2026, 4, 2), 10, date(2026, 4, 20)),
        (date(2026, 4, 3), 0, date(2026, 4, 3)),
    ],
)
def test_known_deadlines(day: date, working_days: int, due_on: date) -> None:
    """Weekends and bank holidays are not counted, nor is the day itself."""
    assert working_days_after(day, working_days, EASTER) == due_on


@given(_days, st.integers(1, 60), st.frozensets(_days, max_size=20))
def test_exactly_so_many_working_days_pass(day: date, working_days: int, holidays: frozenset[date]) -> None:
    """The deadline is a working day, and so many of them lie after the day up to it."""
    due_on = working_days_after(day, working_days, holidays)
    passed = [day + timedelta(days=n) for n in range(1, (due_on - day).days + 1)]
    counted = [each for each in passed if each.strftime("%a") not in {"Sat", "Sun"} and each not in holidays]
    assert len(counted) == working_days
    assert counted[-1] == due_on


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 7, 1, 22, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 23, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 1, 1, 23, 59, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), date(2026, 3, 29)),  # the night the clocks go forward
        (datetime(2026, 3, 28, 23, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), date(2026, 10, 25)),  # the night they go back
        (datetime(2026, 10, 25, 23, 59, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_the_day_is_that_of_the_clock_on_the_wall(moment: datetime, day: date) -> None:
    """A moment belongs to the day that people in the United Kingdom have, in summer and in winter."""
    assert uk_date(moment) == day
