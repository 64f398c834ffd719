"""Emptying a lane, over a real database: everything due is sent, and whatever comes of it is recorded."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.deliver import Answer, Claimed, NotAllowed, Result
from tellusonce.services.storage import StorageUnreachable
from tellusonce.settings import Settings
from tests.persistence.racing import at_once
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_stored_notification,
    a_stored_report,
    an_acknowledgement,
    claim,
    follow_ups_of,
    query,
    state_of,
    trail_of,
)
from tests.services.deliverer import a_deliverer
from tests.services.outboxes import ScriptedOutbox, answering, in_turn, taking


def test_a_lane_is_emptied(database: Database) -> None:
    """Everything due is sent once, however many claims that takes, with never more under way than one claim holds."""
    notifications = {a_stored_notification(database) for _ in range(7)}
    outbox = ScriptedOutbox(taking)
    a_deliverer(database, outbox, claim_limit=3).deliver(STATE_PENSION)
    assert len(outbox.sent) == 7
    assert {claimed.id for claimed, _ in outbox.sent} == notifications
    assert outbox.most_under_way == 3
    assert query(database, "SELECT DISTINCT state FROM notification") == [("delivered",)]


def test_what_comes_when_little_was_due_waits_for_its_bell(database: Database) -> None:
    """Where little was due all of it was taken: nothing is claimed again for what would have rung."""
    a_stored_notification(database)
    outbox = ScriptedOutbox(taking, meanwhile=partial(a_stored_notification, database))
    deliver = a_deliverer(database, outbox)
    deliver.deliver(STATE_PENSION)
    assert len(outbox.sent) == 1
    deliver.deliver(STATE_PENSION)
    assert len(outbox.sent) == 2


def test_the_letter_is_what_was_rendered(database: Database) -> None:
    """Each notification goes out with the message rendered for it."""
    notification = a_stored_notification(database)
    outbox = ScriptedOutbox(taking)
    a_deliverer(database, outbox).deliver(STATE_PENSION)
    assert [(claimed.id, body) for claimed, body in outbox.sent] == [(notification, str(notification).encode())]


def test_other_lanes_are_left_alone(database: Database) -> None:
    """Emptying one agency's lane sends nothing to another."""
    report = a_stored_report(database, STATE_PENSION, COUNCIL_TAX)
    a_deliverer(database, ScriptedOutbox(taking)).deliver(STATE_PENSION)
    assert state_of(database, report.notifications[1].id) is State.QUEUED


def test_what_is_under_way_is_seen_through(database: Database) -> None:
    """Told to stop, it claims nothing more, and records the answers of what it has sent."""
    for _ in range(6):
        a_stored_notification(database)
    outbox = ScriptedOutbox(taking)
    a_deliverer(database, outbox, claim_limit=2).deliver(STATE_PENSION, stop=lambda: bool(outbox.sent))
    assert query(database, "SELECT state, count(*) FROM notification GROUP BY state ORDER BY state") == [
        ("delivered", 2),
        ("queued", 4),
    ]


def test_told_to_stop_before_it_starts_it_claims_nothing(database: Database) -> None:
    """A process that is going down takes nothing on."""
    a_stored_notification(database)
    a_deliverer(database, ScriptedOutbox(taking)).deliver(STATE_PENSION, stop=lambda: True)
    assert query(database, "SELECT attempts FROM notification") == [(0,)]


def test_a_failure_is_tried_again_by_the_schedule(database: Database, subtests: pytest.Subtests) -> None:
    """What was not delivered stays queued and waits as the schedule says after that many attempts."""
    for result, (attempts_before, wait_seconds) in product(
        (Result.REFUSED, Result.TIMED_OUT, Result.UNREACHABLE), ((0, 5), (1, 300), (6, 300))
    ):
        with subtests.test(result.value, attempts_before=attempts_before):
            notification = a_stored_notification(database)
            query(database, "UPDATE notification SET attempts = %s WHERE id = %s", attempts_before, notification)
            a_deliverer(database, ScriptedOutbox(answering(result))).deliver(STATE_PENSION)
            assert _seconds_to_next_attempt(database, notification) == pytest.approx(wait_seconds, abs=2)
            assert trail_of(database, notification) == [Action.ATTEMPT_FAILED]


