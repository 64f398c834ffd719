"""What anyone may ask for and is costly to find out: found out once for all who ask within a moment."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")

_TIMES_AS_LONG = 10


class Kept(Generic[Value]):
    """Keeps a value for `seconds`, and for ten times as long as it took to find out if that is longer.

    While one finds it out anew, others are given what was found before.
    """

    def __init__(self, find_out: Callable[[], Value], seconds: float) -> None:
        self._find_out = find_out
        self._seconds = seconds
        self._found: tuple[Value, float] | None = None
        self._finding_out = Lock()

    def now(self) -> Value:
        """The value, found out just now or a moment ago."""
        before = self._found
        if before and time.monotonic() < before[1]:
            return before[0]
        if not self._finding_out.acquire(blocking=before is None):
            assert before is not None
            return before[0]
        try:
            if self._found is before:  # and nobody found it out while this one waited
                self._found = self._anew()
            assert self._found is not None
            return self._found[0]
        finally:
            self._finding_out.release()

    def _anew(self) -> tuple[Value, float]:
        started = time.monotonic()
        value = self._find_out()
        ended = time.monotonic()
        return value, ended + max(self._seconds, _TIMES_AS_LONG * (ended - started))
