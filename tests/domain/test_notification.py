"""The one table of states and moves."""

import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.notification import (
    CLOSED,
    CLOSED_BY,
    LATE,
    MOVES,
    OPEN,
    Event,
    IllegalMove,
    NotificationKind,
    State,
    move,
)

WORDS = (Event.RECEIPT, Event.QUERY, Event.REJECTED, Event.ACTIONED)
TRIES = (Event.DELIVERED, Event.FAILED, Event.GIVEN_UP)
ILLEGAL = [
    (state, event) for state in State for event in Event if event not in MOVES[state] and event not in LATE[state]
]
SENT = sorted(OPEN - {State.WAITING})


def _kind(event: Event) -> NotificationKind:
    """One that may be closed by this event, where it is one that closes."""
    return NotificationKind.WITHDRAWAL if event is Event.REVERSED else NotificationKind.ORIGINAL


@cache
def ends(state: State, left: tuple[int, ...]) -> frozenset[State]:
    """Every state in which some order of the words that are left ends; `left` counts each of WORDS."""
    if not any(left):
        return frozenset({state})
    return frozenset().union(
        *(
            ends(move(state, word), tuple(count - (other is word) for other, count in zip(WORDS, left, strict=True)))
            for word, count in zip(WORDS, left, strict=True)
            if count
        )
    )


@pytest.mark.parametrize("state", SENT)
def test_all_orders_of_four_words_each_three_times_end_alike(state: State) -> None:
    """From every open state, all 369,600 orders of the four acknowledgements, each three times, end in one state."""
    assert ends(state, (3, 3, 3, 3)) == {State.ACTIONED}


@given(st.lists(st.sampled_from([*WORDS, *WORDS, *TRIES]), max_size=30), st.randoms(use_true_random=False))
def test_words_between_tries_end_alike(events: list[Event], chance: random.Random) -> None:
    """However attempts fall between an agency's words, the words alone decide where the notification ends."""
    words = [event for event in events if event in WORDS]
    shuffled = chance.sample(events, len(events))
    if words:
        assert _after(events) == _after(words) == _after(shuffled)


def _after(events: list[Event]) -> State:
    state = State.QUEUED
    for event in events:
        state = move(state, event)
    return state


@given(st.lists(st.sampled_from(list(Event)), max_size=30))
def test_a_closed_notification_stays_as_it_is(events: list[Event]) -> None:
    """Once closed, nothing moves a notification: a word comes late or is refused."""
    for closed in CLOSED:
        state = closed
        for event in events:
            try:
                state = move(state, event)
            except IllegalMove:
                continue
        assert state is closed


@pytest.mark.parametrize(("state", "event"), ILLEGAL, ids=lambda each: each.value)
def test_an_illegal_move_names_both(state: State, event: Event) -> None:
    """The error of an illegal move says where the notification is and where it was to go."""
    with pytest.raises(IllegalMove, match=f"that is {state} cannot become {event}"):
        move(state, event, _kind(event))


@pytest.mark.parametrize("kind", NotificationKind)
@pytest.mark.parametrize("state", State)
def test_what_closes_depends_on_the_kind(state: State, kind: NotificationKind) -> None:
    """A withdrawal is never actioned or not held, and nothing but a withdrawal is ever reversed."""
    for event in {Event.ACTIONED, Event.NOT_HELD, Event.REVERSED} - CLOSED_BY[kind]:
        with pytest.raises(IllegalMove, match=f"{kind} cannot become {event}"):
            move(state, event, kind)


def test_the_two_closings_exclude_each_other() -> None:
    """What was actioned cannot turn out not to be held, nor the other way round."""
    assert {(State.ACTIONED, Event.NOT_HELD), (State.NOT_HELD, Event.ACTIONED)} <= set(ILLEGAL)


def test_every_state_has_its_row_in_both_tables() -> None:
    """Each state has a row of moves and a row of late words, and no word stands in both."""
    assert set(MOVES) == set(LATE) == set(State)
    assert not [(state, MOVES[state].keys() & LATE[state]) for state in State if MOVES[state].keys() & LATE[state]]


@pytest.mark.parametrize("kind", NotificationKind)
def test_every_open_state_can_be_closed(kind: NotificationKind) -> None:
    """No open state is a dead end: every outcome of the kind closes what was sent, and a later version all of them."""
    assert all(move(state, event, kind) in CLOSED for state in SENT for event in CLOSED_BY[kind])
    assert all(move(state, Event.SUPERSEDED, kind) is State.SUPERSEDED for state in OPEN)
