"""Batch files: one for all notifications that are due, with its manifest, in the agency's place."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from tellusonce.domain.channel import Layout
from tellusonce.services.batch_files import (
    BATCH_LIMIT,
    BatchNumbers,
    BatchUnderWay,
    PlaceTimedOut,
    PlaceUnreachable,
    ReachPlace,
    Tray,
)
from tellusonce.services.deliver import Answer, Claimed, Result
from tellusonce.services.storage import StorageUnreachable

_log = structlog.get_logger()

# Long enough for 100 MB at 1 MB a second, after waiting for another batch.
_LEASE_SECONDS = 600.0
# No batch is begun later than this after it was asked for; a place's own bound ends it within the rest of the lease.
_BEGIN_WITHIN_SECONDS = _LEASE_SECONDS * 2 / 3
# Each holds a connection to the database besides the pool's.
_BATCHES_AT_ONCE = 4

Letter = tuple[Claimed, bytes]


class BatchFileChannel:
    """One process's batches, a few at once."""

    def __init__(self, numbers: BatchNumbers, now: Callable[[], datetime]) -> None:
        self._numbers = numbers
        self._now = now
        self._turns = threading.BoundedSemaphore(_BATCHES_AT_ONCE)

    def outbox(
        self, agency: str, layout: Layout, render: Callable[[Sequence[bytes]], bytes], reach: ReachPlace
    ) -> "BatchFileOutbox":
        """A fresh outbox to one agency; `render` makes the file of the messages."""
        return BatchFileOutbox(self._turns, self._numbers, self._now, agency, layout, render, reach)


class BatchFileOutbox:
    """Gathers letters for one agency, and places them as one file when their answers are asked for."""

    channel = "file"
    claim_limit = BATCH_LIMIT
    lease_seconds = _LEASE_SECONDS

    def __init__(
        self,
        turns: threading.BoundedSemaphore,
        numbers: BatchNumbers,
        now: Callable[[], datetime],
        agency: str,
        layout: Layout,
        render: Callable[[Sequence[bytes]], bytes],
        reach: ReachPlace,
    ) -> None:
        self.under_way = 0
        self._turns = turns
        self._numbers = numbers
        self._now = now
        self._agency = agency
        self._layout = layout
        self._render = render
        self._reach = reach
        self._letters: list[Letter] = []

    def send(self, letters: Sequence[Letter]) -> None:
        """Keep them for the batch."""
        self._letters += letters
        self.under_way = len(self._letters)

    def answers(self) -> list[Answer]:
        """Place one file for all that were sent; they have one answer, each its own copy."""
        started = time.monotonic()
        letters = sorted(self._letters, key=lambda letter: (letter[0].accepted_at, letter[0].id))
        self._letters = []
        self.under_way = 0
        if not letters:
            return []
        result = self._placed(letters, started + _BEGIN_WITHIN_SECONDS)
        duration_ms = int((time.monotonic() - started) * 1000)
        return [Answer(claimed, result, duration_ms=duration_ms) for claimed, _ in letters]

    def _placed(self, letters: Sequence[Letter], begin_by: float) -> Result:
        if not self._turns.acquire(timeout=begin_by - time.monotonic()):
            return Result.NOT_SENT
        try:
            self._place(letters, begin_by)
        except (BatchUnderWay, StorageUnreachable):
            # A batch that is in its place and not recorded is placed again, under the same number.
            return Result.NOT_SENT
        except PlaceTimedOut:
            return Result.TIMED_OUT
        except PlaceUnreachable:
            return Result.UNREACHABLE
        except Exception as failure:  # whatever it was, the notifications must have an answer
            _log.error("batch failed", agency=self._agency, failure=type(failure).__name__)
            return Result.UNREACHABLE
        finally:
            self._turns.release()
        return Result.DELIVERED

    def _place(self, letters: Sequence[Letter], begin_by: float) -> None:
        content = self._render([message for _, message in letters])
        digest = hashlib.sha256(content)
        wait_seconds = max(0.0, begin_by - time.monotonic())
        with self._numbers.next_batch(self._agency, wait_seconds) as batch, self._reach() as place:
            name = f"{self._agency}-{batch.number:06}.{self._layout}"
            manifest = {
                "file": name,
                "count": len(letters),
                "sha256": digest.hexdigest(),
                "agency": self._agency,
                "number": batch.number,
                "made_at": self._now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            }
            # Who sees the manifest sees the file that it is of: it goes before that is written again, and comes after.
            place.remove(Tray.OUTGOING, f"{name}.manifest.json")
            place.write(Tray.OUTGOING, name, content)
            place.write(Tray.OUTGOING, f"{name}.manifest.json", json.dumps(manifest).encode() + b"\n")
            batch.record(name, len(letters), digest.digest())
