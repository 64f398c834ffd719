"""When a notification is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.retry import RetrySchedule

DELAYS = (5.0, 300.0, 1_800.0)
SCHEDULE = RetrySchedule(DELAYS, give_up_after=timedelta(days=14))
YOUNG = timedelta(0)
MIDDLE = 0.5


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 300), (3, 1_800), (4, 1_800), (40, 1_800)])
def test_the_waits_in_turn(attempts: int, seconds: float) -> None:
    """Each attempt has its own wait, and the last one repeats."""
    assert SCHEDULE.delay_seconds(attempts, YOUNG, MIDDLE) == seconds


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_chance_spreads_by_a_fifth(attempts: int, chance: float) -> None:
    """Chance moves a wait by a fifth of it at the most, earlier or later."""
    planned = DELAYS[min(attempts, len(DELAYS)) - 1]
    delay = SCHEDULE.delay_seconds(attempts, YOUNG, chance)
    assert delay == pytest.approx(planned, rel=0.2)


def test_chance_spreads_both_ways() -> None:
    """The lowest chance comes a fifth early, and a high one late."""
    assert SCHEDULE.delay_seconds(2, YOUNG, 0.0) == 240
    assert SCHEDULE.delay_seconds(2, YOUNG, 0.75) == 330


@pytest.mark.parametrize(("asked_for", "seconds"), [(0, 5), (3, 5), (60, 60), (1_800, 1_800), (10**9, 1_800)])
def test_an_agency_may_ask_for_more_time(asked_for: float, seconds: float) -> None:
    """What the agency asks for lengthens the wait, as far as our own longest one, and never shortens it."""
    assert SCHEDULE.delay_seconds(1, YOUNG, MIDDLE, asked_for) == seconds


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        (timedelta(days=14, seconds=-1_800), 1_800),
        (timedelta(days=14, seconds=-1_799), None),
        (timedelta(days=20), None),
    ],
)
def test_giving_up(age: timedelta, seconds: float | None) -> None:
    """An attempt is planned only where it falls within the time for trying."""
    assert SCHEDULE.delay_seconds(3, age, MIDDLE) == seconds
