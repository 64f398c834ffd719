"""Batch files: where they are placed, how they are numbered, and when one is due."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from tellusonce.domain.agency import Agency
from tellusonce.domain.channel import BatchFile, Every

BATCH_LIMIT = 5_000
"""Most notifications in one batch file. With at most 25 KB each it has under 125 MB, which are held in memory; and the
deaths that are registered in three days in England and Wales fit in."""

_UK = ZoneInfo("Europe/London")
# On neither night that the clocks change is this hour left out or had twice: they go from 1 to 2, and from 2 to 1.
_NIGHT_BEGINS = time(2)


class Tray(StrEnum):
    """The folders of a place."""

    OUTGOING = "outgoing"
    """Batch files, for the agency to take."""
    ACKNOWLEDGEMENTS = "acknowledgements"
    """What the agency answers."""
    DONE = "acknowledgements/done"
    """Acknowledgement files that were read."""
    REPORTS = "reports"
    """What became of each acknowledgement file."""


class PlaceUnreachable(Exception):
    """A place cannot be reached, or did not do what was asked of it."""


class PlaceTimedOut(PlaceUnreachable):
    """A place did not do in time what was asked of it."""


class NoSuchFile(Exception):
    """There is no such plain file."""


class FileTooLong(Exception):
    """A file is longer than its bound."""


class Place(Protocol):
    """An agency's folders, while they are in reach. All methods raise PlaceUnreachable."""

    def write(self, tray: Tray, name: str, content: bytes) -> None:
        """Put a file there, in place of any of that name; nobody sees it by that name before it is whole."""

    def names(self, tray: Tray, changed_before: datetime | None = None) -> list[str]:
        """The plain files there, by name; not those still under a temporary name. If asked, those unchanged since."""

    def read(self, tray: Tray, name: str, limit_bytes: int) -> bytes:
        """All of a file. Raises NoSuchFile, FileTooLong."""

    def remove(self, tray: Tray, name: str) -> None:
        """Take a file away, if it is there."""

    def move(self, name: str, tray: Tray, to: Tray) -> None:
        """Put a file into another tray, in place of any of that name. Raises NoSuchFile."""


class ReachPlace(Protocol):
    """Brings a place within reach for a while."""

    def __call__(self) -> AbstractContextManager[Place]:
        """The place; let go of at the end. Raises PlaceUnreachable."""


class NumberedBatch(Protocol):
    """A batch that nobody else is making for the agency, with its number."""

    number: int

    def record(self, name: str, count: int, sha256: bytes) -> None:
        """Note that it is in its place, so that the next gets the next number. Raises StorageUnreachable."""


class BatchUnderWay(Exception):
    """Another process is making a batch for the agency."""


class BatchNumbers(Protocol):
    """Where batches are numbered."""

    def next_batch(self, agency: str, wait_seconds: float) -> AbstractContextManager[NumberedBatch]:
        """The agency's next batch, kept from others until the end. Raises BatchUnderWay, StorageUnreachable."""


@dataclass(frozen=True)
class LastBatch:
    """The last batch that was placed for an agency."""

    placed_at: datetime
    count: int


class BatchLog(Protocol):
    """Where it is known which batches were placed."""

    def last_batch(self, agency: str) -> tuple[datetime, LastBatch | None]:
        """The database's time, and the agency's last batch, where there was one."""


def due(every: Every, last_placed_at: datetime, now: datetime) -> bool:
    """Whether a new hour or night has begun in the United Kingdom since the last batch. Both times are aware."""
    begun_at = _hour_began_at(now) if every is Every.HOUR else _night_began_at(now)
    return last_placed_at < begun_at


def _hour_began_at(now: datetime) -> datetime:
    # The United Kingdom is off UTC by whole hours, so that its hours begin when UTC's do.
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _night_began_at(now: datetime) -> datetime:
    today = now.astimezone(_UK).date()
    began_at = datetime.combine(today, _NIGHT_BEGINS, _UK).astimezone(UTC)
    if began_at <= now:
        return began_at
    return datetime.combine(today - timedelta(days=1), _NIGHT_BEGINS, _UK).astimezone(UTC)


class BatchSchedule:
    """Whether an agency's lane is to be attended now: one that is not reached by file always is."""

    def __init__(self, agencies: Mapping[str, Agency], log: BatchLog) -> None:
        self._agencies = agencies
        self._log = log

    def is_due(self, agency: str) -> bool:
        """Whether a batch is due. One that nearly filled its file may have left others, so the next is due at once."""
        channel = self._agencies[agency].channel
        if not isinstance(channel, BatchFile):
            return True
        now, last = self._log.last_batch(agency)
        return last is None or last.count > BATCH_LIMIT // 2 or due(channel.every, last.placed_at, now)
