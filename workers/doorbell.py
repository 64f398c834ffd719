"""The doorbell: a Celery message that names an agency's lane and nothing else."""

import threading
import time
from collections.abc import Iterable

import structlog

from workers.app import DOORBELLS, app
from workers.outstanding import DOORBELLS_LIMIT, has_room

_log = structlog.get_logger()
_CLOSE_SECONDS = 2


class CeleryDoorbell:
    """The port `Doorbell`: rings from a background thread, so that nobody waits for the broker.

    Rings for one agency coalesce while they wait. A ring costs about 3 ms of processor time from publishing to done, so
    they are bounded by a bucket of `burst` that fills at `per_second`: alone, a ring goes out at once; in a burst of
    reports a few serve for all.
    """

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._waiting: dict[str, None] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._ringer = threading.Thread(target=self._run, name="doorbell", daemon=True)
        self._ringer.start()

    def ring(self, agencies: Iterable[str]) -> None:
        """Say that something is due for these agencies."""
        with self._changed:
            self._waiting.update(dict.fromkeys(agencies))
            self._changed.notify()

    def close(self) -> None:
        """Ring what still waits, for a moment: what a broker does not take by then, the sweep rings."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._ringer.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        allowance, counted_at = float(self._burst), time.monotonic()
        while (agency := self._next()) is not None:
            now = time.monotonic()
            allowance = min(self._burst, allowance + (now - counted_at) * self._per_second)
            counted_at = now
            if allowance < 1 and not self._closing:
                time.sleep((1 - allowance) / self._per_second)
            allowance -= 1
            _publish(agency)

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if not self._waiting:
                return None
            agency = next(iter(self._waiting))
            del self._waiting[agency]
            return agency


def _publish(agency: str) -> None:
    try:
        with app.producer_or_acquire() as producer:
            if has_room(producer.channel, DOORBELLS, DOORBELLS_LIMIT):
                app.send_task("deliver", (agency,), producer=producer, retry=False)
    except Exception as failure:  # whatever ails the broker, the sweep will ring again
        _log.warning("doorbell not rung", agency=agency, failure=type(failure).__name__)
