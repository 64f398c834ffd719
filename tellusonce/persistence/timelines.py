"""A report as staff follow it: where each notification stands, and all that happened, newest first. No fact is read."""

from typing import Any, LiteralString

from psycopg.rows import dict_row

from tellusonce.persistence.database import Database

_REPORT: LiteralString = """
SELECT id, reference, life_event, district, accepted_at, version, held_at, facts_destroyed_at FROM report
WHERE reference = %s
"""

_NOTIFICATIONS: LiteralString = """
SELECT id, agency, version, sequence, kind, state, attempts, benefits, fields, gateway, agreement_version,
       receipt_due_on, outcome_due_on, next_attempt_at, delivered_at, received_at, closed_at
FROM notification WHERE report_id = %s ORDER BY agency, sequence DESC, version DESC LIMIT 500
"""

_FOLLOW_UPS: LiteralString = """
SELECT id, kind, agency, owner, due_on, closed_at, raised_to FROM follow_up
WHERE report_id = %s ORDER BY closed_at IS NOT NULL, due_on, id LIMIT 200
"""

# What was sent stands with its notification; how long it took with the attempt.
_ENTRIES: LiteralString = """
SELECT trail.id, trail.at, action, actor, trail.agency, trail.notification_id AS notification, detail,
       channel, duration_ms
FROM trail
LEFT JOIN attempt ON attempt.notification_id = trail.notification_id
     AND action IN ('delivered', 'attempt-failed', 'parked') AND number = (detail->>'attempt')::smallint
WHERE trail.report_id = %(report)s AND trail.id < %(before)s
ORDER BY trail.id DESC LIMIT %(limit)s
"""

_NEWEST = 2**63 - 1


class Timelines:
    """Queries; nothing here changes anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, reference: str, *, before: int | None, limit: int) -> dict[str, Any] | None:
        """The report with its notifications, follow-ups, and up to `limit` entries before the one with this id."""
        with self._database.cursor() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            report = rows.execute(_REPORT, (reference,)).fetchone()
            if report is None:
                return None
            id_ = report.pop("id")
            asked = {"report": id_, "before": _NEWEST if before is None else before, "limit": limit}
            return {
                **report,
                "notifications": rows.execute(_NOTIFICATIONS, (id_,)).fetchall(),
                "follow_ups": rows.execute(_FOLLOW_UPS, (id_,)).fetchall(),
                "entries": rows.execute(_ENTRIES, asked).fetchall(),
            }
