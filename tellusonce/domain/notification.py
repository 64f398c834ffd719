"""The life of a notification: its states, and the one table of legal moves between them."""

from enum import StrEnum


class State(StrEnum):
    """Where a notification stands."""

    QUEUED = "queued"  # waits for its next attempt, or is under way in one
    DELIVERED = "delivered"  # the agency's system took it; collected is not processed
    RECEIVED = "received"  # the agency says that it has it
    QUERIED = "queried"  # the agency asks something; a person must answer
    REJECTED = "rejected"  # the agency refuses it; a person must mend it
    ACTIONED = "actioned"  # closed: the agency has acted
    NOT_HELD = "not-held"  # closed: the agency holds nothing for this person
    PARKED = "parked"  # not delivered in the time for trying; a person must see to it


class Event(StrEnum):
    """What can happen to a notification."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given-up"
    RECEIPT = "receipt"
    QUERY = "query"
    REJECTED = "rejected"
    ACTIONED = "actioned"
    NOT_HELD = "not-held"
    REVERSED = "reversed"


CLOSED = frozenset({State.ACTIONED, State.NOT_HELD})
OPEN = frozenset(State) - CLOSED

MOVES: dict[State, dict[Event, State]] = {
    State.QUEUED: {
        Event.DELIVERED: State.DELIVERED,
        Event.FAILED: State.QUEUED,
        Event.GIVEN_UP: State.PARKED,
        Event.RECEIPT: State.RECEIVED,  # an agency may answer before its own reply has reached us
        Event.QUERY: State.QUERIED,
        Event.REJECTED: State.REJECTED,
        Event.ACTIONED: State.ACTIONED,
        Event.NOT_HELD: State.NOT_HELD,
    },
    State.PARKED: {
        Event.RECEIPT: State.RECEIVED,
        Event.QUERY: State.QUERIED,
        Event.REJECTED: State.REJECTED,
        Event.ACTIONED: State.ACTIONED,
        Event.NOT_HELD: State.NOT_HELD,
    },
    State.DELIVERED: {
        Event.RECEIPT: State.RECEIVED,
        Event.QUERY: State.QUERIED,
        Event.REJECTED: State.REJECTED,
        Event.ACTIONED: State.ACTIONED,
        Event.NOT_HELD: State.NOT_HELD,
    },
    State.RECEIVED: {
        Event.QUERY: State.QUERIED,
        Event.REJECTED: State.REJECTED,
        Event.ACTIONED: State.ACTIONED,
        Event.NOT_HELD: State.NOT_HELD,
    },
    State.QUERIED: {
        Event.REJECTED: State.REJECTED,
        Event.ACTIONED: State.ACTIONED,
        Event.NOT_HELD: State.NOT_HELD,
    },
    State.REJECTED: {
        Event.ACTIONED: State.ACTIONED,
        Event.NOT_HELD: State.NOT_HELD,
    },
    State.ACTIONED: {},
    State.NOT_HELD: {},
}

# Words that come late or twice leave the state as it is, so that all orders of the same words end alike.
_DELIVERY = {Event.DELIVERED, Event.FAILED, Event.GIVEN_UP}
LATE: dict[State, set[Event]] = {
    State.QUEUED: set(),
    State.PARKED: _DELIVERY,
    State.DELIVERED: _DELIVERY,
    State.RECEIVED: _DELIVERY | {Event.RECEIPT},
    State.QUERIED: _DELIVERY | {Event.RECEIPT, Event.QUERY},
    State.REJECTED: _DELIVERY | {Event.RECEIPT, Event.QUERY, Event.REJECTED},
    State.ACTIONED: _DELIVERY | {Event.RECEIPT, Event.QUERY, Event.REJECTED, Event.ACTIONED},
    State.NOT_HELD: _DELIVERY | {Event.RECEIPT, Event.QUERY, Event.REJECTED, Event.NOT_HELD},
}


class IllegalMove(Exception):
    """A notification cannot go from the state it is in to the one asked for."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"a notification that is {state} cannot become {event}")
        self.state = state
        self.event = event


def move(state: State, event: Event) -> State:
    """The state after `event`; the same state where the word comes late. Raises IllegalMove."""
    if event in LATE[state]:
        return state
    try:
        return MOVES[state][event]
    except KeyError:
        raise IllegalMove(state, event) from None
