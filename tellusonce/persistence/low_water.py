"""From where in a lane to look for what is due, so as not to pass over all that an old snapshot keeps.

While somebody's transaction stays open, PostgreSQL removes nothing that was deleted or changed since it began: what
has long been delivered stays in the index of what is due, and a look from the start passes over all of it. So where
such a look was slow, those of the next seconds begin a little below the latest that was reached. What becomes due
further down (a lease that ended, a registration that was very long in committing) waits for the next look from the
start.
"""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

_FROM_START_EVERY_SECONDS = 10.0
# A registration's notifications are due from when its transaction begins, and are seen when it has ended.
_BELOW = timedelta(seconds=5)

Marks = Mapping[str, datetime | None]
"""From when on the notifications that became due are looked at, by agency; None is from the start."""


class LowWater:
    """Each agency's low-water mark, as one process knows it."""

    def __init__(
        self,
        slow_seconds: float,
        reached: dict[str, datetime] | None = None,
        from_start_every_seconds: float = _FROM_START_EVERY_SECONDS,
    ) -> None:
        """Looks from the start that take longer than `slow_seconds` are made seldom; `reached` may be another's."""
        self.reached: dict[str, datetime] = {} if reached is None else reached
        self._slow_seconds = slow_seconds
        self._from_start_every_seconds = from_start_every_seconds
        self._from_start_at: dict[str, float] = {}

    def marks(self, agencies: Iterable[str]) -> Marks:
        """Where to begin a look now."""
        now = time.monotonic()
        return {each: self.reached.get(each) if now < self._from_start_at.get(each, 0) else None for each in agencies}

    def looked(self, marks: Marks, reached: Iterable[tuple[str, datetime]], took_seconds: float) -> None:
        """Note how long a look from these marks took, and what was reached: all that was due earlier is taken."""
        for agency, due_at in reached:
            mark = due_at - _BELOW
            self.reached[agency] = max(mark, self.reached.get(agency, mark))
        if took_seconds > self._slow_seconds:
            again_at = time.monotonic() + self._from_start_every_seconds
            self._from_start_at.update((agency, again_at) for agency, mark in marks.items() if mark is None)
