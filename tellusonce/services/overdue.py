"""Open a follow-up for every deadline that an agency let pass."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.working_days import uk_date

_DEADLINES = (FollowUpKind.RECEIPT_OVERDUE, FollowUpKind.OUTCOME_OVERDUE, FollowUpKind.REVERSAL_UNCONFIRMED)


class OverdueStore(Protocol):
    """Where deadlines and follow-ups are kept."""

    def open_overdue(self, kind: FollowUpKind, today: date, limit: int) -> int:
        """Open up to `limit` follow-ups for deadlines of this kind before `today`; gives how many."""


class Overdue:
    """The use case; harmless when run twice or by many at once."""

    def __init__(self, store: OverdueStore, now: Callable[[], datetime], limit: int) -> None:
        self._store = store
        self._now = now
        self._limit = limit

    def open_follow_ups(self) -> int:
        """Open those that are due now, in bounded batches; gives how many."""
        today = uk_date(self._now())
        return sum(self._open_all(kind, today) for kind in _DEADLINES)

    def _open_all(self, kind: FollowUpKind, today: date) -> int:
        opened = 0
        while (batch := self._store.open_overdue(kind, today, self._limit)) > 0:
            opened += batch
        return opened
