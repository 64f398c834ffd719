"""Count figures: each month's anew from time to time, so that pages add up counts and read no report."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Protocol

from tellusonce.domain.figures import Count, published


class FigureStore(Protocol):
    """Where reports are, and what is counted of them."""

    def count_one(
        self, publish: Callable[[Iterable[Count]], Sequence[Count]], stands_seconds: float, *, but: Iterable[date]
    ) -> date | None:
        """Count the month that most needs it, and keep what `publish` leaves of it, in one transaction.

        Gives the first day of that month; None where each stands, or another process counts.
        """


class CountFigures:
    """The use case; harmless when run twice or by many at once. Figures stand for `stands_seconds`."""

    def __init__(self, store: FigureStore, stands_seconds: float) -> None:
        self._store = store
        self._stands_seconds = stands_seconds

    def run(self) -> int:
        """Count what is due, each month once; gives how many were."""
        counted: set[date] = set()
        while month := self._store.count_one(published, self._stands_seconds, but=counted):
            counted.add(month)
        return len(counted)
