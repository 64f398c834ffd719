"""What is due now, and when that was last asked."""

import time
from collections.abc import Collection
from typing import LiteralString

from tellusonce.persistence.database import Database
from tellusonce.persistence.low_water import LowWater

# One probe of the partial index for each agency, however much is stored or waiting. What is new was rung for by who
# registered it, and is on its way: to ring again would wake a lane for nothing.
_DUE_AGENCIES: LiteralString = """
SELECT agency, now(), EXISTS (
    SELECT FROM notification
    WHERE notification.agency = asked.agency AND state = 'queued'
      AND next_attempt_at <= now() AND next_attempt_at >= coalesce(asked.mark, '-infinity')
      AND (leased_until IS NULL OR leased_until <= now())
      AND (attempts > 0 OR next_attempt_at <= now() - interval '0.25 seconds')
), EXISTS (
    SELECT FROM lane
    WHERE lane.agency = asked.agency AND (paused_at IS NOT NULL OR open_until > now() OR probing_until > now())
)
FROM unnest(%s::text[], %s::timestamptz[]) AS asked (agency, mark)
"""

_SLOW_SWEEP_SECONDS = 0.1

# Seconds are enough to know that sweeps run; more often would only churn the row.
_NOTE: LiteralString = """
INSERT INTO heartbeat (process) VALUES ('sweep')
ON CONFLICT (process) DO UPDATE SET at = now() WHERE heartbeat.at < now() - interval '2 seconds'
"""


class Sweeps:
    """The port `DueStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._low_water = LowWater(_SLOW_SWEEP_SECONDS)

    def due_agencies(self, agencies: Collection[str]) -> list[str]:
        """Those with a notification due now."""
        marks = self._low_water.marks(agencies)
        started = time.monotonic()
        with self._database.statement() as cursor:
            looked_at = cursor.execute(_DUE_AGENCIES, (list(marks), list(marks.values()))).fetchall()
        reached = [(agency, at) for agency, at, is_any, _ in looked_at if not is_any]
        self._low_water.looked(marks, reached, time.monotonic() - started)
        return [agency for agency, _, is_any, is_held in looked_at if is_any and not is_held]

    def note_sweep(self) -> None:
        """Note that a sweep has run now."""
        with self._database.statement() as cursor:
            cursor.execute(_NOTE)

    def seconds_since_sweep(self) -> float | None:
        """How long ago the last sweep ran; None where none ever did."""
        with self._database.statement() as cursor:
            cursor.execute("SELECT extract(epoch FROM now() - at)::float8 FROM heartbeat WHERE process = 'sweep'")
            row = cursor.fetchone()
            return row[0] if row else None
