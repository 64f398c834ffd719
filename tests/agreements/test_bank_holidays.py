"""The days on which nobody works, by division."""

from datetime import UTC, date, datetime

import pytest

from tellusonce.agreements.bank_holidays import bank_holidays
from tellusonce.domain.working_days import Division, uk_date


@pytest.mark.parametrize(
    ("day", "keeping"),
    [
        (date(2026, 12, 25), set(Division)),
        (date(2026, 4, 6), {Division.ENGLAND_AND_WALES, Division.NORTHERN_IRELAND}),  # Easter Monday
        (date(2026, 11, 30), {Division.SCOTLAND}),  # St Andrew's Day
        (date(2026, 3, 17), {Division.NORTHERN_IRELAND}),  # St Patrick's Day
        (date(2026, 12, 24), set[Division]()),
    ],
)
def test_each_division_keeps_its_own(day: date, keeping: set[Division]) -> None:
    """A day is a bank holiday in those divisions that keep it, and in no other."""
    assert {division for division, days in bank_holidays().items() if day in days} == keeping


def test_they_reach_past_the_deadlines_of_today() -> None:
    """Every division's bank holidays are known for a year ahead, so that no deadline falls on one unseen."""
    assert all(max(days) >= date(uk_date(datetime.now(UTC)).year + 1, 12, 25) for days in bank_holidays().values())
