"""Beat on a clock that nobody sets, sending nothing that would only pile up."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.beat import ScheduleEntry, Scheduler

from workers.outstanding import SWEEPS_LIMIT, has_room

_started_at = datetime.now(UTC)
_started_seconds = time.monotonic()


def steady_now() -> datetime:
    """The time as it was at the start, and as many seconds since: a system clock set back must not stop the sweeps."""
    return _started_at + timedelta(seconds=time.monotonic() - _started_seconds)


class BoundedScheduler(Scheduler):
    """Celery's scheduler, which holds back while what it sent before is still waiting. Any number may run."""

    # Celery keeps one for good, which on RabbitMQ stays broken once its connection was lost; the pool mends its own.
    producer = None

    def apply_async(self, entry: ScheduleEntry, producer: Any = None, advance: bool = True, **options: Any) -> Any:
        """Send the entry's task, where there is room in its queue."""
        queue = self.app.conf.task_routes[entry.task]["queue"]
        with self.app.producer_or_acquire(producer) as pooled:
            if has_room(pooled.channel, queue, SWEEPS_LIMIT):
                return super().apply_async(entry, pooled, advance, **options)
        return None
