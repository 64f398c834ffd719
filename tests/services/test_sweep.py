"""Sweeping over a real database: who has something due is rung for, however many sweep."""

from functools import partial

from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.sweeps import Sweeps
from tellusonce.services.sweep import Sweep
from tests.persistence.racing import at_once
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_stored_report,
    claim,
    contents,
    delivered,
    query,
    record,
)
from tests.services.bells import Bells


def test_who_has_something_due_is_rung_for(database: Database) -> None:
    """An agency with something due is rung for, however much is due; one with nothing is not."""
    for _ in range(3):
        a_stored_report(database, STATE_PENSION)
    assert _rung(database) == [STATE_PENSION]


def test_what_has_just_come_is_left_to_its_own_bell(database: Database) -> None:
    """Who registered a report rang for it; only what is still there a moment later is rung for again."""
    a_stored_report(database, STATE_PENSION)
    assert _rung(database, later=False) == []
    assert _rung(database) == [STATE_PENSION]


def test_nothing_due_rings_nobody(database: Database) -> None:
    """What is delivered, under lease, or to be tried later is not due."""
    a_stored_report(database, STATE_PENSION)
    (claimed,) = claim(database)
    assert _rung(database) == []
    record(database, delivered(claimed))
    assert _rung(database) == []
    a_stored_report(database, COUNCIL_TAX)
    query(database, "UPDATE notification SET next_attempt_at = now() + interval '1 hour' WHERE state = 'queued'")
    assert _rung(database) == []


def test_a_lost_attempt_is_rung_for(database: Database) -> None:
    """When a lease ends without a result the agency is rung for again."""
    a_stored_report(database, STATE_PENSION)
    claim(database, lease_seconds=0)
    assert _rung(database) == [STATE_PENSION]


def test_a_paused_agency_is_not_rung_for(database: Database) -> None:
    """An agency that is paused is left in peace, and the others are not."""
    a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    Lanes(database, CircuitBreaker()).pause(STATE_PENSION, "the agency answered 410 Gone")
    assert _rung(database) == [COUNCIL_TAX]


def test_an_agency_that_is_no_longer_configured_is_not_rung_for(database: Database) -> None:
    """A lane that nobody could serve is not rung for: its notifications wait for their deadline's follow-up."""
    a_stored_report(database, "closed-down")
    assert _rung(database) == []


def test_three_sweeps_at_once_change_nothing(database: Database) -> None:
    """Sweeps ring and change nothing but the note of when one last ran, however many run (F13)."""
    a_stored_report(database, STATE_PENSION)
    _pass_a_moment(database)
    before = contents(database)
    assert at_once([partial(_rung, database, later=False)] * 3) == [[STATE_PENSION]] * 3
    assert contents(database) | {"heartbeat": []} == before


def test_it_is_known_when_a_sweep_last_ran(database: Database) -> None:
    """Before the first sweep nothing is known; after one, that it was just now."""
    assert Sweeps(database).seconds_since_sweep() is None
    _rung(database)
    seconds = Sweeps(database).seconds_since_sweep()
    assert seconds is not None
    assert 0 <= seconds < 5


def _rung(database: Database, *, later: bool = True) -> list[str]:
    """Who is rung for, a moment later than what is stored or at once."""
    if later:
        _pass_a_moment(database)
    bells = Bells()
    Sweep(Sweeps(database), bells, [STATE_PENSION, COUNCIL_TAX], lambda _: True).ring_for_due()
    return list(bells)


def _pass_a_moment(database: Database) -> None:
    query(database, "UPDATE notification SET next_attempt_at = next_attempt_at - interval '1 second'")
