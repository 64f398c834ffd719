"""Claims: what is due is taken once, under a lease, oldest first."""

from datetime import timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from uuid_utils.compat import uuid7

from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tests.builders import a_bereavement
from tests.persistence.racing import at_once
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_stored_notification,
    a_stored_report,
    claim,
    query,
)


def test_a_claim_holds_all_that_the_message_needs(database: Database) -> None:
    """A claim gives the notification as planned, its report's reference, kind and facts, and its attempt number."""
    report = a_stored_report(database)
    (claimed,) = claim(database)
    planned = report.notifications[0].planned
    assert (claimed.id, claimed.report_id, claimed.reference) == (
        report.notifications[0].id,
        report.id,
        report.reference,
    )
    assert (claimed.life_event, claimed.kind, claimed.version, claimed.sequence) == ("bereavement", "original", 1, 1)
    assert (claimed.agency, tuple(claimed.benefits), tuple(claimed.fields)) == (
        planned.agency,
        planned.benefits,
        planned.fields,
    )
    assert (claimed.gateway, claimed.agreement_version) == (planned.gateway, planned.agreement_version)
    assert (claimed.receipt_due_on, claimed.outcome_due_on) == (planned.receipt_due_on, planned.outcome_due_on)
    assert claimed.facts == a_bereavement()
    assert (claimed.attempt, claimed.lost_attempts) == (1, 1)


def test_times_are_in_utc_whatever_the_server_keeps(database: Database) -> None:
    """A database that keeps another time zone gives times in UTC all the same: no message's bytes depend on it."""
    a_stored_report(database)
    ((name,),) = query(database, "SELECT current_database()")
    with database.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'America/New_York'").format(sql.Identifier(name)))
    database.close()
    (claimed,) = claim(database)
    assert claimed.accepted_at.utcoffset() == timedelta()


def test_only_what_is_due_is_claimed(database: Database) -> None:
    """A notification whose time has not come is left; it is claimed once its time has come."""
    later = a_stored_notification(database)
    _due_in(database, later, seconds=0.3)
    due = a_stored_notification(database)
    assert _claimed(database) == {due}
    query(database, "SELECT pg_sleep(0.3)")
    assert _claimed(database) == {later}


def test_only_this_agencys_are_claimed(database: Database) -> None:
    """A lane gives its own agency's notification of a report and leaves the other agencies'."""
    report = a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    assert _claimed(database, agency=COUNCIL_TAX) == {report.notifications[1].id}
    assert _claimed(database, agency=STATE_PENSION) == {report.notifications[0].id}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ages=st.lists(st.integers(1, 10_000), unique=True, max_size=6), limit=st.integers(1, 7))
def test_the_oldest_are_claimed_first(database: Database, ages: list[int], limit: int) -> None:
    """At most so many are claimed, and they are those that have been due for longest."""
    agency = f"agency-{uuid7()}"
    due = {age: a_stored_notification(database, agency=agency) for age in ages}
    for age, notification in due.items():
        _due_in(database, notification, seconds=-age)
    assert _claimed(database, agency=agency, limit=limit) == {due[age] for age in sorted(ages, reverse=True)[:limit]}


def test_what_another_holds_is_passed_over(database: Database) -> None:
    """A claim does not wait for a notification that another transaction has locked, and takes the next one."""
    locked, free = a_stored_notification(database), a_stored_notification(database)
    with database.cursor() as cursor:
        cursor.execute("SELECT FROM notification WHERE id = %s FOR UPDATE", (locked,))
        assert _claimed(database, limit=1) == {free}
    assert _claimed(database) == {locked}


def test_nothing_is_claimed_while_paused(database: Database) -> None:
    """A paused agency's notifications wait, uncounted; another agency's do not; a person's word ends the pause."""
    report = a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    Lanes(database, CircuitBreaker()).pause(STATE_PENSION, "the agency answered 410 Gone")
    assert _claimed(database) == set()
    assert _claimed(database, agency=COUNCIL_TAX) == {report.notifications[1].id}
    query(database, "DELETE FROM lane")
    assert [each.attempt for each in claim(database)] == [1]


def test_pausing_twice_keeps_the_first_reason(database: Database) -> None:
    """An agency that is paused already stays paused for the reason that paused it."""
    Lanes(database, CircuitBreaker()).pause(STATE_PENSION, "the agency answered 410 Gone")
    Lanes(database, CircuitBreaker()).pause(STATE_PENSION, "another reason")
    assert query(database, "SELECT agency, paused_because FROM lane") == [
        (STATE_PENSION, "the agency answered 410 Gone")
    ]


def test_the_attempt_is_counted_at_the_claim(database: Database) -> None:
    """Before anything is sent the attempt stands in the database, as one without a result."""
    a_stored_report(database)
    claim(database)
    assert query(database, "SELECT attempts, lost_attempts, state FROM notification") == [(1, 1, "queued")]


def test_a_lease_keeps_others_away(database: Database) -> None:
    """What is claimed is not claimed again while its lease lasts."""
    a_stored_report(database)
    claim(database, lease_seconds=60)
    assert _claimed(database) == set()


def test_a_lost_claim_is_due_again(database: Database) -> None:
    """When a lease ends without a result the notification is due again, as the next attempt and as one lost."""
    claimed_id = a_stored_notification(database)
    claim(database, lease_seconds=0.05)
    query(database, "SELECT pg_sleep(0.05)")
    (again,) = claim(database)
    assert (again.id, again.attempt, again.lost_attempts) == (claimed_id, 2, 2)


def test_racing_claims_are_disjoint(database: Database) -> None:
    """Two workers that empty a lane at once claim each notification once between them."""
    stored = {a_stored_notification(database) for _ in range(40)}
    claims = at_once([lambda: _emptied(database)] * 2)
    taken = [notification for each in claims if isinstance(each, list) for notification in each]
    assert len(taken) == len(stored)
    assert set(taken) == stored


def _claimed(database: Database, agency: str = STATE_PENSION, limit: int = 100) -> set[UUID]:
    return {each.id for each in claim(database, agency, limit)}


def _emptied(database: Database) -> list[UUID]:
    taken: list[UUID] = []
    while batch := claim(database, limit=3):
        taken.extend(each.id for each in batch)
    return taken


def _due_in(database: Database, notification: UUID, seconds: float) -> None:
    query(
        database,
        "UPDATE notification SET next_attempt_at = now() + make_interval(secs => %s) WHERE id = %s",
        float(seconds),
        notification,
    )
