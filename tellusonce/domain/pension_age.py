"""Pensionable age (Pensions Act 1995, Schedule 4, paragraph 1, as amended by the Pensions Act 2014, section 26)."""

from datetime import date

from tellusonce.domain.months import months_after

_AT_66 = date(1954, 10, 6)
_RISING = date(1960, 4, 6)
_AT_67 = date(1961, 3, 6)
_ALL_EARLIER = date(2020, 9, 6)


def pensionable_on(born: date) -> date:
    """The day on which who was born then reaches pensionable age.

    For those born before 6 October 1954, of whom women reached it earlier, the last day on which any of them did. For
    those born after 5 April 1977 the 67th birthday, before which none of them will.
    """
    if born < _AT_66:
        return _ALL_EARLIER
    if born < _RISING:
        return _birthday(born, 66)
    if born < _AT_67:
        return months_after(born, 66 * 12 + _months_of_rise(born))
    return _birthday(born, 67)


def _months_of_rise(born: date) -> int:
    """One month more for each that begins on a 6th (table 3)."""
    begun = born.month if born.day >= _RISING.day else born.month - 1
    return (born.year - _RISING.year) * 12 + begun - _RISING.month + 1


def _birthday(born: date, years: int) -> date:
    birthday = months_after(born, years * 12)
    return birthday if birthday.day == born.day else date(birthday.year, 3, 1)  # of the 29th of February
