"""Gathering: what many threads ask for at the same time is done together, in one transaction."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tellusonce.services.storage import StorageUnreachable

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass
class _Asked(Generic[Item, Outcome]):
    item: Item
    outcome: "Outcome | Exception | None" = None
    done: bool = False


class Gathering(Generic[Item, Outcome]):
    """Runs `run` for all that came while it last ran, up to `limit` at once.

    Nobody waits for company: who finds nothing under way is served at once, and who comes meanwhile is in the next
    batch. `run` gives an outcome or an exception for each item. Where it fails as a whole, each item is tried alone,
    so that one cannot fail another.
    """

    def __init__(self, run: Callable[[Sequence[Item]], Sequence[Outcome | Exception]], limit: int) -> None:
        self._run = run
        self._limit = limit
        self._changed = threading.Condition()
        self._waiting: list[_Asked[Item, Outcome]] = []
        self._running = False

    def ask(self, item: Item) -> Outcome:
        """The item's outcome; raises its exception."""
        asked: _Asked[Item, Outcome] = _Asked(item)
        with self._changed:
            self._waiting.append(asked)
            while not asked.done:
                if self._running:
                    self._changed.wait()
                else:
                    self._run_next()
        if isinstance(asked.outcome, Exception):
            raise asked.outcome
        return asked.outcome  # type: ignore[return-value]  # done, and no exception

    def _run_next(self) -> None:
        """Called with the lock held, which is given up while the batch runs."""
        batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
        self._running = True
        self._changed.release()
        try:
            outcomes = self._outcomes([each.item for each in batch])
        finally:
            self._changed.acquire()
            self._running = False
            self._changed.notify_all()
        for each, outcome in zip(batch, outcomes, strict=True):
            each.outcome, each.done = outcome, True

    def _outcomes(self, items: Sequence[Item]) -> Sequence[Outcome | Exception]:
        try:
            return self._run(items)
        except StorageUnreachable as away:
            return [away] * len(items)
        except Exception as failed:
            if len(items) == 1:
                return [failed]
            return [outcome for item in items for outcome in self._outcomes([item])]
