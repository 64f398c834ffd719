"""Destroying keys when the time for keeping facts is over, and holding that up."""

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import arrays
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.versions import NoSuchReport

_TODAY: LiteralString = "(now() AT TIME ZONE 'Europe/London')::date"

# Locked, so that no version is added meanwhile: only that could open what is closed.
_LOOK: LiteralString = f"""
SELECT id FROM report
WHERE forget_on <= {_TODAY} AND facts_destroyed_at IS NULL AND held_at IS NULL
ORDER BY forget_on LIMIT %s FOR UPDATE SKIP LOCKED
"""  # noqa: S608

# A statement of its own, after the lock: only its snapshot shows what was added while the first one ran.
_STANDING: LiteralString = f"""
SELECT id, retention_days, closed_on, forget_on, forget_on <= {_TODAY}
FROM (
    SELECT report.id, retention_days, closed_on,
           CASE WHEN is_open THEN {_TODAY} + 1 ELSE closed_on + retention_days END AS forget_on
    FROM report, LATERAL (
        SELECT coalesce(bool_or(closed_at IS NULL), false) AS is_open,
               (greatest(max(closed_at), (SELECT max(registered_at) FROM report_version WHERE report_id = report.id))
                AT TIME ZONE 'Europe/London')::date AS closed_on
        FROM notification WHERE report_id = report.id
    ) AS standing
    WHERE report.id = ANY (%s)
) AS looked_at
ORDER BY id
"""  # noqa: S608

_LATER: LiteralString = """
UPDATE report SET forget_on = later.forget_on
FROM unnest(%b::uuid[], %b::date[]) AS later (id, forget_on) WHERE report.id = later.id
"""

# Of an agency's note its keyed digest is left, by which it is known as one that was there; without the key it is noise.
_DESTROY: tuple[LiteralString, ...] = (
    "UPDATE report SET wrapped_key = NULL, master_key = NULL, facts_destroyed_at = now() WHERE id = ANY (%s)",
    "UPDATE report_version SET facts = NULL WHERE report_id = ANY (%s)",
    """
UPDATE acknowledgement SET note = substring(note from 1 for 12)
FROM notification WHERE notification_id = notification.id AND report_id = ANY (%s) AND note IS NOT NULL
""",
    """
UPDATE attempt SET reason = NULL
FROM notification WHERE notification_id = notification.id AND report_id = ANY (%s) AND attempt.reason IS NOT NULL
""",
    """
UPDATE follow_up_note SET words = NULL
FROM follow_up WHERE follow_up_id = follow_up.id AND report_id = ANY (%s) AND follow_up_note.words IS NOT NULL
""",
    "DELETE FROM family_contact WHERE report_id = ANY (%s)",
    "UPDATE follow_up SET words = NULL WHERE report_id = ANY (%s) AND words IS NOT NULL",
    "DELETE FROM blind_index WHERE report_id = ANY (%s)",
)

_HOLD: LiteralString = """
UPDATE report SET held_at = now(), held_because = %(because)s
WHERE reference = %(reference)s AND facts_destroyed_at IS NULL AND held_at IS NULL RETURNING id
"""

_RELEASE: LiteralString = """
UPDATE report SET held_at = NULL, held_because = NULL
WHERE reference = %(reference)s AND facts_destroyed_at IS NULL AND held_at IS NOT NULL RETURNING id
"""

_DESTROYED: LiteralString = "SELECT facts_destroyed_at FROM report WHERE reference = %(reference)s"


class Forgetting:
    """The port `ForgettingStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, limit: int) -> tuple[int, int]:
        """Look at up to `limit` reports; gives how many that were, and of how many the facts are destroyed now."""
        with self._database.cursor() as cursor:
            looked_at = [row[0] for row in cursor.execute(_LOOK, (limit,))]
            rows = cursor.execute(_STANDING, (looked_at,)).fetchall() if looked_at else []
            due = [row for row in rows if row[-1]]
            later = [(id_, forget_on) for id_, _, _, forget_on, is_due in rows if not is_due]
            if later:
                cursor.execute(_LATER, arrays(later))
            if due:
                _destroy(cursor, due)
            return len(looked_at), len(due)

    def hold(self, reference: str, because: str, actor: str) -> bool:
        """Keep the report's facts until it is released."""
        return self._change(_HOLD, reference, because, actor, Action.HELD)

    def release(self, reference: str, because: str, actor: str) -> bool:
        """Let the time for keeping count again."""
        return self._change(_RELEASE, reference, because, actor, Action.RELEASED)

    def _change(self, statement: LiteralString, reference: str, because: str, actor: str, action: Action) -> bool:
        named = {"reference": reference, "because": because}
        with self._database.cursor() as cursor:
            changed = cursor.execute(statement, named).fetchone()
            if changed is None:
                _check(cursor.execute(_DESTROYED, named).fetchone())
                return False
            report: UUID = changed[0]
            write_trail(cursor, [TrailEntry(report, action, actor, detail={"because": because})])
            return True


def _destroy(cursor: Cursor, due: Sequence[tuple[UUID, int, date, date, bool]]) -> None:
    for statement in _DESTROY:
        cursor.execute(statement, ([row[0] for row in due],))
    write_trail(
        cursor,
        [
            TrailEntry(
                report,
                Action.SHREDDED,
                "tellusonce",
                detail={"closed_on": closed_on.isoformat(), "retention_days": retention_days},
            )
            for report, retention_days, closed_on, _, _ in due
        ],
    )


def _check(found: tuple[Any, ...] | None) -> None:
    if found is None:
        raise NoSuchReport
    if found[0] is not None:
        raise FactsDestroyed(found[0])
