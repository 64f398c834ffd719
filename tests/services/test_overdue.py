"""Opening follow-ups for passed deadlines, over a real database."""

from datetime import UTC, date, datetime
from functools import partial

import pytest

from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_ups import FollowUps
from tellusonce.services.overdue import Overdue
from tests.persistence.racing import at_once
from tests.persistence.stored import a_stored_notification, follow_ups_of, query

_LONG_AFTER = datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_both_kinds_are_opened(database: Database) -> None:
    """A notification whose receipt and outcome are both overdue gets a follow-up for each, once."""
    notification = a_stored_notification(database)
    assert _overdue(database, _LONG_AFTER).open_follow_ups() == 2
    assert _overdue(database, _LONG_AFTER).open_follow_ups() == 0
    assert set(follow_ups_of(database, notification, still_open=True)) == {
        FollowUpKind.RECEIPT_OVERDUE,
        FollowUpKind.OUTCOME_OVERDUE,
    }


def test_more_than_a_batch_is_opened(database: Database) -> None:
    """However many are overdue, one run opens all of them, a bounded number at a time."""
    for _ in range(7):
        a_stored_notification(database)
    assert _overdue(database, _LONG_AFTER, limit=3).open_follow_ups() == 14


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        (datetime(2026, 6, 15, 22, 59, tzinfo=UTC), 0),  # the last minute of the due date in London, in summer time
        (datetime(2026, 6, 15, 23, 0, tzinfo=UTC), 1),
    ],
)
def test_a_deadline_ends_with_its_day_in_the_united_kingdom(database: Database, moment: datetime, opened: int) -> None:
    """What was due on a day is overdue from the next day on, as the calendar in the United Kingdom has it (F11)."""
    a_stored_notification(database, receipt_due_on=date(2026, 6, 15), outcome_due_on=date(2026, 6, 30))
    assert _overdue(database, moment).open_follow_ups() == opened


def test_many_at_once_open_each_once(database: Database) -> None:
    """Three that look at once open each follow-up once between them (F13)."""
    for _ in range(10):
        a_stored_notification(database)
    at_once([partial(_overdue(database, _LONG_AFTER, limit=3).open_follow_ups)] * 3)
    _overdue(database, _LONG_AFTER).open_follow_ups()
    assert query(database, "SELECT count(*), count(DISTINCT (notification_id, kind)) FROM follow_up") == [(20, 20)]


def _overdue(database: Database, moment: datetime, limit: int = 100) -> Overdue:
    return Overdue(FollowUps(database), lambda: moment, limit)
