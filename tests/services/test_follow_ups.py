"""Seeing to follow-ups, over a real database."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.follow_up_moves import (
    Answer,
    Assign,
    Change,
    Close,
    FollowUpState,
    HandOver,
    IllegalFollowUpMove,
    Note,
    Reopen,
    Snooze,
)
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_up_moves import FollowUpMoves
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.follow_ups import AnotherIsOpen, FollowUpChanged, FollowUps, NoSuchFollowUp
from tests.persistence.following_up import NOW, a_follow_up, history, notes, seeing_to
from tests.persistence.racing import at_once
from tests.persistence.stored import STATE_PENSION, an_acknowledgement, query

_GWEN, _IDRIS = "staff:gwen", "staff:idris"


def test_a_follow_up_is_seen_to(database: Database) -> None:
    """Assigned, noted, put off, closed and opened again: each is in its trail, and what was written in its notes."""
    follow_up, desk = a_follow_up(database), seeing_to(database)
    desk.act(follow_up, Assign(owner=_GWEN), _IDRIS)
    desk.act(follow_up, Note(words="They ask for the daughter's address."), _GWEN)
    desk.act(follow_up, Snooze(until=date(2026, 11, 27), because="They move house."), _GWEN)
    desk.act(follow_up, Close(because="They have it now."), _GWEN)
    after = desk.act(follow_up, Reopen(because="They have lost it."), _IDRIS)
    assert (after.state, after.owner, after.due_on, after.version) == (FollowUpState.OPEN, _GWEN, NOW.date(), 6)
    assert history(database, follow_up) == [
        ("opened", "tellusonce", {}),
        ("assigned", _IDRIS, {"owner": _GWEN, "before": None}),
        ("noted", _GWEN, {}),
        ("snoozed", _GWEN, {"until": "2026-11-27"}),
        ("closed", _GWEN, {}),
        ("reopened", _IDRIS, {}),
    ]
    assert notes(database, follow_up) == [
        (_GWEN, "note", "They ask for the daughter's address."),
        (_GWEN, "snoozing", "They move house."),
        (_GWEN, "closing", "They have it now."),
        (_IDRIS, "reopening", "They have lost it."),
    ]


def test_what_is_written_is_not_stored_in_the_clear(database: Database) -> None:
    """A note may name anybody."""
    follow_up = a_follow_up(database)
    seeing_to(database).act(follow_up, Note(words="Maureen rang."), _GWEN)
    ((stored,),) = query(database, "SELECT words FROM follow_up_note")
    assert b"Maureen" not in stored


def test_an_illegal_move_is_refused_and_writes_nothing(database: Database) -> None:
    """The error names the state it is in and what it was to be."""
    follow_up, desk = a_follow_up(database), seeing_to(database)
    desk.act(follow_up, Close(because="Done."), _GWEN)
    before = history(database, follow_up)
    with pytest.raises(IllegalFollowUpMove, match="is closed cannot be snoozed"):
        desk.act(follow_up, Snooze(until=date(2026, 11, 27), because="No hurry."), _GWEN)
    with pytest.raises(NoSuchFollowUp):
        desk.act(uuid4(), Assign(owner=_GWEN), _GWEN)
    assert history(database, follow_up) == before


def test_nothing_is_put_off_for_longer_than_is_set(database: Database) -> None:
    """From tomorrow to the thirtieth day; the fault says which is the last."""
    follow_up, desk = a_follow_up(database), seeing_to(database)
    for days in (0, 31):
        with pytest.raises(InputRefused) as refused:
            desk.act(follow_up, Snooze(until=NOW.date() + timedelta(days), because="No hurry."), _GWEN)
        assert refused.value.faults[0].message == "This must be a day after today and no later than 20 December 2026."
    assert desk.act(follow_up, Snooze(until=NOW.date() + timedelta(30), because="No hurry."), _GWEN).snoozed_until


def test_who_looked_at_it_before_another_changed_it_is_told(database: Database) -> None:
    """Where a version is given, nothing is done to a later one."""
    follow_up, desk = a_follow_up(database), seeing_to(database)
    seen = desk.act(follow_up, Note(words="Rang them."), _GWEN).version
    desk.act(follow_up, Assign(owner=_IDRIS), _IDRIS, version=seen)
    with pytest.raises(FollowUpChanged):
        desk.act(follow_up, Close(because="Done."), _GWEN, version=seen)


def test_a_dry_run_changes_nothing(database: Database) -> None:
    """It says how the follow-up would stand."""
    follow_up, desk = a_follow_up(database), seeing_to(database)
    assert desk.act(follow_up, Close(because="Done."), _GWEN, dry_run=True).state is FollowUpState.CLOSED
    assert history(database, follow_up) == [("opened", "tellusonce", {})]


def test_an_answer_closes_the_familys_question(database: Database) -> None:
    """The answer is kept for their page; a second question is another follow-up."""
    follow_up = a_follow_up(database, FollowUpKind.FAMILY_QUESTION, words="Has the pension ended?")
    after = seeing_to(database).act(follow_up, Answer(words="It has, on 14 March."), _GWEN)
    assert (after.state, after.closed_because) == (FollowUpState.CLOSED, "the family was answered")
    assert notes(database, follow_up) == [(_GWEN, "answer", "It has, on 14 March.")]


def test_what_was_opened_anew_is_not_opened_again(database: Database) -> None:
    """There is one open follow-up of a kind for a notification, whoever wants another."""
    follow_up, desk = a_follow_up(database), seeing_to(database)
    desk.act(follow_up, Close(because="Done."), _GWEN)
    query(
        database,
        "INSERT INTO follow_up (id, report_id, notification_id, agency, kind, due_on) "
        "SELECT gen_random_uuid(), report_id, notification_id, agency, kind, due_on FROM follow_up",
    )
    with pytest.raises(AnotherIsOpen):
        desk.act(follow_up, Reopen(because="They asked again."), _GWEN)


def test_one_persons_work_is_handed_over(database: Database) -> None:
    """All of it, in batches, closed ones excepted; a dry run only counts."""
    desk = seeing_to(database, limit=3)
    hers = [a_follow_up(database, owner=_GWEN) for _ in range(8)]
    desk.act(hers[0], Close(because="Done."), _GWEN)
    other = a_follow_up(database, owner="staff:olwen")
    over = HandOver(owner=_IDRIS, words="I am away until the ninth.")
    assert desk.hand_over(_GWEN, over, _GWEN, dry_run=True) == 3
    assert desk.hand_over(_GWEN, over, _GWEN) == 7
    assert query(database, "SELECT owner, count(*) FROM follow_up GROUP BY owner ORDER BY owner") == [
        (_GWEN, 1),
        (_IDRIS, 7),
        ("staff:olwen", 1),
    ]
    assert notes(database, hers[1]) == [(_GWEN, "handing-over", "I am away until the ninth.")]
    assert history(database, other) == [("opened", "tellusonce", {})]
    with pytest.raises(InputRefused):
        desk.hand_over(_IDRIS, HandOver(owner=_IDRIS), _GWEN)


class _HandingBack(FollowUpMoves):
    """A colleague who is away too, and hands over at the same time: all comes back at once."""

    def change(self, changes: Sequence[Change], actor: str) -> frozenset[UUID]:
        """As it is, and the other way round."""
        written = super().change(changes, actor)
        back = [HandOver(owner=_GWEN).on(each, NOW.date()) for each in self.owned_by(_IDRIS, 100)]
        super().change(back, _IDRIS)
        return written


def test_work_does_not_go_to_and_fro_between_two_who_hand_over_at_once(database: Database) -> None:
    """What comes back has been given once, and stays."""
    for _ in range(8):
        a_follow_up(database, owner=_GWEN)
    desk = FollowUps(_HandingBack(database), lambda: NOW, snooze_limit_days=30, limit=3)
    assert desk.hand_over(_GWEN, HandOver(owner=_IDRIS), _GWEN) == 8
    assert query(database, "SELECT owner, version, count(*) FROM follow_up GROUP BY 1, 2") == [(_GWEN, 3, 8)]


def test_each_of_many_is_answered_on_its_own(database: Database) -> None:
    """One that is closed is refused with the reason, the others are done."""
    desk = seeing_to(database)
    closed, first, second = (a_follow_up(database) for _ in range(3))
    desk.act(closed, Close(because="Done."), _GWEN)
    done = desk.act_on_each([first, closed, second], Assign(owner=_IDRIS), _GWEN)
    assert [each.refused for each in done] == [None, "a follow-up that is closed cannot be assigned", None]


def test_people_who_act_at_once_lose_nothing(database: Database) -> None:
    """Of eight who note and assign at once each is written, one after another; the version counts them all."""
    follow_up, desk = a_follow_up(database), seeing_to(database)
    people = [f"staff:person-{number}" for number in range(8)]
    acts = [partial(desk.act, follow_up, Note(words=f"By {each}."), each) for each in people[:4]]
    acts += [partial(desk.act, follow_up, Assign(owner=each), each) for each in people[4:]]
    assert not [each for each in at_once(acts) if isinstance(each, Exception)]
    assert len(history(database, follow_up)) == 9
    assert sorted(author for author, *_ in notes(database, follow_up)) == people[:4]
    assert query(database, "SELECT version FROM follow_up") == [(9,)]


def test_of_two_who_close_it_one_is_told(database: Database) -> None:
    """Two people who close it at once: it is closed once, and the other hears that it is closed."""
    follow_up, desk = a_follow_up(database), seeing_to(database)
    ends = at_once([partial(desk.act, follow_up, Close(because="Done."), each) for each in (_GWEN, _IDRIS)])
    assert [type(each) for each in ends if isinstance(each, Exception)] == [IllegalFollowUpMove]
    assert len(notes(database, follow_up)) == 1


def test_an_agencys_answer_and_a_person_at_once(database: Database) -> None:
    """Whoever is first, it is closed once: by the agency's answer, or by the person before it came."""
    for _ in range(5):
        follow_up, desk = a_follow_up(database), seeing_to(database)
        ((notification,),) = query(
            database,
            "UPDATE notification SET state = 'queried', attempts = 1, next_attempt_at = NULL WHERE id = "
            "(SELECT notification_id FROM follow_up WHERE id = %s) RETURNING id",
            follow_up,
        )
        answers: list[Callable[[], object]] = [
            partial(
                Acknowledge(Acknowledgements(database)).acknowledge,
                STATE_PENSION,
                [an_acknowledgement(notification, Outcome.ACTIONED)],
            ),
            partial(desk.act, follow_up, Close(because="Done."), _GWEN),
        ]
        at_once(answers)
        assert [action for action, *_ in history(database, follow_up)] == ["opened", "closed"]
