"""What the board counts: only what is open, from indexes that hold nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.rows import dict_row

from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import CLOSED_STATES

_FOLLOW_UPS: LiteralString = """
SELECT kind, owner, count(*) AS open, count(*) FILTER (WHERE raised_to = 'supervisor') AS supervisors,
       count(*) FILTER (WHERE raised_to = 'agency-contact') AS to_telephone,
       count(*) FILTER (WHERE snoozed_until IS NOT NULL) AS snoozed
FROM follow_up WHERE closed_at IS NULL GROUP BY kind, owner ORDER BY kind, owner
"""

# The ages are subqueries so that each is worked out once, and not for every row.
_OUTSTANDING: LiteralString = f"""
SELECT agency, min(accepted_at), count(*), count(*) FILTER (WHERE accepted_at < (SELECT now() - interval '7 days')),
       count(*) FILTER (WHERE accepted_at < (SELECT now() - interval '14 days')),
       count(*) FILTER (WHERE accepted_at < (SELECT now() - interval '28 days'))
FROM notification WHERE state NOT IN ({CLOSED_STATES}) GROUP BY agency
"""  # noqa: S608

# From indexes alone: an agency that is down may have ten thousand rows waiting.
_OF_AGENCY: LiteralString = f"""
SELECT state, count(*) AS count, min(accepted_at) AS oldest,
       CASE WHEN state = 'queued' THEN (
           SELECT min(next_attempt_at) FROM notification WHERE agency = %(agency)s AND state = 'queued'
       ) END AS next_attempt_at
FROM notification WHERE state NOT IN ({CLOSED_STATES}) AND agency = %(agency)s GROUP BY state ORDER BY count DESC
"""  # noqa: S608

_LATELY = 200
_ATTEMPTS: LiteralString = f"""
SELECT result, status, count(*) AS count, percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) AS middle_ms,
       max(duration_ms) AS longest_ms, max(finished_at) AS last_at
FROM attempt WHERE notification_id = ANY (ARRAY(
    (SELECT id FROM notification WHERE agency = %(agency)s AND state IN ({CLOSED_STATES})
     ORDER BY accepted_at DESC, id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT id FROM notification WHERE agency = %(agency)s AND state NOT IN ({CLOSED_STATES})
     ORDER BY accepted_at DESC, id DESC LIMIT %(limit)s)
))
GROUP BY result, status ORDER BY count DESC
"""  # noqa: S608

_DELAY: LiteralString = f"""
SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS middle_seconds,
       max(seconds)::float8 AS longest_seconds
FROM (
    SELECT extract(epoch FROM delivered_at - accepted_at)::float8 AS seconds
    FROM (
        (SELECT accepted_at, delivered_at FROM notification WHERE agency = %(agency)s AND state IN ({CLOSED_STATES})
         ORDER BY accepted_at DESC, id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT accepted_at, delivered_at FROM notification WHERE agency = %(agency)s AND state NOT IN ({CLOSED_STATES})
         ORDER BY accepted_at DESC, id DESC LIMIT %(limit)s)
    ) AS late
    WHERE delivered_at IS NOT NULL
) AS delivered
"""  # noqa: S608

_LANE: LiteralString = """
SELECT paused_at, paused_because, open_until, failures, successes, counted_since FROM lane WHERE agency = %s
"""


@dataclass(frozen=True)
class Outstanding:
    """What one agency has not answered, by the age of the notifications."""

    agency: str
    oldest: datetime
    counts: Sequence[int]
    """Up to a week old, up to two, up to four, and older."""

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.counts)


class BoardReading:
    """Queries; nothing here changes anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def follow_ups(self) -> list[dict[str, Any]]:
        """By kind and owner: how many are open, and of these how many are raised or snoozed."""
        with self._database.statement() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            return rows.execute(_FOLLOW_UPS).fetchall()

    def outstanding(self) -> list[Outstanding]:
        """By agency, those with most that is old coming first."""
        with self._database.statement() as cursor:
            found = [
                Outstanding(agency, oldest, (total - one, one - two, two - four, four))
                for agency, oldest, total, one, two, four in cursor.execute(_OUTSTANDING)
            ]
        return sorted(found, key=lambda each: (each.counts[::-1], each.agency), reverse=True)

    def agency(self, agency: str) -> dict[str, Any]:
        """How an agency's lane stands, what waits in it by state, how the attempts of late ended, and their delay."""
        with self._database.cursor() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            return {
                "lane": rows.execute(_LANE, (agency,)).fetchone(),
                "backlog": rows.execute(_OF_AGENCY, {"agency": agency}).fetchall(),
                "attempts": rows.execute(_ATTEMPTS, {"agency": agency, "limit": _LATELY}).fetchall(),
                "delay": rows.execute(_DELAY, {"agency": agency, "limit": _LATELY}).fetchone(),
            }
