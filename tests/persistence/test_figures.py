"""Figures counted from what is stored, held against reports whose figures are known."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from tellusonce.domain.figures import ALL, OTHERS, Count, Measure, Tally
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.persistence.database import Database
from tellusonce.persistence.figure_reading import FigureReading, Span
from tellusonce.persistence.figures import StoredFigures
from tellusonce.services.figures import CountFigures
from tests.persistence.counted import reported
from tests.persistence.racing import at_once
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, query

UK = ZoneInfo("Europe/London")
MARCH, APRIL, JUNE = date(2026, 3, 1), date(2026, 4, 1), date(2026, 6, 1)
SPRING = Span(MARCH, APRIL)
STANDS_SECONDS = 3_600.0


def counting(database: Database, stands_seconds: float = STANDS_SECONDS) -> CountFigures:
    return CountFigures(StoredFigures(database), stands_seconds)


def of_month(database: Database, month: date = MARCH, district: str = ALL) -> Tally:
    return FigureReading(database).by_month(Span(month, month, district)).get(month, Tally())


def morning(month: date, day: int = 2) -> datetime:
    return datetime(month.year, month.month, day, 9, tzinfo=UK)


@pytest.fixture
def march(database: Database) -> Database:
    """Five reports of one district in March: closed after 3, 10, 10 and 40 days, and one that is open."""
    for days in (3, 10, 10, 40):
        reported(database, morning(MARCH), {STATE_PENSION: (0, 2), COUNCIL_TAX: (1, days)})
    reported(database, morning(MARCH), {STATE_PENSION: (0, 2), COUNCIL_TAX: (None, None)})
    return database


def test_days_to_closure_are_until_nothing_is_open(march: Database) -> None:
    """Counted in days from the report's acceptance to the last closing; what is open stands beside them."""
    assert counting(march).run() > 0
    tally = of_month(march)
    assert tally.total(Measure.REPORTS) == 5
    assert (tally.total(Measure.CLOSED), tally.total(Measure.OPEN)) == (4, 1)
    assert (tally.days(Measure.CLOSED, 50), tally.days(Measure.CLOSED, 90)) == (10, 40)
    assert tally.within(Measure.CLOSED, 10) == 3


def test_acknowledgements_are_held_against_their_deadlines(march: Database) -> None:
    """Late is what came after its day, and what has not come by then."""
    counting(march).run()
    agencies = FigureReading(march).by_agency(SPRING)
    council = agencies[COUNCIL_TAX]
    assert (council.total(Measure.TOLD), council.total(Measure.RECEIPTS), council.total(Measure.OUTCOMES)) == (5, 4, 4)
    assert (council.total(Measure.RECEIPTS_IN_TIME), council.total(Measure.RECEIPTS_LATE)) == (4, 1)
    assert (council.total(Measure.OUTCOMES_IN_TIME), council.total(Measure.OUTCOMES_LATE)) == (3, 2)
    assert (council.days(Measure.OUTCOMES, 50), council.days(Measure.OUTCOMES, 90)) == (10, 40)
    assert agencies[STATE_PENSION].days(Measure.OUTCOMES, 90) == 2


def test_contacts_made_and_avoided(march: Database) -> None:
    """An agency that acted, and a follow-up with it that was closed, spared a contact; a question was one."""
    opened = "INSERT INTO follow_up (id, report_id, notification_id, agency, kind, due_on, closed_at, closed_because) "
    query(
        march,
        opened + "SELECT gen_random_uuid(), report_id, id, agency, %s, current_date, now(), 'answered' "
        "FROM notification WHERE agency = %s AND state = 'actioned' LIMIT 1",
        FollowUpKind.OUTCOME_OVERDUE,
        COUNCIL_TAX,
    )
    query(
        march,
        opened + "SELECT gen_random_uuid(), id, NULL, NULL, %s, current_date, NULL, NULL FROM report LIMIT 1",
        FollowUpKind.FAMILY_QUESTION,
    )
    counting(march).run()
    tally = of_month(march)
    assert (tally.contacts_made, tally.contacts_avoided, tally.total(Measure.AWAITED)) == (6, 10, 1)


def test_an_agency_that_holds_nothing_spared_no_contact(database: Database) -> None:
    """The family would have had no reason to turn to it."""
    for _ in range(5):
        reported(database, morning(MARCH), {STATE_PENSION: (0, 2)}, outcome="not-held")
    counting(database).run()
    tally = of_month(database)
    assert (tally.contacts_avoided, tally.total(Measure.CLOSED)) == (0, 5)


