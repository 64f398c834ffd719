"""Taking further what stays open, over a real database and with the bank holidays of 2026."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from tellusonce.agreements.bank_holidays import bank_holidays
from tellusonce.agreements.escalation import load_escalation
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.follow_up_moves import Close, Snooze
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_up_moves import FollowUpMoves
from tellusonce.services.escalate import Escalate
from tellusonce.settings import Settings
from tests.builders import an_agency
from tests.persistence.following_up import NOW, a_follow_up, history, seeing_to
from tests.persistence.racing import at_once
from tests.persistence.stored import STATE_PENSION, query

_DAY = timedelta(days=1)
_STEPS = ["remind-agency", "remind-agency", "supervisor", "agency-contact"]


def test_the_ladder_is_climbed_in_working_days(database: Database) -> None:
    """An outcome that stays away: reminded after 2 and 5 working days, raised after 8, telephoned about after 10."""
    follow_up = _overdue(database)
    climbed: list[tuple[str, str]] = []
    for days in range(20):
        moment = NOW + days * _DAY
        _escalate(database, moment).run()
        _escalate(database, moment).run()
        climbed += [(moment.date().isoformat(), step) for step in _steps(database, follow_up)[len(climbed) :]]
    assert climbed == list(zip(["2026-11-24", "2026-11-27", "2026-12-02", "2026-12-04"], _STEPS, strict=True))
    assert query(database, "SELECT steps_taken, raised_to, next_step_on FROM follow_up") == [
        (4, "agency-contact", None)
    ]


def test_a_reminder_sends_the_notification_again(database: Database) -> None:
    """Under its constant id, by its channel, and the trail says so; one that it does not have yet is not."""
    reached, waiting = _overdue(database), a_follow_up(database, FollowUpKind.OUTCOME_OVERDUE)
    _escalate(database, NOW + 7 * _DAY).run()
    assert query(
        database,
        "SELECT state, next_attempt_at <= now() FROM notification JOIN follow_up ON notification_id = notification.id "
        "WHERE follow_up.id = %s",
        reached,
    ) == [("queued", True)]
    assert [_last(database, each)["sent_again"] for each in (reached, waiting)] == [True, False]


def test_after_weeks_in_which_nobody_looked(database: Database) -> None:
    """One step a working day until the ladder is caught up with, and not all at once."""
    follow_up = _overdue(database)
    for days in (28, 28, 29, 30):
        _escalate(database, NOW + days * _DAY).run()
    assert _steps(database, follow_up) == _STEPS[:1]
    _escalate(database, NOW + 31 * _DAY).run()
    assert _steps(database, follow_up) == _STEPS[:2]


def test_what_is_snoozed_wakes_on_its_day(database: Database) -> None:
    """It climbs no ladder meanwhile, wakes by itself, and is counted from then."""
    follow_up = a_follow_up(database, FollowUpKind.QUERY)
    seeing_to(database).act(follow_up, Snooze(until=(NOW + 14 * _DAY).date(), because="They move."), "staff:gwen")
    _escalate(database, NOW + 13 * _DAY).run()
    assert query(database, "SELECT snoozed_until IS NOT NULL, steps_taken FROM follow_up") == [(True, 0)]
    _escalate(database, NOW + 14 * _DAY).run()
    assert query(database, "SELECT snoozed_until, steps_taken FROM follow_up") == [(None, 0)]
    _escalate(database, NOW + 19 * _DAY).run()  # three working days later
    assert [action for action, *_ in history(database, follow_up)] == ["opened", "snoozed", "woken", "escalated"]


def test_what_is_closed_climbs_no_further(database: Database) -> None:
    """Whoever closed it."""
    follow_up = _overdue(database)
    seeing_to(database).act(follow_up, Close(because="They telephoned."), "staff:gwen")
    _escalate(database, NOW + 30 * _DAY).run()
    assert _steps(database, follow_up) == []


def test_sweeps_at_once_take_each_step_once(database: Database) -> None:
    """Three that look at once, in small batches, take each of twenty steps once between them, and remind once (F13)."""
    follow_ups = [_overdue(database) for _ in range(20)]
    at_once([_escalate(database, NOW + 5 * _DAY, limit=3).run] * 3)
    _escalate(database, NOW + 5 * _DAY).run()
    assert all(_steps(database, each) == _STEPS[:1] for each in follow_ups)
    assert query(database, "SELECT count(*) FROM trail WHERE action = 'replayed'") == [(20,)]


def test_a_person_and_a_sweep_at_once(database: Database) -> None:
    """Closed by a person while it climbs: both are in the trail or only the closing, and it ends closed."""
    for _ in range(5):
        follow_up = _overdue(database)
        close: Callable[[], object] = partial(
            seeing_to(database).act, follow_up, Close(because="They telephoned."), "staff:gwen"
        )
        raised = at_once([close, _escalate(database, NOW + 5 * _DAY).run])
        assert not [each for each in raised if isinstance(each, Exception)]
        assert query(database, "SELECT closed_because FROM follow_up WHERE id = %s", follow_up) == [
            ("a person closed it",)
        ]
        assert [action for action, *_ in history(database, follow_up)] in (
            ["opened", "closed"],
            ["opened", "escalated", "closed"],
        )


def _overdue(database: Database) -> UUID:
    follow_up = a_follow_up(database, FollowUpKind.OUTCOME_OVERDUE, words=None)
    query(
        database,
        "UPDATE notification SET state = 'received', attempts = 1, next_attempt_at = NULL, delivered_at = now(), "
        "received_at = now() WHERE id = (SELECT notification_id FROM follow_up WHERE id = %s)",
        follow_up,
    )
    return follow_up


def _steps(database: Database, follow_up: UUID) -> list[str]:
    return [detail["step"] for action, _, detail in history(database, follow_up) if action == "escalated"]


def _last(database: Database, follow_up: UUID) -> dict[str, object]:
    return history(database, follow_up)[-1][2]


def _escalate(database: Database, moment: datetime, limit: int = 100) -> Escalate:
    assert moment.tzinfo is UTC
    return Escalate(
        FollowUpMoves(database),
        load_escalation(Settings().config_dir),
        {STATE_PENSION: an_agency()},
        bank_holidays(),
        lambda: moment,
        limit,
    )
