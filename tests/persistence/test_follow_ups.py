"""Follow-ups for passed deadlines: opened once, in their time, and never behind an agency's or a person's back."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.trail import Action
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_ups import FollowUps
from tellusonce.services.acknowledge import Acknowledge
from tests.persistence.racing import at_once
from tests.persistence.stored import (
    STATE_PENSION,
    a_claim,
    a_report,
    a_stored_notification,
    an_acknowledgement,
    delivered,
    follow_ups_of,
    query,
    record,
    trail_of,
)

_PLANNED = a_report().notifications[0].planned
_DUE_ON = {
    FollowUpKind.RECEIPT_OVERDUE: _PLANNED.receipt_due_on,
    FollowUpKind.OUTCOME_OVERDUE: _PLANNED.outcome_due_on,
}
_A_DAY = timedelta(days=1)
_both_kinds = pytest.mark.parametrize("kind", list(_DUE_ON))


@_both_kinds
def test_a_passed_deadline_opens_a_follow_up(database: Database, kind: FollowUpKind) -> None:
    """On the day after the deadline a follow-up is opened, with its trail entry; a second look opens no other."""
    notification = a_stored_notification(database)
    assert _open_overdue(database, kind) == 1
    assert _open_overdue(database, kind) == 0
    assert follow_ups_of(database, notification, still_open=True) == [kind]
    assert trail_of(database, notification) == [Action.FOLLOW_UP_OPENED]


def test_a_deadline_lasts_to_the_end_of_its_day(database: Database) -> None:
    """On the due date itself nothing is overdue."""
    a_stored_notification(database)
    assert [FollowUps(database).open_overdue(kind, due_on, limit=10) for kind, due_on in _DUE_ON.items()] == [0, 0]


def test_who_has_answered_is_not_overdue(database: Database) -> None:
    """An agency that has given its outcome, or asked a question, has let nothing pass."""
    for outcome in (Outcome.ACTIONED, Outcome.NOT_HELD, Outcome.QUERY, Outcome.REJECTED):
        record(database, delivered(a_claim(database), outcome))
    assert [_open_overdue(database, kind) for kind in _DUE_ON] == [0, 0]


def test_a_receipt_leaves_the_outcome_to_be_given(database: Database) -> None:
    """An agency that has only received it owes no receipt any more, and still the outcome."""
    record(database, delivered(a_claim(database), acknowledged=True))
    assert _open_overdue(database, FollowUpKind.RECEIPT_OVERDUE) == 0
    assert _open_overdue(database, FollowUpKind.OUTCOME_OVERDUE) == 1


@_both_kinds
def test_what_a_person_closed_stays_closed(database: Database, kind: FollowUpKind) -> None:
    """A person who closed a follow-up had a reason: no sweep opens it again."""
    notification = a_stored_notification(database)
    _open_overdue(database, kind)
    query(database, "UPDATE follow_up SET closed_at = now(), closed_because = 'the agency telephoned'")
    assert _open_overdue(database, kind) == 0
    assert follow_ups_of(database, notification, still_open=True) == []


@_both_kinds
def test_three_sweeps_at_once_open_each_once(database: Database, kind: FollowUpKind) -> None:
    """Of three sweeps at once, in small batches, no two open a follow-up for the same deadline (F13)."""
    notifications = [a_stored_notification(database) for _ in range(20)]
    at_once([partial(_open_all_overdue, database, kind)] * 3)
    _open_all_overdue(database, kind)
    assert all(follow_ups_of(database, each, still_open=True) == [kind] for each in notifications)
    assert query(database, "SELECT count(*) FROM trail WHERE action = 'follow-up-opened'") == [(20,)]


def test_a_batch_takes_those_that_waited_longest(database: Database) -> None:
    """At most so many are opened at once, the earliest deadlines first."""
    late = a_stored_notification(database)
    longest: UUID = a_stored_notification(database, receipt_due_on=_PLANNED.receipt_due_on - _A_DAY)
    assert _open_overdue(database, FollowUpKind.RECEIPT_OVERDUE, limit=1) == 1
    assert follow_ups_of(database, longest, still_open=True) == [FollowUpKind.RECEIPT_OVERDUE]
    assert follow_ups_of(database, late, still_open=True) == []


def test_an_answer_that_is_being_written_is_not_overtaken(database: Database) -> None:
    """A sweep that looks while the outcome is being written leaves no follow-up open on a closed notification."""
    claimed = a_claim(database)
    with database.cursor() as cursor:
        cursor.execute("UPDATE notification SET state = 'actioned', next_attempt_at = NULL, closed_at = now()")
        assert _open_overdue(database, FollowUpKind.OUTCOME_OVERDUE) == 0
    assert follow_ups_of(database, claimed.id, still_open=True) == []


def test_an_answer_closes_what_is_overdue(database: Database) -> None:
    """Once the agency has acted, what was overdue needs nobody any more, and the follow-up says why it closed."""
    claimed = a_claim(database)
    for kind in _DUE_ON:
        _open_overdue(database, kind)
    Acknowledge(Acknowledgements(database)).acknowledge(
        STATE_PENSION, [an_acknowledgement(claimed.id, Outcome.ACTIONED)]
    )
    assert query(database, "SELECT closed_because FROM follow_up") == [("the agency answered",)] * 2


def test_a_follow_up_is_due_on_the_day_in_the_united_kingdom(database: Database) -> None:
    """A follow-up is due on the day on which it was opened, as the calendar in the United Kingdom has it."""
    a_stored_notification(database)
    _open_overdue(database, FollowUpKind.RECEIPT_OVERDUE)
    assert query(database, "SELECT due_on = (opened_at AT TIME ZONE 'Europe/London')::date FROM follow_up") == [(True,)]


def _open_overdue(database: Database, kind: FollowUpKind, limit: int = 100) -> int:
    return FollowUps(database).open_overdue(kind, _DUE_ON[kind] + _A_DAY, limit)


def _open_all_overdue(database: Database, kind: FollowUpKind) -> None:
    while _open_overdue(database, kind, limit=3):
        pass
