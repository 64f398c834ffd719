"""Agencies' words on the database: each recorded once, whatever comes late, twice, out of order or at once."""

from functools import partial
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from tellusonce.domain.acknowledgement import Acknowledgement, Outcome
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_ups import FollowUps
from tellusonce.services.acknowledge import Acknowledge, Answered, Verdict
from tests.persistence.racing import at_once
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_claim,
    a_stored_notification,
    an_acknowledgement,
    claim,
    contents,
    delivered,
    follow_ups_of,
    given_up,
    query,
    record,
    state_of,
    trail_of,
)

RECEIPT = None
_WORDS = (RECEIPT, Outcome.QUERY, Outcome.REJECTED, Outcome.ACTIONED)


def test_all_orders_of_words_end_alike(database: Database) -> None:
    """All orders of four words, each said three times, end in one state with one trail entry for each word (F8)."""
    orders = list(permutations(_WORDS))
    three_times_on_end = [[word for word in order for _ in range(3)] for order in orders]
    over_and_over = [order * 3 for order in orders]
    for said in (*three_times_on_end, *over_and_over):
        notification = _a_delivered_notification(database)
        _say(database, *(an_acknowledgement(notification, word) for word in said))
        _assert_settled(database, notification)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(_WORDS * 3), together=st.integers(1, 12))
def test_any_order_of_words_ends_alike(database: Database, order: list[Outcome | None], together: int) -> None:
    """The same holds where the twelve come in any order, in requests of any size."""
    notification = _a_delivered_notification(database)
    said = [an_acknowledgement(notification, word) for word in order]
    for start in range(0, len(said), together):
        _say(database, *said[start : start + together])
    _assert_settled(database, notification)


def test_all_words_at_once_end_alike(database: Database) -> None:
    """The same holds where the twelve come at once, each over a connection of its own."""
    notification = _a_delivered_notification(database)
    answers = at_once([partial(_say, database, an_acknowledgement(notification, word)) for word in _WORDS * 2])
    assert {answer.verdict for each in answers if isinstance(each, list) for answer in each} == {Verdict.RECORDED}
    _assert_settled(database, notification)


def test_a_repeated_word_is_answered_as_the_first_was(database: Database) -> None:
    """A receipt said again after the outcome is answered with the state it led to then, and changes nothing."""
    notification = _a_delivered_notification(database)
    first = _say(database, an_acknowledgement(notification))
    _say(database, an_acknowledgement(notification, Outcome.ACTIONED))
    before = contents(database)
    assert _say(database, an_acknowledgement(notification)) == first
    assert first == [Answered(notification, Verdict.RECORDED, State.RECEIVED)]
    assert contents(database) == before


def test_a_late_word_is_recorded_and_moves_nothing(database: Database) -> None:
    """A question that comes only after the outcome is kept, with its trail entry; it moves nothing and needs nobody."""
    notification = _a_delivered_notification(database)
    _say(database, an_acknowledgement(notification, Outcome.NOT_HELD))
    ((closed_at,),) = query(database, "SELECT closed_at FROM notification")
    assert _say(database, an_acknowledgement(notification, Outcome.QUERY)) == [
        Answered(notification, Verdict.RECORDED, State.NOT_HELD)
    ]
    assert query(database, "SELECT state, closed_at FROM notification") == [("not-held", closed_at)]
    assert trail_of(database, notification) == [Action.DELIVERED, Action.ACKNOWLEDGED, Action.ACKNOWLEDGED]


def test_of_two_conflicting_outcomes_one_wins(database: Database) -> None:
    """Where actioned and not held come at once, one is recorded and the other refused, both states named."""
    conflicting = (Outcome.ACTIONED, Outcome.NOT_HELD)
    for _ in range(10):
        notification = _a_delivered_notification(database)
        answers = at_once([partial(_say, database, an_acknowledgement(notification, word)) for word in conflicting])
        won = state_of(database, notification)
        (lost,) = {State.ACTIONED, State.NOT_HELD} - {won}
        reason = f"a notification that is {won} cannot become {lost}"
        assert [Answered(notification, Verdict.RECORDED, won)] in answers
        assert [Answered(notification, Verdict.REFUSED, won, reason)] in answers
    assert query(database, "SELECT count(*) FROM acknowledgement") == [(10,)]


def test_a_refused_word_changes_nothing(database: Database) -> None:
    """An illegal word is refused with the state that stands, and leaves no row and no trail entry."""
    notification = _a_delivered_notification(database)
    before = contents(database)
    assert _say(database, an_acknowledgement(notification, Outcome.REVERSED)) == [
        Answered(
            notification, Verdict.REFUSED, State.DELIVERED, "a notification that is an original cannot become reversed"
        )
    ]
    assert contents(database) == before


def test_another_agencys_notification_is_unknown(database: Database) -> None:
    """An agency cannot acknowledge another's notification, nor learn that there is one."""
    notification = _a_delivered_notification(database)
    before = contents(database)
    words = [an_acknowledgement(notification), an_acknowledgement(uuid7())]
    answers = Acknowledge(Acknowledgements(database)).acknowledge(COUNCIL_TAX, words)
    assert [(answer.verdict, answer.state) for answer in answers] == [(Verdict.UNKNOWN, None)] * 2
    assert len({answer.reason for answer in answers}) == 1
    assert contents(database) == before