def test_an_agency_may_ask_for_more_time(database: Database) -> None:
    """Where the agency asks for a longer wait than the schedule's, it gets it."""
    notification = a_stored_notification(database)
    asking = answering(Result.REFUSED, status=429, retry_after_seconds=60)
    a_deliverer(database, ScriptedOutbox(asking)).deliver(STATE_PENSION)
    assert _seconds_to_next_attempt(database, notification) == pytest.approx(60, abs=2)


def test_after_the_time_for_trying_a_person_is_needed(database: Database) -> None:
    """A notification that could not be delivered in fourteen days is parked, with a follow-up, and never dropped."""
    notification = a_stored_notification(database)
    deliver = a_deliverer(database, ScriptedOutbox(answering(Result.UNREACHABLE)), age=timedelta(days=14))
    deliver.deliver(STATE_PENSION)
    assert state_of(database, notification) is State.PARKED
    assert follow_ups_of(database, notification, still_open=True) == [FollowUpKind.UNDELIVERABLE]


def test_an_agency_that_is_gone_is_paused(database: Database) -> None:
    """After 410 Gone nothing more is claimed for the agency; its notifications wait, none parked."""
    for _ in range(5):
        a_stored_notification(database)
    outbox = ScriptedOutbox(answering(Result.GONE, status=410))
    a_deliverer(database, outbox, claim_limit=2).deliver(STATE_PENSION)
    assert len(outbox.sent) == 2
    assert query(database, "SELECT agency, paused_because FROM lane") == [
        (STATE_PENSION, "the agency answered 410 Gone")
    ]
    assert query(database, "SELECT DISTINCT state, next_attempt_at <= now() FROM notification") == [("queued", True)]


def test_what_was_not_sent_is_due_at_once(database: Database) -> None:
    """A notification whose turn did not come within its lease is claimed again, as a new attempt."""
    notification = a_stored_notification(database)
    outbox = ScriptedOutbox(in_turn(answering(Result.NOT_SENT), taking))
    deliver = a_deliverer(database, outbox)
    deliver.deliver(STATE_PENSION)
    deliver.deliver(STATE_PENSION)
    assert [claimed.attempt for claimed, _ in outbox.sent] == [1, 2]
    assert state_of(database, notification) is State.DELIVERED


def test_what_the_agreement_no_longer_allows_is_parked(database: Database) -> None:
    """A notification that may not be rendered is not sent but parked for a person; the others go out."""
    forbidden, allowed = a_stored_notification(database), a_stored_notification(database)
    outbox = ScriptedOutbox(taking)
    a_deliverer(database, outbox, render=partial(_render_but_not, forbidden)).deliver(STATE_PENSION)
    assert [claimed.id for claimed, _ in outbox.sent] == [allowed]
    assert state_of(database, forbidden) is State.PARKED
    assert query(database, "SELECT result FROM attempt WHERE notification_id = %s", forbidden) == [("not-allowed",)]
    assert follow_ups_of(database, forbidden, still_open=True) == [FollowUpKind.UNDELIVERABLE]


def test_a_word_in_the_reply_counts(database: Database, subtests: pytest.Subtests) -> None:
    """An acknowledgement in the reply moves the notification as one that is posted would."""
    for outcome, state, follow_ups in (
        (None, State.RECEIVED, []),
        (Outcome.ACTIONED, State.ACTIONED, []),
        (Outcome.NOT_HELD, State.NOT_HELD, []),
        (Outcome.QUERY, State.QUERIED, [FollowUpKind.QUERY]),
        (Outcome.REJECTED, State.REJECTED, [FollowUpKind.REJECTED]),
    ):
        with subtests.test(state.value):
            notification = a_stored_notification(database)
            a_deliverer(database, ScriptedOutbox(_saying(outcome))).deliver(STATE_PENSION)
            assert state_of(database, notification) is state
            assert follow_ups_of(database, notification, still_open=True) == follow_ups


