"""What came of attempts is recorded once, under the attempt's number, with all that follows from it."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_ups import FollowUps
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.deliver import Claimed, Recorded
from tests.persistence.stored import (
    STATE_PENSION,
    a_claim,
    an_acknowledgement,
    claim,
    contents,
    delivered,
    failed,
    follow_ups_of,
    given_up,
    query,
    record,
    state_of,
    stored_notes,
    trail_of,
    two_claims,
)

Coming = Callable[[Claimed], Recorded]
"""What comes of a claim."""


def _delivered_and_received(claimed: Claimed) -> Recorded:
    return delivered(claimed, acknowledged=True)


def _delivered_and_rejected(claimed: Claimed) -> Recorded:
    return delivered(claimed, Outcome.REJECTED)


_results = st.sampled_from([delivered, _delivered_and_received, _delivered_and_rejected, failed, given_up])


def test_a_delivery_is_recorded(database: Database) -> None:
    """A delivered notification is due no more, and its attempt and the trail say so."""
    claimed = a_claim(database)
    assert record(database, delivered(claimed)) == []
    assert query(
        database,
        "SELECT state, lost_attempts, next_attempt_at, delivered_at IS NOT NULL, received_at FROM notification",
    ) == [("delivered", 0, None, True, None)]
    assert _attempts(database) == [(1, "push", "delivered", 202, 12)]
    assert query(database, "SELECT actor, detail FROM trail WHERE notification_id = %s", claimed.id) == [
        ("tellusonce", {"attempt": 1, "result": "delivered", "status": 202})
    ]


def test_a_failure_is_due_again_in_its_time(database: Database) -> None:
    """A failed notification stays queued and is due again after the wait, not before."""
    claimed = a_claim(database)
    record(database, failed(claimed, retry_in_seconds=300))
    assert query(
        database,
        "SELECT state, lost_attempts, round(extract(epoch FROM next_attempt_at - now()) / 10) FROM notification",
    ) == [("queued", 0, 30)]
    assert claim(database) == []
    assert trail_of(database, claimed.id) == [Action.ATTEMPT_FAILED]


def test_giving_up_needs_a_person(database: Database) -> None:
    """A notification given up is parked, with a follow-up opened and both in the trail."""
    claimed = a_claim(database)
    record(database, given_up(claimed))
    assert state_of(database, claimed.id) is State.PARKED
    assert follow_ups_of(database, claimed.id, still_open=True) == [FollowUpKind.UNDELIVERABLE]
    assert trail_of(database, claimed.id) == [Action.PARKED, Action.FOLLOW_UP_OPENED]


def test_a_receipt_in_the_reply(database: Database) -> None:
    """A reply that says received is recorded as delivered and as the agency's receipt."""
    claimed = a_claim(database)
    record(database, delivered(claimed, acknowledged=True))
    assert state_of(database, claimed.id) is State.RECEIVED
    assert trail_of(database, claimed.id) == [Action.DELIVERED, Action.ACKNOWLEDGED]
    assert query(database, "SELECT kind, outcome, state_after FROM acknowledgement") == [("receipt", None, "received")]
    assert stored_notes(database) == [an_acknowledgement(claimed.id).note]


def test_an_outcome_in_the_reply_closes(database: Database) -> None:
    """A reply that says actioned or not held closes the notification, which counts as received too."""
    record(database, delivered(a_claim(database), Outcome.ACTIONED), delivered(a_claim(database), Outcome.NOT_HELD))
    assert query(
        database,
        "SELECT state, delivered_at = closed_at AND received_at = closed_at FROM notification ORDER BY state",
    ) == [("actioned", True), ("not-held", True)]


def test_an_outcome_in_the_reply_may_need_a_person(database: Database) -> None:
    """A question or a rejection in the reply opens one follow-up, with its trail entry."""
    for outcome in (Outcome.QUERY, Outcome.REJECTED):
        claimed = a_claim(database)
        record(database, delivered(claimed, outcome))
        assert follow_ups_of(database, claimed.id, still_open=True) == [FollowUpKind(outcome)]
        assert trail_of(database, claimed.id) == [Action.DELIVERED, Action.ACKNOWLEDGED, Action.FOLLOW_UP_OPENED]


def test_an_outcome_in_the_reply_closes_follow_ups(database: Database) -> None:
    """What was overdue while the agency could not be reached needs nobody any more once its reply says actioned."""
    claimed = a_claim(database)
    for kind in (FollowUpKind.RECEIPT_OVERDUE, FollowUpKind.OUTCOME_OVERDUE):
        FollowUps(database).open_overdue(kind, claimed.outcome_due_on.replace(year=2027), limit=10)
    record(database, delivered(claimed, Outcome.ACTIONED))
    assert follow_ups_of(database, claimed.id, still_open=True) == []
    assert trail_of(database, claimed.id)[-2:] == [Action.FOLLOW_UP_CLOSED] * 2


def test_the_agencys_note_stays_out_of_the_trail(database: Database) -> None:
    """A note is a fact: it is kept with the acknowledgement and not in the trail."""
    claimed = a_claim(database)
    record(database, delivered(claimed, Outcome.QUERY))
    note = an_acknowledgement(claimed.id).note
    assert note is not None
    assert note not in str(query(database, "SELECT * FROM trail"))


