"""Gathering: what many threads ask for at the same time is done together, in one transaction."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tellusonce.services.storage import StorageBusy, StorageUnreachable

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class _Asked(Generic[Item, Outcome]):
    """An item whose thread sleeps until it is served, or until it is its turn to serve the next batch."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.outcome: Outcome | Exception | None = None
        self.is_served = False
        self.woken = threading.Event()


class Gathering(Generic[Item, Outcome]):
    """Runs `run` for all that came while it last ran, up to `limit` at once.

    Who finds nothing under way waits `linger_seconds` for company, and who comes while others are served is in the
    next batch, which the first of them runs. `run` gives an outcome or an exception for each item. Where it fails as a
    whole, each item is tried alone, so that one cannot fail another; but not where the database is away.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Sequence[Outcome | Exception]],
        limit: int,
        linger_seconds: float = 0.0,
    ) -> None:
        self._run = run
        self._limit = limit
        self._linger_seconds = linger_seconds
        self._changing = threading.Lock()
        self._waiting: deque[_Asked[Item, Outcome]] = deque()
        self._running = False

    def ask(self, item: Item) -> Outcome:
        """The item's outcome; raises its exception."""
        asked: _Asked[Item, Outcome] = _Asked(item)
        with self._changing:
            self._waiting.append(asked)
            is_first, self._running = not self._running, True
        if is_first:
            time.sleep(self._linger_seconds)
        else:
            asked.woken.wait()
        if not asked.is_served:
            self._serve_next()
        if isinstance(asked.outcome, Exception):
            raise asked.outcome
        return asked.outcome  # type: ignore[return-value]  # served, and no exception

    def _serve_next(self) -> None:
        with self._changing:
            batch = [self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))]
        try:
            for each, outcome in zip(batch, self._outcomes([each.item for each in batch]), strict=True):
                each.outcome = outcome
        finally:
            self._hand_over()
            for each in batch:
                each.is_served = True
                each.woken.set()

    def _hand_over(self) -> None:
        with self._changing:
            self._running = bool(self._waiting)
            if self._waiting:
                self._waiting[0].woken.set()

    def _outcomes(self, items: Sequence[Item]) -> Sequence[Outcome | Exception]:
        try:
            return self._run(items)
        except Exception as failed:
            if len(items) == 1 or (isinstance(failed, StorageUnreachable) and not isinstance(failed, StorageBusy)):
                return [failed] * len(items)
            return [outcome for item in items for outcome in self._outcomes([item])]
