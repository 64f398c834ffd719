"""When a notification that could not be delivered is tried again, and when a person must take over."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class RetrySchedule:
    """Waits between attempts: those listed, then the last one again until the notification is too old."""

    delays_seconds: tuple[float, ...]
    give_up_after: timedelta
    jitter_ratio: float = 0.2

    def delay_seconds(self, attempts: int, age: timedelta, chance: float, at_least_seconds: float = 0) -> float | None:
        """Seconds until the next attempt, or None where the time for trying is over.

        `attempts` counts those made; `age` is the time since the report was accepted; `chance` in [0, 1) spreads
        agencies' returning crowds; `at_least_seconds` is what the agency asked for (Retry-After, RFC 9110 §10.2.3).
        """
        planned = self.delays_seconds[min(attempts, len(self.delays_seconds)) - 1]
        spread = planned * (1 + self.jitter_ratio * (2 * chance - 1))
        delay = max(spread, min(at_least_seconds, self.delays_seconds[-1]))
        return delay if age + timedelta(seconds=delay) <= self.give_up_after else None
