"""Deadlines in working days of one of the three divisions of the United Kingdom that keep bank holidays."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

_SATURDAY = 5
_UK = ZoneInfo("Europe/London")


class Division(StrEnum):
    """Where bank holidays are set (Banking and Financial Dealings Act 1971)."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"


BankHolidays = Mapping[Division, frozenset[date]]


def uk_date(moment: datetime) -> date:
    """The calendar day in the United Kingdom at an aware moment."""
    return moment.astimezone(_UK).date()


@cache
def working_days_after(day: date, working_days: int, holidays: frozenset[date]) -> date:
    """The working day that many working days after `day`; `day` itself is not counted."""
    due_on = day
    remaining = working_days
    while remaining > 0:
        due_on += timedelta(days=1)
        if due_on.weekday() < _SATURDAY and due_on not in holidays:
            remaining -= 1
    return due_on
