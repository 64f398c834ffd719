"""When a batch is due: by the clock of the United Kingdom, on the nights that it changes too (F11)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.channel import BatchFile, Every
from tellusonce.services.batch_files import BATCH_LIMIT, BatchSchedule, LastBatch, due
from tests.builders import an_agency

_UK = ZoneInfo("Europe/London")
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        ("2026-06-10 10:00:00", "2026-06-10 10:59:59", False),
        ("2026-06-10 10:59:59", "2026-06-10 11:00:00", True),
        ("2026-06-10 11:00:00", "2026-06-10 11:00:00", False),
        ("2026-06-10 10:30:00", "2026-06-12 08:00:00", True),
    ],
)
def test_hourly_is_once_in_each_hour(last: str, now: str, is_due: bool) -> None:
    """A new hour makes the next batch due, and nothing else does."""
    assert due(Every.HOUR, _uk(last), _uk(now)) is is_due


@pytest.mark.parametrize(
    ("last", "now", "is_due"),
    [
        ("2026-06-10 02:00:00", "2026-06-11 01:59:59", False),
        ("2026-06-10 02:00:00", "2026-06-11 02:00:00", True),
        ("2026-06-10 01:59:59", "2026-06-10 02:00:00", True),
        ("2026-06-10 14:00:00", "2026-06-10 23:59:59", False),
        ("2026-06-10 14:00:00", "2026-06-11 00:30:00", False),
        ("2026-06-08 02:00:00", "2026-06-10 01:00:00", True),
        ("2026-12-10 02:00:00", "2026-12-11 02:00:00", True),
    ],
)
def test_nightly_is_once_after_two_in_the_morning(last: str, now: str, is_due: bool) -> None:
    """A night begins at 02:00, in summer and in winter."""
    assert due(Every.NIGHT, _uk(last), _uk(now)) is is_due


def test_the_night_the_clocks_go_forward_has_one_batch() -> None:
    """On 29 March 2026 it is 02:00 an hour after 00:59, and that is when the night begins."""
    before = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
    begins = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert begins.astimezone(_UK).hour == 2
    assert _times_due(Every.NIGHT, before, hours=23) == [begins]


def test_the_night_the_clocks_go_back_has_one_batch() -> None:
    """On 25 October 2026 one o'clock comes twice, and the night begins after both."""
    before = datetime(2026, 10, 24, 23, 59, 59, tzinfo=UTC)
    begins = datetime(2026, 10, 25, 2, tzinfo=UTC)
    assert begins.astimezone(_UK).hour == 2
    assert _times_due(Every.NIGHT, before, hours=25) == [begins]


@pytest.mark.parametrize("changes_on", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_hours_go_on_when_the_clocks_change(changes_on: datetime) -> None:
    """Each hour that passes has its batch on these nights, whatever the clock calls it."""
    before = changes_on - timedelta(seconds=1)
    assert _times_due(Every.HOUR, before, hours=4) == [changes_on + timedelta(hours=hour) for hour in range(4)]


@given(last=_moments, minutes=st.integers(0, 60 * 24 * 10), every=st.sampled_from(Every))
def test_due_agrees_with_counting(last: datetime, minutes: int, every: Every) -> None:
    """It is due where a walk through the minutes since the last batch meets the beginning of an hour or night."""
    now = last + timedelta(minutes=minutes)
    minute = last.replace(second=0, microsecond=0) + timedelta(minutes=1)
    hours = [minute + timedelta(minutes=each) for each in range(minutes + 1)]
    begun = [
        each
        for each in hours
        if each <= now and each.minute == 0 and (every is Every.HOUR or each.astimezone(_UK).hour == 2)
    ]
    assert due(every, last, now) is bool(begun)


class _Log:
    """The port's outer side: a database's clock, and one last batch."""

    def __init__(self, now: datetime, last: LastBatch | None) -> None:
        self._answer = now, last

    def last_batch(self, agency: str) -> tuple[datetime, LastBatch | None]:
        assert agency == "dwp-state-pension"
        return self._answer


_NOW = datetime(2026, 6, 10, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "is_due"),
    [
        (None, True),
        (LastBatch(_NOW - timedelta(minutes=1), 1), False),
        (LastBatch(_NOW - timedelta(minutes=31), 1), True),
        (LastBatch(_NOW - timedelta(minutes=1), BATCH_LIMIT), True),
        (LastBatch(_NOW - timedelta(minutes=1), BATCH_LIMIT - 10), True),
    ],
    ids=["the first", "one this hour", "one an hour ago", "one that was full", "one that was nearly full"],
)
def test_a_schedule_asks_for_the_last_batch(last: LastBatch | None, is_due: bool) -> None:
    """The first batch is due at once, and so is the one after a batch that may have left others behind."""
    channel = BatchFile.model_validate(
        {"kind": "file", "layout": "csv", "every": "hour", "place": {"kind": "folder", "path": "x"}}
    )
    agencies = {"dwp-state-pension": an_agency(channel=channel)}
    assert BatchSchedule(agencies, _Log(_NOW, last)).is_due("dwp-state-pension") is is_due


def test_other_channels_have_no_schedule() -> None:
    """An agency that is not reached by file is always due."""
    agencies = {"dwp-state-pension": an_agency()}
    recently = LastBatch(_NOW, 1)
    assert BatchSchedule(agencies, _Log(_NOW, recently)).is_due("dwp-state-pension")


def _uk(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=_UK)


def _times_due(every: Every, last: datetime, hours: int) -> Sequence[datetime]:
    """When batches are placed where it is looked every minute from the second after the last."""
    placed = []
    start = last + timedelta(seconds=1)
    for now in (start + timedelta(minutes=minute) for minute in range(hours * 60)):
        if due(every, last, now):
            placed.append(now)
            last = now
    return placed
