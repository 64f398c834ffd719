"""Replays: sending again what an agency lost."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action
from tellusonce.persistence.database import Database
from tellusonce.persistence.replays import Replays
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_claim,
    a_stored_notification,
    claim,
    delivered,
    follow_ups_of,
    given_up,
    record,
    state_of,
    trail_of,
)


def _replay(database: Database, **chosen: Any) -> list[dict[str, Any]]:
    given: dict[str, Any] = {"actor": "operator:on call", "limit": 100, "dry_run": False} | chosen
    return Replays(database).replay(STATE_PENSION, **given)


def test_a_dead_letter_is_sent_again_under_its_id(database: Database) -> None:
    """What was parked is queued again, as the next attempt of the same notification, and its follow-up closes."""
    parked = a_claim(database)
    record(database, given_up(parked))
    assert [each["id"] for each in _replay(database, parked_only=True)] == [parked.id]
    (again,) = claim(database)
    assert (again.id, again.attempt) == (parked.id, 2)
    record(database, delivered(again))
    assert follow_ups_of(database, parked.id, still_open=True) == []
    assert Action.REPLAYED in trail_of(database, parked.id)


def test_a_dry_run_changes_nothing(database: Database) -> None:
    """It lists what would be sent again."""
    parked = a_claim(database)
    record(database, given_up(parked))
    assert len(_replay(database, parked_only=True, dry_run=True)) == 1
    assert state_of(database, parked.id) is State.PARKED


def test_a_time_is_replayed_without_what_was_answered(database: Database) -> None:
    """Of what was accepted in a time, all goes again that the agency has not given its outcome on."""
    now = datetime.now(UTC)
    taken, received, actioned = (a_claim(database) for _ in range(3))
    record(database, delivered(taken), delivered(received, acknowledged=True), delivered(actioned, Outcome.ACTIONED))
    a_stored_notification(database)
    found = _replay(database, since=now - timedelta(hours=1), until=now + timedelta(hours=1))
    assert {each["id"] for each in found} == {taken.id, received.id}
    assert state_of(database, actioned.id) is State.ACTIONED
    assert _replay(database, since=now + timedelta(hours=1)) == []


def test_no_more_than_the_limit(database: Database) -> None:
    """A replay is bounded, the oldest first."""
    claims = [a_claim(database) for _ in range(3)]
    record(database, *[given_up(each) for each in claims])
    assert [each["id"] for each in _replay(database, parked_only=True, limit=2)] == [each.id for each in claims[:2]]


def test_only_the_agencys_own(database: Database) -> None:
    """Another agency's notification is not found, whatever its id."""
    other = a_claim(database, COUNCIL_TAX)
    record(database, given_up(other))
    assert _replay(database, notification=other.id) == _replay(database, notification=uuid4()) == []
    assert state_of(database, other.id) is State.PARKED
