"""Reports are stored whole and, under an idempotency key, once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from tellusonce.persistence.database import Database
from tellusonce.persistence.reports import Reports
from tellusonce.services.reference import ReferenceTaken
from tellusonce.services.register import KeyInFlight, KeyReused
from tellusonce.services.storage import StorageUnreachable
from tellusonce.settings import Settings
from tests.persistence.racing import at_once, held_up, sessions_waiting_for_locks, wait_until
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, a_key, a_report, contents, query, stored_facts


def test_a_report_is_stored_with_all_that_follows_from_it(database: Database) -> None:
    """A stored report has its first version, a queued notification for each agency as planned, and its trail entry."""
    report = a_report(STATE_PENSION, COUNCIL_TAX)
    Reports(database).add([report])
    assert query(database, "SELECT version, kind FROM report_version WHERE report_id = %s", report.id) == [
        (1, "original")
    ]
    assert stored_facts(database) == [report.facts]
    assert query(
        database,
        "SELECT id, agency, state, attempts, benefits, fields, gateway, next_attempt_at <= now() FROM notification "
        "WHERE report_id = %s ORDER BY id",
        report.id,
    ) == [
        (
            each.id,
            each.planned.agency,
            "queued",
            0,
            list(each.planned.benefits),
            list(each.planned.fields),
            each.planned.gateway,
            True,
        )
        for each in report.notifications
    ]
    assert query(database, "SELECT report_id, action, actor FROM trail") == [
        (report.id, "registered", report.registered_by)
    ]


def test_many_are_stored_all_or_none(database: Database) -> None:
    """Where one report of a batch cannot be stored, nothing of any of them is."""
    first, second = a_report(), a_report()
    with pytest.raises(ReferenceTaken):
        Reports(database).add([first, second, replace(a_report(), reference=first.reference)])
    assert not any(contents(database).values())


def test_a_report_that_tells_no_agency_is_stored(database: Database) -> None:
    """A report whose plan holds only refusals is kept all the same."""
    Reports(database).add([replace(a_report(), notifications=())])
    assert query(database, "SELECT count(*) FROM report") == [(1,)]


def test_the_first_answer_is_given_again(database: Database) -> None:
    """The same key and body stores nothing more and gives the first answer to the byte."""
    reports = Reports(database)
    assert reports.add_once(a_report(), a_key(), b'{"reference": "first"}') is None
    before = contents(database)
    assert reports.add_once(a_report(), a_key(), b'{"reference": "second"}') == b'{"reference": "first"}'
    assert contents(database) == before


def test_a_key_with_another_body_is_refused(database: Database) -> None:
    """The same key with another body is KeyReused, and stores nothing."""
    reports = Reports(database)
    reports.add_once(a_report(), a_key("one body"), b"first")
    before = contents(database)
    with pytest.raises(KeyReused):
        reports.add_once(a_report(), a_key("another body"), b"second")
    assert contents(database) == before


def test_each_has_keys_of_their_own(database: Database) -> None:
    """Two principals that happen on the same key each store their report."""
    reports = Reports(database)
    assert reports.add_once(a_report(), a_key(principal="registrar:Holmshire"), b"first") is None
    assert reports.add_once(a_report(), a_key(principal="registrar:Amberdale"), b"second") is None
    assert query(database, "SELECT count(*) FROM report") == [(2,)]


def test_a_key_in_flight_is_said_to_be(database: Database) -> None:
    """While the first request with a key is being stored, a second one is KeyInFlight; the first is stored."""
    reports = Reports(database)
    with ThreadPoolExecutor() as threads:
        with held_up(database, "LOCK TABLE report IN EXCLUSIVE MODE"):
            first = threads.submit(reports.add_once, a_report(), a_key(), b"first")
            wait_until(lambda: bool(sessions_waiting_for_locks(database)))
            with pytest.raises(KeyInFlight):
                reports.add_once(a_report(), a_key(), b"second")
        assert first.result() is None
    assert reports.add_once(a_report(), a_key(), b"third") == b"first"


def test_a_hundred_equal_requests_make_one_report(database_url: str) -> None:
    """Of a hundred requests at once with one key, one is stored, and the others get its answer or KeyInFlight (F14)."""
    database = Database(database_url, Settings(database_connections=25, database_wait_seconds=30))
    requests = [(a_report(), f"answer {number}".encode()) for number in range(100)]
    answers = at_once([partial(Reports(database).add_once, report, a_key(), answer) for report, answer in requests])
    assert query(database, "SELECT count(*) FROM report") == [(1,)]
    assert answers.count(None) == 1
    kept = requests[answers.index(None)][1]
    assert all(answer in (None, kept) or isinstance(answer, KeyInFlight) for answer in answers)
    assert Reports(database).add_once(a_report(), a_key(), b"later") == kept
    database.close()


def test_a_killed_transaction_leaves_nothing(database: Database) -> None:
    """A request killed half way has stored nothing, not even its key: the client's next try is the first."""
    reports = Reports(database)
    with ThreadPoolExecutor() as threads, held_up(database, "LOCK TABLE notification IN EXCLUSIVE MODE"):
        killed = threads.submit(reports.add_once, a_report(), a_key(), b"killed")
        wait_until(lambda: bool(sessions_waiting_for_locks(database)))
        for session in sessions_waiting_for_locks(database):
            query(database, "SELECT pg_terminate_backend(%s)", session)
        with pytest.raises(StorageUnreachable):
            killed.result()
    assert not any(contents(database).values())
    assert reports.add_once(a_report(), a_key(), b"again") is None