def test_help_is_counted_by_families_that_came_and_that_wish_to_be_reminded(march: Database) -> None:
    """Each report once, however often somebody came."""
    query(
        march,
        "INSERT INTO trail (report_id, action, actor, detail) "
        "SELECT id, 'read', 'family', '{\"by\": \"link\"}' FROM (SELECT id FROM report LIMIT 2), generate_series(1, 3)",
    )
    query(
        march,
        "INSERT INTO family_contact (id, report_id, way, address, language, updates, reminders, look_at, reminded_to) "
        "SELECT gen_random_uuid(), id, 'email', '\\x01', 'en', n = 2, n = 1, now(), current_date "
        "FROM (SELECT id FROM report LIMIT 1), generate_series(1, 2) AS n",
    )
    counting(march).run()
    tally = of_month(march)
    assert (tally.total(Measure.PAGE_OPENED), tally.total(Measure.REMINDERS)) == (2, 1)


def test_small_districts_stand_together_or_not_at_all(march: Database) -> None:
    """One with three reports is left out; with another of two it is shown as others."""
    for _ in range(3):
        reported(march, morning(MARCH), {STATE_PENSION: (0, 2)}, "ambershire")
    counting(march).run()
    reading = FigureReading(march)
    assert reading.districts(SPRING) == ["holmshire"]
    assert of_month(march).total(Measure.REPORTS) == 5
    for _ in range(2):
        reported(march, morning(MARCH), {STATE_PENSION: (0, 2)}, "millshire")
    counting(march, 0).run()
    assert reading.districts(SPRING) == [OTHERS, "holmshire"]
    assert of_month(march).total(Measure.REPORTS) == 10
    assert of_month(march, district="ambershire").total(Measure.REPORTS) == 0
    assert {(month, district) for month, district, _ in reading.of_reports(SPRING)} == {
        (MARCH, OTHERS),
        (MARCH, "holmshire"),
    }
    assert {each[:3] for each in reading.of_agencies(SPRING)} == {
        (MARCH, OTHERS, STATE_PENSION),
        (MARCH, "holmshire", STATE_PENSION),
        (MARCH, "holmshire", COUNCIL_TAX),
    }


def test_a_month_is_that_of_the_united_kingdom(database: Database) -> None:
    """Half past midnight on 1 June here is still May in UTC."""
    for _ in range(5):
        reported(database, datetime(2026, 6, 1, 0, 30, tzinfo=UK), {STATE_PENSION: (0, 2)})
    counting(database).run()
    assert of_month(database, JUNE).total(Measure.REPORTS) == 5
    assert of_month(database, date(2026, 5, 1)).total(Measure.REPORTS) == 0


def test_figures_stand_for_their_time_and_are_then_counted_anew(march: Database) -> None:
    """Each month once a run; what has closed meanwhile moves from open to closed."""
    months = counting(march).run()
    assert months >= 2
    assert counting(march).run() == 0
    query(
        march,
        "UPDATE notification SET state = 'actioned', closed_at = accepted_at + interval '60 days', "
        "received_at = accepted_at WHERE state = 'delivered'",
    )
    assert counting(march, 0).run() == months
    assert (of_month(march).total(Measure.OPEN), of_month(march).days(Measure.CLOSED, 90)) == (0, 60)


def test_a_month_of_long_ago_is_counted_while_something_of_it_is_open(database: Database) -> None:
    """Afterwards it costs nothing any more."""
    long_ago = datetime.now(UK) - timedelta(days=500)
    reported(database, long_ago, {STATE_PENSION: (0, None)})
    store = StoredFigures(database)
    oldest = long_ago.date().replace(day=1)
    counting(database).run()
    assert oldest in _due(store)
    query(database, "UPDATE notification SET state = 'actioned', closed_at = now()")
    counting(database, 0).run()
    assert oldest not in _due(store)


def _due(store: StoredFigures) -> set[date]:
    found: set[date] = set()
    while month := store.count_one(_everything, 0, but=found):
        found.add(month)
    return found


def _everything(counts: Iterable[Count]) -> Sequence[Count]:
    return list(counts)


def test_two_that_count_at_once_count_each_month_once(march: Database) -> None:
    """Who comes second finds another counting, and leaves it to them."""
    runs: list[Callable[[], object]] = [partial(counting(march).run)] * 2
    at_once(runs)
    counting(march).run()
    assert of_month(march).total(Measure.REPORTS) == 5