def test_what_was_never_sent_cannot_be_acknowledged(database: Database) -> None:
    """A word on a notification that no attempt was made at is refused, and the notification stays due."""
    notification = a_stored_notification(database)
    (answer,) = _say(database, an_acknowledgement(notification, Outcome.ACTIONED))
    assert (answer.verdict, answer.state) == (Verdict.REFUSED, State.QUEUED)
    assert answer.reason == "a notification that is queued and was never sent cannot be acknowledged"
    assert [each.id for each in claim(database)] == [notification]


def test_a_word_may_come_before_its_reply(database: Database) -> None:
    """An agency may answer while its own reply is still on the way: the notification is due no more."""
    claimed = a_claim(database)
    _say(database, an_acknowledgement(claimed.id, Outcome.ACTIONED))
    assert query(database, "SELECT state, next_attempt_at FROM notification") == [("actioned", None)]


def test_a_parked_notification_can_still_be_answered(database: Database) -> None:
    """An agency that had it after all closes a parked notification, and the follow-up with it."""
    claimed = a_claim(database)
    record(database, given_up(claimed))
    _say(database, an_acknowledgement(claimed.id, Outcome.ACTIONED))
    assert state_of(database, claimed.id) is State.ACTIONED
    assert follow_ups_of(database, claimed.id, still_open=True) == []
    assert follow_ups_of(database, claimed.id, still_open=False) == [FollowUpKind.UNDELIVERABLE]


@pytest.mark.parametrize("outcome", [Outcome.QUERY, Outcome.REJECTED])
def test_a_follow_up_opens_and_closes_with_the_outcome(database: Database, outcome: Outcome) -> None:
    """A question or a rejection opens one follow-up, which closes once the agency has acted; the trail tells both."""
    notification = _a_delivered_notification(database)
    _say(database, *[an_acknowledgement(notification, outcome)] * 2)
    assert follow_ups_of(database, notification, still_open=True) == [FollowUpKind(outcome)]
    _say(database, an_acknowledgement(notification, Outcome.ACTIONED))
    assert follow_ups_of(database, notification, still_open=True) == []
    assert trail_of(database, notification) == [
        Action.DELIVERED,
        Action.ACKNOWLEDGED,
        Action.FOLLOW_UP_OPENED,
        Action.ACKNOWLEDGED,
        Action.FOLLOW_UP_CLOSED,
    ]


def test_a_receipt_closes_only_what_it_answers(database: Database) -> None:
    """A receipt ends the receipt's being overdue; the outcome's stays open."""
    notification = _a_delivered_notification(database)
    ((due_on,),) = query(database, "SELECT outcome_due_on + 1 FROM notification")
    for kind in (FollowUpKind.RECEIPT_OVERDUE, FollowUpKind.OUTCOME_OVERDUE):
        FollowUps(database).open_overdue(kind, due_on, limit=10)
    _say(database, an_acknowledgement(notification))
    assert follow_ups_of(database, notification, still_open=True) == [FollowUpKind.OUTCOME_OVERDUE]


def test_many_words_are_answered_each_on_its_own(database: Database) -> None:
    """Words on several notifications, good, repeated, illegal and unknown, are each answered in their place."""
    one, other = _a_delivered_notification(database), _a_delivered_notification(database)
    answers = _say(
        database,
        an_acknowledgement(one),
        an_acknowledgement(other, Outcome.NOT_HELD),
        an_acknowledgement(uuid7()),
        an_acknowledgement(one, Outcome.ACTIONED),
        an_acknowledgement(other, Outcome.ACTIONED),
        an_acknowledgement(one),
    )
    assert [(answer.verdict, answer.state) for answer in answers] == [
        (Verdict.RECORDED, State.RECEIVED),
        (Verdict.RECORDED, State.NOT_HELD),
        (Verdict.UNKNOWN, None),
        (Verdict.RECORDED, State.ACTIONED),
        (Verdict.REFUSED, State.NOT_HELD),
        (Verdict.RECORDED, State.RECEIVED),
    ]


def _a_delivered_notification(database: Database) -> UUID:
    claimed = a_claim(database)
    record(database, delivered(claimed))
    return claimed.id


def _say(database: Database, *words: Acknowledgement) -> list[Answered]:
    return Acknowledge(Acknowledgements(database)).acknowledge(STATE_PENSION, words)


def _assert_settled(database: Database, notification: UUID) -> None:
    assert state_of(database, notification) is State.ACTIONED
    assert trail_of(database, notification).count(Action.ACKNOWLEDGED) == len(_WORDS)
    recorded = query(database, "SELECT count(*) FROM acknowledgement WHERE notification_id = %s", notification)
    assert recorded == [(len(_WORDS),)]
    assert follow_ups_of(database, notification, still_open=True) == []
