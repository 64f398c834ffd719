"""What agencies say, and what follows."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tellusonce.domain.acknowledgement import (
    FOLLOW_UP_OUTCOMES,
    Acknowledgement,
    Kind,
    NeverSent,
    Outcome,
    StaleLease,
    acknowledge,
    lease_id,
)
from tellusonce.domain.notification import OPEN, Event, IllegalMove, NotificationKind, State


def an_acknowledgement(**overrides: Any) -> Acknowledgement:
    given = {
        "notification": "0199f3c2-0000-7000-8000-000000000001",
        "kind": "receipt",
        "at": "2026-03-19T10:00:00+01:00",
    }
    return Acknowledgement.model_validate_json(json.dumps(given | overrides))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_outcome_is_an_event_of_its_name(outcome: Outcome) -> None:
    """Each outcome has an event of the same name, so that the table of moves knows it."""
    assert an_acknowledgement(kind="outcome", outcome=outcome).event.value == outcome.value


def test_a_receipt_is_an_event() -> None:
    """A receipt moves a notification as a receipt."""
    assert an_acknowledgement().event is Event.RECEIPT


@pytest.mark.parametrize(
    "overrides",
    [
        {"kind": "receipt", "outcome": "actioned"},
        {"kind": "outcome"},
        {"kind": "outcome", "outcome": "delivered"},
        {"at": "2026-03-19T10:00:00"},
        {"notification": "1"},
        {"note": "x" * 2_001},
        {"note": "before\0after"},
        {"family_name": "Holloway"},
    ],
)
def test_what_is_no_acknowledgement_is_refused(overrides: dict[str, Any]) -> None:
    """An outcome without its kind, a time without its offset, a note that cannot be stored or a key too many."""
    with pytest.raises(ValidationError):
        an_acknowledgement(**overrides)


def test_a_note_keeps_its_lines() -> None:
    """A note may have several lines; the space around it goes."""
    assert an_acknowledgement(note="  We paid\non 1 April.\n").note == "We paid\non 1 April."


def test_its_time_is_told_in_utc() -> None:
    """The time is the same moment in UTC, whatever the offset it came with."""
    assert an_acknowledgement().at == datetime(2026, 3, 19, 9, tzinfo=UTC)
    assert an_acknowledgement().at.tzinfo is UTC


@pytest.mark.parametrize("state", [State.WAITING, State.QUEUED, State.SUPERSEDED])
def test_what_was_never_sent_cannot_be_acknowledged(state: State) -> None:
    """A notification that no attempt was made at has reached nobody."""
    with pytest.raises(NeverSent, match=f"that is {state} and was never sent"):
        acknowledge(an_acknowledgement(), NotificationKind.ORIGINAL, state, 0)


@pytest.mark.parametrize("state", [State.QUEUED, State.PARKED])
def test_an_answer_may_overtake_the_reply(state: State) -> None:
    """After an attempt whose reply never came, the agency's word counts."""
    word = an_acknowledgement(kind="outcome", outcome="actioned")
    assert acknowledge(word, NotificationKind.ORIGINAL, state, 1) is State.ACTIONED


@pytest.mark.parametrize("outcome", sorted(FOLLOW_UP_OUTCOMES))
@pytest.mark.parametrize("kind", NotificationKind)
def test_what_needs_a_person_stays_open(kind: NotificationKind, outcome: Outcome) -> None:
    """An outcome that opens a follow-up leaves the notification open."""
    word = an_acknowledgement(kind=Kind.OUTCOME, outcome=outcome)
    assert acknowledge(word, kind, State.DELIVERED, 1) in OPEN


def test_only_the_lease_it_is_out_under_acknowledges() -> None:
    """While a pulled notification is out, a word under an earlier lease is refused, and one under its own counts."""
    first, second = (lease_id(an_acknowledgement().notification, attempt) for attempt in (1, 2))
    with pytest.raises(StaleLease):
        acknowledge(an_acknowledgement(lease=first), NotificationKind.ORIGINAL, State.QUEUED, 2)
    assert acknowledge(an_acknowledgement(lease=second), NotificationKind.ORIGINAL, State.QUEUED, 2) is State.RECEIVED
    assert acknowledge(an_acknowledgement(lease=first), NotificationKind.ORIGINAL, State.RECEIVED, 2) is State.RECEIVED


@pytest.mark.parametrize("outcome", [Outcome.ACTIONED, Outcome.NOT_HELD])
def test_a_withdrawal_is_closed_by_a_reversal_alone(outcome: Outcome) -> None:
    """Whatever else an agency says it did, a withdrawal stays open until it is reversed."""
    with pytest.raises(IllegalMove, match=f"that is a withdrawal cannot become {outcome}"):
        acknowledge(an_acknowledgement(kind="outcome", outcome=outcome), NotificationKind.WITHDRAWAL, State.RECEIVED, 1)
    reversed_ = an_acknowledgement(kind="outcome", outcome="reversed")
    assert acknowledge(reversed_, NotificationKind.WITHDRAWAL, State.RECEIVED, 1) is State.REVERSED
