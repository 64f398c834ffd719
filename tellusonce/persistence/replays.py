"""Sending again what an agency lost: dead letters, or what was delivered in a time and is not answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import dict_row

from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.trail import write_trail

# Only the latest that the agency may have had: each restates all of those before it.
_REPLAYABLE: LiteralString = """
SELECT notification.id, report_id, reference, agency, state, sequence, delivered_at
FROM notification JOIN report ON report.id = report_id
WHERE agency = %(agency)s AND state IN ('parked', 'delivered', 'received')
  AND (%(notification)s::uuid IS NULL OR notification.id = %(notification)s)
  AND (%(since)s::timestamptz IS NULL OR notification.accepted_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR notification.accepted_at < %(until)s)
  AND (NOT %(parked_only)s OR state = 'parked')
  AND NOT EXISTS (
    SELECT FROM notification AS later
    WHERE later.report_id = notification.report_id AND later.agency = notification.agency
      AND later.sequence > notification.sequence AND later.attempts > 0
  )
ORDER BY notification.accepted_at, notification.id
LIMIT %(limit)s
"""

# Attempts go on counting, as fencing tokens. Past the time for trying it is tried this once.
_REPLAY: LiteralString = """
UPDATE notification
SET state = 'queued', next_attempt_at = now(), leased_until = NULL, lost_attempts = 0, delivered_at = NULL
WHERE id = ANY (%s) AND state IN ('parked', 'delivered', 'received')
RETURNING report_id, agency, id
"""


# The same for those that the agency has and has not answered, as a reminder.
_REMIND: LiteralString = """
UPDATE notification
SET state = 'queued', next_attempt_at = now(), leased_until = NULL, lost_attempts = 0, delivered_at = NULL
WHERE id = ANY (%s) AND state IN ('delivered', 'received') AND NOT EXISTS (
    SELECT FROM notification AS later
    WHERE later.report_id = notification.report_id AND later.agency = notification.agency
      AND later.sequence > notification.sequence
)
RETURNING report_id, agency, id
"""


# Of any agencies, those that were chosen one by one; the agency has had no later one, which restates it.
_CHOSEN: LiteralString = """
SELECT id, state FROM notification
WHERE id = ANY (%s) AND state IN ('parked', 'delivered', 'received') AND NOT EXISTS (
    SELECT FROM notification AS later
    WHERE later.report_id = notification.report_id AND later.agency = notification.agency
      AND later.sequence > notification.sequence AND later.attempts > 0
)
"""


class Replays:
    """Replays on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replay(
        self,
        agency: str,
        *,
        actor: str,
        notification: UUID | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        parked_only: bool = False,
        limit: int,
        dry_run: bool,
    ) -> list[dict[str, Any]]:
        """Queue again what was chosen, at most `limit`, oldest first; a dry run only says what that would be."""
        chosen = {
            "agency": agency,
            "notification": notification,
            "since": since,
            "until": until,
            "parked_only": parked_only,
            "limit": limit,
        }
        with self._database.cursor() as cursor:
            with cursor.connection.cursor(row_factory=dict_row) as rows:
                found = rows.execute(_REPLAYABLE, chosen).fetchall()
            if not dry_run:
                _replay(cursor, [each["id"] for each in found], actor)
            return found

    def send_again(self, notifications: Sequence[UUID], *, actor: str, dry_run: bool) -> dict[UUID, State]:
        """Queue these again, as far as that can be; gives where those stood. A dry run only says which that would be.

        One that was not delivered is tried anew; one that the agency has reminds it, under the same id.
        """
        with self._database.cursor() as cursor:
            found = {id_: State(state) for id_, state in cursor.execute(_CHOSEN, (list(notifications),))}
            if not dry_run:
                _replay(cursor, sorted(found), actor)
            return found


def send_reminders(cursor: Cursor, notifications: Sequence[UUID], actor: str) -> frozenset[UUID]:
    """Queue these again under their constant ids where the agency has them and owes an answer; gives which were."""
    cursor.execute(_REMIND, (sorted(notifications),))
    return _written(cursor, actor)


def _replay(cursor: Cursor, notifications: list[UUID], actor: str) -> None:
    cursor.execute(_REPLAY, (notifications,))
    _written(cursor, actor)


def _written(cursor: Cursor, actor: str) -> frozenset[UUID]:
    again = cursor.fetchall()
    write_trail(
        cursor, [TrailEntry(report_id, Action.REPLAYED, actor, agency, id_) for report_id, agency, id_ in again]
    )
    return frozenset(id_ for _, _, id_ in again)
