"""What those who watch the service look at: from indexes of what is open, and from rows that are few."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from tellusonce.domain.tally import Tally
from tellusonce.persistence.database import Database
from tellusonce.services.pulse import Kind

# What is under way is counted too: the lease is in no index.
_DUE: LiteralString = """
SELECT agency, count(*), extract(epoch FROM now() - min(next_attempt_at))::float8
FROM notification WHERE state = 'queued' AND next_attempt_at <= now() GROUP BY agency
"""

# By the day, so that the index alone serves and nothing is worked out for each row.
_FOLLOW_UPS: LiteralString = """
SELECT kind, (now() AT TIME ZONE 'Europe/London')::date - due_on, count(*)
FROM follow_up WHERE closed_at IS NULL GROUP BY kind, due_on
"""

_DUE_FOR: Sequence[tuple[int, str]] = ((0, "today"), (7, "a-week"), (28, "four-weeks"))

# They are taken out in the order of the pages, so that those on the first have waited longest.
_UNSEALED: LiteralString = """
SELECT (SELECT coalesce(sum(cardinality(entries)), 0)::bigint
        FROM (SELECT entries FROM unsealed LIMIT 100000) AS many),
       (SELECT coalesce(max(extract(epoch FROM now() - at)), 0)::float8
        FROM (SELECT report_ids[1] AS report, entries[1] AS entry FROM unsealed LIMIT 100) AS few
        CROSS JOIN LATERAL (SELECT at FROM trail WHERE report_id = report AND trail.id = entry LIMIT 1) AS told)
"""

_HEARD: LiteralString = """
SELECT kind, process, since, at, extract(epoch FROM now() - at)::float8, failing_since
FROM heartbeat ORDER BY kind, process
"""


@dataclass(frozen=True)
class Due:
    """What is due for one agency now, and how late the first of it is."""

    agency: str
    count: int
    late_seconds: float


@dataclass(frozen=True)
class Unsealed:
    """What waits to be sealed; at most the entries of 100,000 statements are counted."""

    entries: int
    oldest_seconds: float


@dataclass(frozen=True)
class Heard:
    """A process or a sweep that was heard from."""

    kind: Kind
    process: str
    since: datetime
    at: datetime
    silent_seconds: float
    failing_since: datetime | None


class Watching:
    """Queries; nothing here changes anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self) -> list[Due]:
        """By agency; none for one that has nothing due."""
        with self._database.statement() as cursor:
            return [Due(*row) for row in cursor.execute(_DUE)]

    def follow_ups(self) -> Mapping[tuple[str, str], int]:
        """How many are open, by kind and by how long they have been due: `today`, `a-week`, `four-weeks`, `longer`."""
        counts: Counter[tuple[str, str]] = Counter()
        with self._database.statement() as cursor:
            for kind, days, count in cursor.execute(_FOLLOW_UPS):
                counts[kind, next((name for most, name in _DUE_FOR if days <= most), "longer")] += count
        return counts

    def unsealed(self) -> Unsealed:
        """What of the trail waits to be sealed."""
        with self._database.statement() as cursor:
            ((entries, oldest_seconds),) = cursor.execute(_UNSEALED)
            return Unsealed(entries, oldest_seconds)

    def heard(self) -> Sequence[Heard]:
        """Processes and sweeps, by their kinds and names."""
        with self._database.statement() as cursor:
            return [Heard(Kind(kind), *row) for kind, *row in cursor.execute(_HEARD)]

    def tally(self) -> Tally:
        """All that was ever counted."""
        with self._database.statement() as cursor:
            found = cursor.execute("SELECT name, labels, value FROM tally ORDER BY name, labels")
            return Tally(float, {(name, tuple(labels)): value for name, labels, value in found})
