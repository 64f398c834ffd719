"""The doorbell: a Celery message that names agencies' lanes and nothing else."""

import threading
import time
from collections.abc import Iterable, Sequence
from itertools import islice

import structlog

from tellusonce.domain.tally import Counted
from tellusonce.services.pulse import Tallies
from workers.app import DOORBELLS, app
from workers.outstanding import DOORBELLS_LIMIT, has_room

_log = structlog.get_logger()
_CLOSE_SECONDS = 2
# So many that a report for thirty agencies wakes one process, whose lanes claim and record together.
_LANES_A_BELL = 32


class CeleryDoorbell:
    """The port `Doorbell`: rings from a background thread, so that nobody waits for the broker.

    Rings for one agency coalesce while they wait, and several agencies share a bell. One costs about 5 ms of processor
    time from publishing to done, so they are bounded by a bucket of `burst` that fills at `per_second`: alone, a ring
    goes out at once; in a burst of reports a few serve for all.
    """

    def __init__(self, per_second: float, burst: int, tallies: Tallies | None = None) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tallies = tallies or Tallies()
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
        while agencies := self._next():
            now = time.monotonic()
            allowance = min(self._burst, allowance + (now - counted_at) * self._per_second)
            counted_at = now
            if allowance < 1 and not self._closing:
                time.sleep((1 - allowance) / self._per_second)
            allowance -= 1
            self._tallies.add(Counted.DOORBELLS, _published(agencies))

    def _next(self) -> list[str]:
        """Those who waited longest; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            agencies = list(islice(self._waiting, _LANES_A_BELL))
            for agency in agencies:
                del self._waiting[agency]
            return agencies


def _published(agencies: Sequence[str]) -> str:
    """What became of it."""
    try:
        with app.producer_or_acquire() as producer:
            if not has_room(producer.channel, DOORBELLS, DOORBELLS_LIMIT):
                return "not-needed"
            app.send_task("deliver", agencies, producer=producer, retry=False)
            return "rung"
    except Exception as failure:  # whatever ails the broker, the sweep will ring again
        _log.warning("doorbell not rung", agencies=agencies, failure=type(failure).__name__)
        return "failed"
