"""How often an agency may be pushed to."""

import asyncio
import time


class Pace:
    """Starts evenly spaced, so many a second; kept from one lane run to the next."""

    def __init__(self, per_second: float) -> None:
        self._interval_seconds = 1 / per_second
        self._next_at = 0.0

    async def turn(self, until: float) -> bool:
        """Wait for the next start. Where that comes after `until`, on the monotonic clock, wait so long: False.

        Saying so at once would have the same notification claimed again and again meanwhile.
        """
        now = time.monotonic()
        start_at = max(self._next_at, now)
        if start_at > until:
            await asyncio.sleep(until - now)
            return False
        self._next_at = start_at + self._interval_seconds
        if start_at > now:
            await asyncio.sleep(start_at - now)
        return True
