"""Months as the law counts them."""

from calendar import monthrange
from datetime import date, timedelta

_A_DAY = timedelta(days=1)


def months_after(day: date, months: int) -> date:
    """The corresponding date: the same day of a later month, or the last day of a month that has no such day.

    The day itself is not counted (House of Lords, Dodds v Walker [1981] 1 WLR 1027).
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def last_day_of_period(first: date, months: int) -> date:
    """The last day of so many months beginning with `first`, which is counted: the day before its corresponding date.

    In a month that has no corresponding date, it is that month's last day.
    """
    corresponding = months_after(first, months)
    return corresponding - _A_DAY if corresponding.day == first.day else corresponding


def last_day_of_period_after(day: date, months: int) -> date:
    """The last day of so many months beginning with the day after `day`."""
    return last_day_of_period(day + _A_DAY, months)
