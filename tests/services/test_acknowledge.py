"""Taking agencies' words, over a real database: each is answered on its own and in its place."""

from functools import partial
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from tellusonce.domain.acknowledgement import Acknowledgement, Outcome
from tellusonce.domain.notification import State
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.services.acknowledge import Acknowledge, Answered, Verdict
from tests.persistence.racing import at_once
from tests.persistence.stored import STATE_PENSION, a_claim, an_acknowledgement, delivered, query, record

_words = st.lists(st.tuples(st.integers(0, 3), st.none() | st.sampled_from(Outcome)), max_size=10)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_words)
def test_together_or_one_by_one_the_answers_are_the_same(
    database: Database, words: list[tuple[int, Outcome | None]]
) -> None:
    """Words on several notifications get the same answers in one request as in one request each."""
    together, one_by_one = _notifications(database), _notifications(database)
    assert [_meaning(answer) for answer in _say(database, *_said(words, together))] == [
        _meaning(answer) for word in _said(words, one_by_one) for answer in _say(database, word)
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_words)
def test_saying_everything_again_gives_the_same_answers(
    database: Database, words: list[tuple[int, Outcome | None]]
) -> None:
    """A request sent again, as after a cut connection, is answered as before wherever its words were recorded."""
    said = _said(words, _notifications(database))
    for first, again in zip(_say(database, *said), _say(database, *said), strict=True):
        if first.verdict is Verdict.RECORDED:
            assert again == first


def test_words_sent_one_by_one_at_the_same_time_are_each_answered(database: Database) -> None:
    """Many requests at once: each gets its own answer, a repeated word the same, an unknown notification its own."""
    *known, unknown = _notifications(database)
    acknowledge = Acknowledge(Acknowledgements(database))
    words = [an_acknowledgement(each) for each in (*known, unknown) for _ in range(4)]
    answers = at_once([partial(acknowledge.acknowledge_one, STATE_PENSION, word) for word in words])
    assert [each.verdict if isinstance(each, Answered) else each for each in answers] == [
        *[Verdict.RECORDED] * 4 * len(known),
        *[Verdict.UNKNOWN] * 4,
    ]
    assert [each.notification for each in answers if isinstance(each, Answered)] == [
        word.notification for word in words
    ]
    assert query(database, "SELECT count(*) FROM acknowledgement") == [(len(known),)]


def test_no_words_no_answers(database: Database) -> None:
    """A request without words is answered with none."""
    assert _say(database) == []


def test_answers_say_where_the_notification_stands(database: Database) -> None:
    """A recorded word is answered with the state it led to, a refused one with the state that stands and the reason."""
    (notification, *_) = _notifications(database)
    assert _say(
        database,
        an_acknowledgement(notification, Outcome.ACTIONED),
        an_acknowledgement(notification, Outcome.NOT_HELD),
        an_acknowledgement(notification),
    ) == [
        Answered(notification, Verdict.RECORDED, State.ACTIONED),
        Answered(
            notification, Verdict.REFUSED, State.ACTIONED, "a notification that is actioned cannot become not-held"
        ),
        Answered(notification, Verdict.RECORDED, State.ACTIONED),
    ]


def _notifications(database: Database) -> list[UUID]:
    """Two that are delivered, one that is out with no reply yet, and one that nobody has."""
    first, second, under_way = (a_claim(database) for _ in range(3))
    record(database, delivered(first), delivered(second))
    return [first.id, second.id, under_way.id, uuid7()]


def _said(words: list[tuple[int, Outcome | None]], notifications: list[UUID]) -> list[Acknowledgement]:
    return [an_acknowledgement(notifications[which], outcome) for which, outcome in words]


def _say(database: Database, *words: Acknowledgement) -> list[Answered]:
    return Acknowledge(Acknowledgements(database)).acknowledge(STATE_PENSION, words)


def _meaning(answer: Answered) -> tuple[Verdict, State | None, str | None]:
    return answer.verdict, answer.state, answer.reason