def test_lost_attempts_are_told(database: Database) -> None:
    """Attempts of which no result ever came stand in the trail before the one that had a result."""
    _, claimed = two_claims(database)
    record(database, delivered(claimed))
    assert trail_of(database, claimed.id) == [Action.ATTEMPT_LOST, Action.DELIVERED]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(late=_results, latest=_results)
def test_a_stale_attempt_changes_nothing(database: Database, late: Coming, latest: Coming) -> None:
    """Whatever an attempt brings after its lease has ended and another was claimed, 0 rows change (F7)."""
    stale, claimed = two_claims(database)
    before = contents(database)
    assert record(database, late(stale)) == []
    assert contents(database) == before
    record(database, latest(claimed))
    before = contents(database)
    assert record(database, late(stale)) == []
    assert contents(database) == before


def test_a_stale_attempt_beside_the_latest_changes_nothing(database: Database) -> None:
    """Where a stale answer and the latest come in one batch, only the latest is recorded."""
    stale, claimed = two_claims(database)
    record(database, delivered(stale, Outcome.REJECTED), replace(failed(claimed), retry_in_seconds=0))
    assert _attempts(database) == [(2, "push", "refused", 503, 12)]
    assert trail_of(database, claimed.id) == [Action.ATTEMPT_LOST, Action.ATTEMPT_FAILED]
    assert query(database, "SELECT * FROM acknowledgement") == []


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(result=_results)
def test_recording_twice_records_once(database: Database, result: Coming) -> None:
    """Where it is not known whether a commit came through, recording again changes nothing but the time of a retry."""
    recorded = result(a_claim(database, f"agency-{uuid7()}"))
    record(database, recorded)
    before = _without_times_of_retries(database)
    record(database, recorded)
    assert _without_times_of_retries(database) == before


def test_a_word_that_overtook_the_reply_stands(database: Database) -> None:
    """An agency that posts its outcome before its reply has reached us: the outcome stands, the attempt is recorded."""
    claimed = a_claim(database)
    _acknowledge(database, claimed, Outcome.ACTIONED)
    assert record(database, delivered(claimed)) == []
    assert state_of(database, claimed.id) is State.ACTIONED
    assert _attempts(database) == [(1, "push", "delivered", 202, 12)]
    assert trail_of(database, claimed.id) == [Action.ACKNOWLEDGED, Action.DELIVERED]
    assert query(database, "SELECT lost_attempts, delivered_at IS NOT NULL FROM notification") == [(0, True)]


def test_the_word_of_an_overtaken_reply_comes_back(database: Database) -> None:
    """Where a receipt overtook a reply that holds the outcome, the outcome comes back to be taken on its own."""
    claimed = a_claim(database)
    _acknowledge(database, claimed, None)
    overtaken = delivered(claimed, Outcome.ACTIONED)
    assert record(database, overtaken) == [an_acknowledgement(claimed.id, Outcome.ACTIONED)]
    assert state_of(database, claimed.id) is State.RECEIVED


def test_the_word_of_an_overtaken_reply_is_not_lost(database: Database) -> None:
    """It comes back again where recording is repeated, since the first commit may have been confirmed to nobody."""
    claimed = a_claim(database)
    _acknowledge(database, claimed, None)
    overtaken = delivered(claimed, Outcome.ACTIONED)
    assert record(database, overtaken) == record(database, overtaken) != []
    assert trail_of(database, claimed.id) == [Action.ACKNOWLEDGED, Action.DELIVERED]


def test_an_overtaken_notification_is_not_parked(database: Database) -> None:
    """An attempt that would have been the last one parks nothing, nor says so, where the agency has answered."""
    claimed = a_claim(database)
    _acknowledge(database, claimed, Outcome.ACTIONED)
    record(database, given_up(claimed))
    assert state_of(database, claimed.id) is State.ACTIONED
    assert follow_ups_of(database, claimed.id, still_open=True) == []
    assert trail_of(database, claimed.id) == [Action.ACKNOWLEDGED, Action.ATTEMPT_FAILED]


def test_a_batch_is_recorded_each_on_its_own(database: Database) -> None:
    """In one batch each notification goes to its own state, and an overtaken one hinders none."""
    taken, retried, parked, overtaken = (a_claim(database) for _ in range(4))
    _acknowledge(database, overtaken, Outcome.NOT_HELD)
    record(database, delivered(taken), failed(retried), given_up(parked), delivered(overtaken))
    assert [state_of(database, each.id) for each in (taken, retried, parked, overtaken)] == [
        State.DELIVERED,
        State.QUEUED,
        State.PARKED,
        State.NOT_HELD,
    ]
    assert len(_attempts(database)) == 4


def _acknowledge(database: Database, claimed: Claimed, outcome: Outcome | None) -> None:
    Acknowledge(Acknowledgements(database)).acknowledge(STATE_PENSION, [an_acknowledgement(claimed.id, outcome)])


def _attempts(database: Database) -> list[tuple[object, ...]]:
    return query(database, "SELECT number, channel, result, status, duration_ms FROM attempt ORDER BY number")


def _without_times_of_retries(database: Database) -> object:
    stored = contents(database)
    for row in stored["notification"]:
        del row["next_attempt_at"]
    return stored
