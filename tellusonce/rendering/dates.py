"""Dates and times as pages say them, in the form of GOV.UK's style guide: 14 March 2026, 2:05pm."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from tellusonce.domain.language import Language
from tellusonce.domain.partial_date import PartialDate

_UK = ZoneInfo("Europe/London")
_LOCALES = {Language.ENGLISH: "en_GB", Language.WELSH: "cy"}
_AT = {Language.ENGLISH: "at", Language.WELSH: "am"}


def said_date(on: date, language: Language) -> str:
    """The day, or the UK's day of an aware time."""
    if isinstance(on, datetime):
        on = on.astimezone(_UK).date()
    return format_date(on, "d MMMM yyyy", locale=_LOCALES[language])


def said_time(at: datetime, language: Language) -> str:
    """The UK's time of day of an aware time; in Welsh by the 24-hour clock."""
    local = at.astimezone(_UK)
    if language is Language.WELSH:
        return format_datetime(local, "HH:mm", locale=_LOCALES[language])
    return f"{local:%I:%M}".lstrip("0") + f"{local:%p}".lower()


def said_moment(at: datetime, language: Language) -> str:
    """Day and time of an aware time."""
    return f"{said_date(at, language)} {_AT[language]} {said_time(at, language)}"


def said_partial_date(known: PartialDate, language: Language) -> str:
    """As much of a date as is known of it: 2 May 1948, May 1948 or 1948."""
    pattern = "d MMMM yyyy" if known.day else "MMMM yyyy" if known.month else "yyyy"
    return format_date(known.earliest, pattern, locale=_LOCALES[language])