def test_a_word_that_cannot_be_leaves_the_delivery(database: Database) -> None:
    """A reply that says what an original cannot become is delivered all the same; the word is not recorded."""
    notification = a_stored_notification(database)
    a_deliverer(database, ScriptedOutbox(_saying(Outcome.REVERSED))).deliver(STATE_PENSION)
    assert state_of(database, notification) is State.DELIVERED
    assert query(database, "SELECT * FROM acknowledgement") == []


def test_a_reply_that_was_overtaken_is_still_heard(database: Database) -> None:
    """Where the agency posts a receipt while its reply with the outcome is under way, both count."""
    notification = a_stored_notification(database)
    receipt = an_acknowledgement(notification)
    outbox = ScriptedOutbox(
        _saying(Outcome.ACTIONED),
        meanwhile=lambda: Acknowledge(Acknowledgements(database)).acknowledge(STATE_PENSION, [receipt]),
    )
    a_deliverer(database, outbox).deliver(STATE_PENSION)
    assert state_of(database, notification) is State.ACTIONED
    assert trail_of(database, notification) == [Action.ACKNOWLEDGED, Action.DELIVERED, Action.ACKNOWLEDGED]


def test_answers_survive_a_lost_connection(database: Database, database_url: str) -> None:
    """Where PostgreSQL drops its connections while pushes are under way, what the agency answered is recorded."""
    for _ in range(3):
        a_stored_notification(database)
    outbox = ScriptedOutbox(taking, meanwhile=partial(_drop_connections, database_url))
    a_deliverer(database, outbox, claim_limit=1).deliver(STATE_PENSION)
    assert query(database, "SELECT attempts, state FROM notification") == [(1, "delivered")] * 3


def test_answers_are_recorded_while_nothing_can_be_claimed(database: Database, database_url: str) -> None:
    """Where a claim fails while pushes are under way, their answers are recorded, and the rest waits for a bell."""
    for _ in range(5):
        a_stored_notification(database)
    impatient = Database(database_url, Settings(lock_timeout_seconds=0.05))
    with psycopg.connect(database_url) as other:
        outbox = ScriptedOutbox(taking, meanwhile=partial(other.execute, "LOCK TABLE report"))
        a_deliverer(impatient, outbox, claim_limit=4).deliver(STATE_PENSION)
    assert query(database, "SELECT state, count(*) FROM notification GROUP BY state ORDER BY state") == [
        ("delivered", 4),
        ("queued", 1),
    ]
    impatient.close()


def test_where_nothing_can_be_claimed_it_is_said(database_url: str) -> None:
    """A lane whose database cannot be reached breaks off, to be attended again when its bell rings."""
    nobody = Database("postgresql://127.0.0.1:1/tellusonce", Settings())
    with pytest.raises(StorageUnreachable):
        a_deliverer(nobody, ScriptedOutbox(taking)).deliver(STATE_PENSION)


def test_two_workers_send_each_once(database: Database) -> None:
    """Two workers that empty one lane at once send each notification once between them."""
    notifications = {a_stored_notification(database) for _ in range(20)}
    outboxes = [ScriptedOutbox(taking), ScriptedOutbox(taking)]
    at_once([partial(a_deliverer(database, each, claim_limit=3).deliver, STATE_PENSION) for each in outboxes])
    sent = [claimed.id for outbox in outboxes for claimed, _ in outbox.sent]
    assert len(sent) == 20
    assert set(sent) == notifications
    assert claim(database) == []


def _render_but_not(forbidden: object, claimed: Claimed) -> bytes:
    if claimed.id == forbidden:
        raise NotAllowed
    return b"a message"


def _saying(outcome: Outcome | None) -> Callable[[Claimed], Answer]:
    return lambda claimed: Answer(
        claimed, Result.DELIVERED, status=200, acknowledgement=an_acknowledgement(claimed.id, outcome)
    )


def _seconds_to_next_attempt(database: Database, notification: UUID) -> Any:
    ((seconds,),) = query(
        database,
        "SELECT extract(epoch FROM next_attempt_at - now())::float8 FROM notification WHERE id = %s",
        notification,
    )
    return seconds


def _drop_connections(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
