"""Counting for those who watch the service: in rows that are added to, so that any process can say how much it is."""

from collections.abc import Mapping
from typing import LiteralString

from tellusonce.domain.tally import Tally
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.tables import tally as tally_table
from tellusonce.persistence.unnest import BatchInsert, arrays
from tellusonce.services.pulse import Kind, Looked

_ADD: LiteralString = f"""
{BatchInsert(tally_table, "name", "labels", "value").statement}
ON CONFLICT (name, labels) DO UPDATE SET value = tally.value + excluded.value
"""

_HEARD: LiteralString = """
INSERT INTO heartbeat (process, kind) VALUES (%s, %s)
ON CONFLICT (process) DO UPDATE SET at = now()
"""

# Of many processes that look for the same, the last one says how it stands.
_LOOKED: LiteralString = """
INSERT INTO heartbeat (process, kind, at, failing_since)
SELECT process, 'sweep', now() - make_interval(secs => seconds_ago),
       CASE WHEN NOT succeeded THEN now() - make_interval(secs => seconds_ago) END
FROM unnest(%b::text[], %b::float8[], %b::bool[]) AS row (process, seconds_ago, succeeded)
ON CONFLICT (process) DO UPDATE SET
    at = excluded.at,
    failing_since = CASE WHEN excluded.failing_since IS NOT NULL
                         THEN coalesce(heartbeat.failing_since, excluded.failing_since) END
WHERE heartbeat.at < excluded.at
"""

# What was killed is shown as silent for a day.
_FORGET: LiteralString = """
DELETE FROM heartbeat WHERE process = %s OR (kind <> 'sweep' AND at < now() - interval '1 day')
"""


def add_tally(cursor: Cursor, tally: Tally) -> None:
    """Add to what was counted, in the transaction of what it was counted from."""
    if tally:
        rows = [(str(name), " ".join(labels), float(value)) for (name, labels), value in sorted(tally.items())]
        cursor.execute(_ADD, arrays(rows))


class Heartbeats:
    """The port `PulseStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, kind: Kind, process: str, looked: Mapping[str, Looked], tally: Tally) -> None:
        """Note that the process lives, how its sweeps ended, and what it counted since the last time."""
        with self._database.cursor() as cursor:
            cursor.execute(_HEARD, (process, kind.value))
            if looked:
                rows = [(name, each.seconds_ago, each.succeeded) for name, each in sorted(looked.items())]
                cursor.execute(_LOOKED, arrays(rows))
            add_tally(cursor, tally)

    def end(self, process: str) -> None:
        """Forget the process, and those that were not heard from for a day."""
        with self._database.statement() as cursor:
            cursor.execute(_FORGET, (process,))
