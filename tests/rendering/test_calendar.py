"""The days by which to claim, as a calendar."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from tellusonce.agreements.entitlements import load_entitlements
from tellusonce.agreements.loading import load_agencies
from tellusonce.domain.claiming import Claim, Situation, claims
from tellusonce.domain.entitlement import Language
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.rendering.calendar import calendar
from tests.builders import a_bereavement

CONFIG = Path(__file__).parents[2] / "config"
NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
REPORT = UUID("019a91c2-5b01-7c3e-9d54-2f6d0a7be101")


@pytest.fixture(scope="module")
def family() -> list[Claim]:
    """What a young widower could claim."""
    return on(date(2026, 3, 20))


def on(day: date) -> list[Claim]:
    benefits = {benefit for agency in load_agencies(CONFIG, LIFE_EVENTS).values() for benefit in agency.benefits}
    rules = load_entitlements(CONFIG, LIFE_EVENTS, benefits)["bereavement"]
    facts = a_bereavement(partner__date_of_birth="1971-01-01", household__children=1)
    return list(claims(rules, Situation(facts, benefits), day))


def events(claimed: list[Claim], language: Language = Language.ENGLISH) -> list[Any]:
    return list(Calendar.from_ical(calendar(REPORT, claimed, language, NOW)).walk("VEVENT"))


def test_each_deadline_is_a_day_with_a_reminder(family: list[Claim]) -> None:
    """All day, taking up no time, with an alarm two weeks before."""
    found = {str(each["SUMMARY"]): each for each in events(family)}
    full = found["Bereavement Support Payment: last day to claim to get all the monthly payments"]
    assert full["DTSTART"].dt == date(2026, 6, 14)
    assert full["TRANSP"] == "TRANSPARENT"
    (alarm,) = full.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(days=-14)
    assert "gov.uk/bereavement-support-payment" in full["DESCRIPTION"]


def test_it_is_in_the_familys_language(family: list[Claim]) -> None:
    """In Welsh nothing is in English."""
    summaries = [str(each["SUMMARY"]) for each in events(family, Language.WELSH)]
    assert "Taliad Cymorth Profedigaeth: y diwrnod olaf i hawlio i gael yr holl daliadau misol" in summaries
    assert not [each for each in summaries if "last day" in each]


def test_what_has_passed_is_left_out() -> None:
    """After three months of the three dates two are left, and after all none."""
    found = [each for each in events(on(date(2026, 6, 15))) if "Bereavement" in each["SUMMARY"]]
    assert [each["DTSTART"].dt for each in found] == [date(2027, 3, 14), date(2027, 12, 14)]
    assert not [each for each in events(on(date(2028, 1, 1))) if "Bereavement" in each["SUMMARY"]]


def test_loading_it_again_doubles_nothing(family: list[Claim]) -> None:
    """Each event has a UID of its own, and the same each time and in both languages."""
    uids = [str(each["UID"]) for each in events(family)]
    assert len(set(uids)) == len(uids)
    assert uids == [str(each["UID"]) for each in events(family, Language.WELSH)]
    assert str(REPORT) not in uids


def test_it_names_no_person_and_no_fact(family: list[Claim]) -> None:
    """Calendars are shared and kept by others: no fact of the report is in it, and no date but the deadlines."""
    written = calendar(REPORT, family, Language.ENGLISH, NOW).decode().replace("\r\n ", "")
    for fact in texts(a_bereavement()):
        assert fact not in written
        assert fact.replace("-", "") not in written
    assert str(REPORT) not in written


def test_it_is_written_as_rfc_5545_has_it(family: list[Claim]) -> None:
    """Lines of at most 75 octets that end in CR LF."""
    lines = calendar(REPORT, family, Language.WELSH, NOW).split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(map(len, lines)) <= 75


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)
    elif isinstance(value, str) and len(value) > 3:
        yield value
