"""The one table of a follow-up's states and moves."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tellusonce.domain.escalation import Escalation, Ladder, Rung, look_again_on, step_taken
from tellusonce.domain.follow_up import FollowUpKind, Purpose, Step
from tellusonce.domain.follow_up_moves import (
    MOVES,
    Act,
    Answer,
    Assign,
    Close,
    FollowUp,
    FollowUpEvent,
    FollowUpState,
    IllegalFollowUpMove,
    NoQuestion,
    Note,
    Reopen,
    Snooze,
    changed,
)
from tellusonce.domain.trail import Action

_TODAY = date(2026, 3, 20)  # a Friday
_ACTS: list[Act] = [
    Assign(owner="staff:gwen"),
    Note(words="Rang them."),
    Snooze(until=date(2026, 3, 27), because="They move house."),
    Close(because="It was seen to by telephone."),
    Reopen(because="It was not."),
    Answer(words="The pension has ended."),
]
_RUNGS = (Rung(step=Step.REMIND_AGENCY, after_working_days=2), Rung(step=Step.SUPERVISOR, after_working_days=5))


def _follow_up(**values: object) -> FollowUp:
    standing = {
        "id": UUID(int=1),
        "report_id": UUID(int=2),
        "notification_id": None,
        "agency": "dwp-state-pension",
        "kind": FollowUpKind.FAMILY_QUESTION,
        "version": 1,
        "owner": None,
        "due_on": _TODAY,
        "snoozed_until": None,
        "steps_taken": 0,
        "raised_to": None,
        "next_step_on": _TODAY,
        "closed_because": None,
    }
    return FollowUp(**{**standing, **values})  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(_ACTS), max_size=12))
def test_whatever_is_done_the_table_decides(acts: list[Act]) -> None:
    """Of any acts in any order, those in the table lead to the state it names; others are refused by both names."""
    follow_up = _follow_up()
    for act in acts:
        legal = MOVES[follow_up.state].get(act.event)
        if legal is None:
            with pytest.raises(IllegalFollowUpMove, match=f"is {follow_up.state} cannot be {act.event}"):
                act.on(follow_up, _TODAY)
            continue
        move = act.on(follow_up, _TODAY)
        assert (move.after.state, move.after.version) == (legal, follow_up.version + 1)
        follow_up = move.after


def test_every_state_and_event_has_its_place() -> None:
    """The table has a row for each state, every event is in some row, and each has its action in the trail."""
    assert set(MOVES) == set(FollowUpState)
    assert {event for row in MOVES.values() for event in row} == set(FollowUpEvent)
    assert all(Action(f"follow-up-{event}") for event in FollowUpEvent)


def test_what_is_written_stays_out_of_the_trail() -> None:
    """Reasons, notes and answers are noted, for their purpose; the trail's detail has none of them."""
    for act, purpose in zip(_ACTS[1:4], (Purpose.NOTE, Purpose.SNOOZING, Purpose.CLOSING), strict=True):
        move = act.on(_follow_up(), _TODAY)
        assert move.note is not None
        assert move.note[0] is purpose
        assert move.note[1] not in str(move.detail)


def test_only_a_familys_question_is_answered_to_the_family() -> None:
    """What an agency asks is answered to the agency."""
    with pytest.raises(NoQuestion):
        Answer(words="No.").on(_follow_up(kind=FollowUpKind.QUERY), _TODAY)


def test_what_is_snoozed_is_due_when_it_wakes() -> None:
    """Its due date moves, so that the ladder is counted from there."""
    move = _ACTS[2].on(_follow_up(), _TODAY)
    assert (move.after.due_on, move.after.snoozed_until) == (date(2026, 3, 27), date(2026, 3, 27))


def test_what_is_opened_again_begins_anew() -> None:
    """It is due today, and its ladder begins with the first step."""
    closed = _follow_up(closed_because="a person closed it", steps_taken=2, raised_to=Step.SUPERVISOR)
    after = Reopen(because="They asked again.").on(closed, _TODAY).after
    assert (after.state, after.steps_taken, after.raised_to, after.next_step_on) == ("open", 0, None, _TODAY)


def test_steps_are_counted_in_working_days() -> None:
    """Two working days after a Friday is the Tuesday, and with a bank holiday on the Monday the Wednesday."""
    assert look_again_on(_follow_up(), _RUNGS, frozenset()) == date(2026, 3, 24)
    assert look_again_on(_follow_up(), _RUNGS, frozenset({date(2026, 3, 23)})) == date(2026, 3, 25)


def test_no_two_steps_are_taken_on_one_day() -> None:
    """Where nobody looked for weeks, the second step follows the first on the next working day; then there is none."""
    late = date(2026, 4, 30)
    first = step_taken(_follow_up(), _RUNGS, late, frozenset())
    assert (first.after.raised_to, first.after.next_step_on) == (Step.REMIND_AGENCY, date(2026, 5, 1))
    second = step_taken(first.after, _RUNGS, date(2026, 5, 1), frozenset())
    assert (second.after.raised_to, second.after.steps_taken, second.after.next_step_on) == (Step.SUPERVISOR, 2, None)
    assert look_again_on(second.after, _RUNGS, frozenset()) is None


def test_what_is_snoozed_or_closed_climbs_no_ladder() -> None:
    """A step is refused for both."""
    for standing in (_follow_up(snoozed_until=_TODAY), _follow_up(closed_because="a person closed it")):
        with pytest.raises(IllegalFollowUpMove):
            changed(standing, FollowUpEvent.ESCALATED)


def test_a_ladder_that_does_not_climb_is_refused() -> None:
    """Steps come days after one another, each kind stands in one ladder, and a report is no agency's affair."""
    with pytest.raises(ValidationError, match="days after the one before"):
        Ladder(kinds=(FollowUpKind.QUERY,), steps=_RUNGS[::-1])
    with pytest.raises(ValidationError, match="to no agency"):
        Ladder(kinds=(FollowUpKind.POSSIBLE_DUPLICATE,), steps=_RUNGS)
    with pytest.raises(ValidationError, match="one ladder alone"):
        Escalation(ladders=(Ladder(kinds=(FollowUpKind.QUERY,), steps=_RUNGS),) * 2)
