"""The life of a notification: its states, and the one table of legal moves between them."""

from enum import StrEnum


class NotificationKind(StrEnum):
    """What a notification does to what its agency was told of the report before."""

    ORIGINAL = "original"  # the first that the agency is told, whichever version of the report that is
    CORRECTION = "correction"  # restates everything, and lists what changed
    WITHDRAWAL = "withdrawal"  # takes back all of it


class State(StrEnum):
    """Where a notification stands."""

    WAITING = "waiting"  # an earlier one of the report must reach the agency first
    QUEUED = "queued"  # waits for its next attempt, or is under way in one
    DELIVERED = "delivered"  # the agency's system took it; collected is not processed
    RECEIVED = "received"  # the agency says that it has it
    QUERIED = "queried"  # the agency asks something; a person must answer
    REJECTED = "rejected"  # the agency refuses it; a person must mend it
    PARKED = "parked"  # not delivered in the time for trying; a person must see to it
    ACTIONED = "actioned"  # closed: the agency has acted
    NOT_HELD = "not-held"  # closed: the agency holds nothing for this person
    REVERSED = "reversed"  # closed: the agency has taken back what it did
    SUPERSEDED = "superseded"  # closed: a later version took its place


class Event(StrEnum):
    """What can happen to a notification."""

    RELEASED = "released"  # the one before it has reached the agency
    SUPERSEDED = "superseded"
    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given-up"
    BOUNCED = "bounced"  # what was taken for delivered came back
    REPLAYED = "replayed"  # a person has it sent again
    RECEIPT = "receipt"
    QUERY = "query"
    REJECTED = "rejected"
    ACTIONED = "actioned"
    NOT_HELD = "not-held"
    REVERSED = "reversed"


CLOSED = frozenset({State.ACTIONED, State.NOT_HELD, State.REVERSED, State.SUPERSEDED})
OPEN = frozenset(State) - CLOSED
UNDELIVERED = frozenset({State.WAITING, State.QUEUED, State.PARKED})
"""A later notification of the report to the agency waits while one is in these."""

_QUESTIONS: dict[Event, State] = {Event.QUERY: State.QUERIED, Event.REJECTED: State.REJECTED}
_ENDS: dict[Event, State] = {
    Event.ACTIONED: State.ACTIONED,
    Event.NOT_HELD: State.NOT_HELD,
    Event.REVERSED: State.REVERSED,
    Event.SUPERSEDED: State.SUPERSEDED,
}
_WORDS: dict[Event, State] = {Event.RECEIPT: State.RECEIVED, **_QUESTIONS, **_ENDS}

MOVES: dict[State, dict[Event, State]] = {
    State.WAITING: {Event.RELEASED: State.QUEUED, Event.SUPERSEDED: State.SUPERSEDED},
    State.QUEUED: {
        Event.DELIVERED: State.DELIVERED,
        Event.FAILED: State.QUEUED,
        Event.GIVEN_UP: State.PARKED,
        **_WORDS,  # an agency may answer before its own reply has reached us
    },
    State.PARKED: {Event.REPLAYED: State.QUEUED, **_WORDS},
    State.DELIVERED: {Event.BOUNCED: State.PARKED, Event.REPLAYED: State.QUEUED, **_WORDS},
    State.RECEIVED: {Event.REPLAYED: State.QUEUED, **_QUESTIONS, **_ENDS},
    State.QUERIED: {Event.REJECTED: State.REJECTED, **_ENDS},
    State.REJECTED: _ENDS,
    State.ACTIONED: {},
    State.NOT_HELD: {},
    State.REVERSED: {},
    State.SUPERSEDED: {},
}

# Words that come late or twice leave the state as it is, so that all orders of the same words end alike.
_DELIVERY = {Event.DELIVERED, Event.FAILED, Event.GIVEN_UP}
_ASKED = {Event.RECEIPT, Event.QUERY, Event.REJECTED}
LATE: dict[State, set[Event]] = {
    State.WAITING: set(),
    State.QUEUED: {Event.RELEASED, Event.BOUNCED},
    State.PARKED: _DELIVERY | {Event.BOUNCED},
    State.DELIVERED: _DELIVERY,
    State.RECEIVED: _DELIVERY | {Event.BOUNCED, Event.RECEIPT},
    State.QUERIED: _DELIVERY | {Event.BOUNCED, Event.RECEIPT, Event.QUERY},
    State.REJECTED: _DELIVERY | {Event.BOUNCED} | _ASKED,
    State.ACTIONED: _DELIVERY | {Event.BOUNCED, Event.SUPERSEDED, Event.ACTIONED} | _ASKED,
    State.NOT_HELD: _DELIVERY | {Event.BOUNCED, Event.SUPERSEDED, Event.NOT_HELD} | _ASKED,
    State.REVERSED: _DELIVERY | {Event.BOUNCED, Event.SUPERSEDED, Event.REVERSED} | _ASKED,
    # What the agency says of a version that a later one has replaced is kept, and not applied.
    State.SUPERSEDED: set(Event) - {Event.RELEASED, Event.REPLAYED},
}

CLOSED_BY: dict[NotificationKind, frozenset[Event]] = {
    NotificationKind.ORIGINAL: frozenset({Event.ACTIONED, Event.NOT_HELD}),
    NotificationKind.CORRECTION: frozenset({Event.ACTIONED, Event.NOT_HELD}),
    NotificationKind.WITHDRAWAL: frozenset({Event.REVERSED}),
}
"""The outcomes by which an agency may close a notification."""
_CLOSING_WORDS = frozenset({Event.ACTIONED, Event.NOT_HELD, Event.REVERSED})


class IllegalMove(Exception):
    """A notification cannot go from the state it is in to the one asked for."""

    def __init__(self, what: str, event: Event) -> None:
        super().__init__(f"a notification that is {what} cannot become {event}")
        self.event = event


def move(state: State, event: Event, kind: NotificationKind = NotificationKind.ORIGINAL) -> State:
    """The state after `event`; the same state where the word comes late. Raises IllegalMove."""
    if event in _CLOSING_WORDS and event not in CLOSED_BY[kind]:
        raise IllegalMove(f"a{'n' if kind is NotificationKind.ORIGINAL else ''} {kind}", event)
    if event in LATE[state]:
        return state
    try:
        return MOVES[state][event]
    except KeyError:
        raise IllegalMove(state, event) from None
