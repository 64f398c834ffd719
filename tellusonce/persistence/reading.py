"""The read side: what pages, the API and the command line show, in plain SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import dict_row

from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import CLOSED_STATES

_REPORT: LiteralString = """
SELECT id, reference, life_event, district, accepted_at, version, held_at, facts_destroyed_at FROM report
WHERE reference = %(reference)s AND (%(district)s::text IS NULL OR district = %(district)s)
"""

_VERSIONS: LiteralString = """
SELECT version, kind, reason, provisional, registered_by, registered_at
FROM report_version WHERE report_id = %s ORDER BY version
"""

_NOTIFICATIONS: LiteralString = """
SELECT id, agency, version, sequence, kind, reason, changed, state, attempts, benefits, fields, gateway,
       agreement_version, receipt_due_on, outcome_due_on, next_attempt_at, delivered_at, received_at, closed_at
FROM notification WHERE report_id = %s ORDER BY agency, sequence, version
"""

_TRAIL: LiteralString = """
SELECT trail.id, trail.at, action, actor, agency, notification_id AS notification, detail
FROM trail JOIN report ON report.id = trail.report_id
WHERE reference = %s AND trail.id > %s ORDER BY trail.id LIMIT %s
"""

OUTSTANDING: LiteralString = f"""
SELECT notification.id, reference, agency, state, attempts, notification.accepted_at, receipt_due_on, outcome_due_on,
       (SELECT array_agg(kind ORDER BY kind) FROM follow_up
        WHERE notification_id = notification.id AND closed_at IS NULL) AS follow_ups
FROM notification JOIN report ON report.id = report_id
WHERE state NOT IN ({CLOSED_STATES})
  AND (notification.accepted_at, notification.id) > (%(after_at)s, %(after_id)s)
  AND (%(agency)s::text IS NULL OR agency = %(agency)s)
  AND (%(older_than)s::interval IS NULL OR notification.accepted_at < now() - %(older_than)s::interval)
  AND (coalesce(%(kind)s::text, %(owner)s::text) IS NULL OR EXISTS (
    SELECT FROM follow_up
    WHERE notification_id = notification.id AND closed_at IS NULL
      AND (%(kind)s::text IS NULL OR follow_up.kind = %(kind)s) AND (%(owner)s::text IS NULL OR owner = %(owner)s)
  ))
ORDER BY notification.accepted_at, notification.id
LIMIT %(limit)s
"""  # noqa: S608

FOLLOW_UPS: LiteralString = """
SELECT follow_up.id, reference, agency, notification_id AS notification, kind, words, owner, due_on, opened_at,
       report_id, wrapped_key, master_key
FROM follow_up JOIN report ON report.id = report_id
WHERE closed_at IS NULL AND (due_on, follow_up.id) > (%(after_on)s::date, %(after_id)s)
  AND (%(agency)s::text IS NULL OR agency = %(agency)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
ORDER BY due_on, follow_up.id
LIMIT %(limit)s
"""

_OPEN_BY_AGENCY: LiteralString = f"""
SELECT agency, state, count(*), extract(epoch FROM now() - min(accepted_at))::float8
FROM notification WHERE state NOT IN ({CLOSED_STATES}) GROUP BY agency, state
"""  # noqa: S608

_OPEN_FOLLOW_UPS: LiteralString = "SELECT kind, count(*) FROM follow_up WHERE closed_at IS NULL GROUP BY kind"

_UNSEALED: LiteralString = "SELECT coalesce(sum(cardinality(entries)), 0)::bigint FROM unsealed"

_TRAIL_LIMIT = 10_000
_BEGINNING = (datetime.min.replace(tzinfo=UTC), UUID(int=0))


@dataclass(frozen=True)
class OpenCount:
    """How many notifications of one agency stand in one open state, and how old the oldest is."""

    agency: str
    state: str
    count: int
    oldest_seconds: float


class Reading:
    """Queries; nothing here changes anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, reference: str, district: str | None = None) -> dict[str, Any] | None:
        """A report with its versions and notifications; None where there is none, in this district if one is given."""
        found = self._rows(_REPORT, {"reference": reference, "district": district})
        if not found:
            return None
        report = found[0]
        report_id = report.pop("id")
        return {
            **report,
            "versions": self._rows(_VERSIONS, (report_id,)),
            "notifications": self._rows(_NOTIFICATIONS, (report_id,)),
        }

    def trail(self, reference: str, *, after: int = 0, limit: int = _TRAIL_LIMIT) -> list[dict[str, Any]]:
        """A report's trail, oldest first, at most `limit` entries of it after the one with the given id."""
        return self._rows(_TRAIL, (reference, after, limit))

    def outstanding(
        self,
        *,
        agency: str | None = None,
        older_than: timedelta | None = None,
        kind: str | None = None,
        owner: str | None = None,
        after: tuple[datetime, UUID] | None = None,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Notifications that are not closed, oldest first, at most `limit` of them after the given place.

        With a kind or an owner, those that have an open follow-up of that kind, or one that is this person's.
        """
        after_at, after_id = after or _BEGINNING
        asked = {"agency": agency, "older_than": older_than, "kind": kind, "owner": owner, "limit": limit}
        return self._rows(OUTSTANDING, {**asked, "after_at": after_at, "after_id": after_id})

    def follow_ups(
        self, *, agency: str | None, kind: str | None, after: tuple[date, UUID] | None, limit: int
    ) -> list[dict[str, Any]]:
        """Open follow-ups, those due first coming first, at most `limit` of them after the given place."""
        after_on, after_id = after or (date.min, UUID(int=0))
        asked = {"agency": agency, "kind": kind, "after_on": after_on, "after_id": after_id, "limit": limit}
        return [self._with_words(row) for row in self._rows(FOLLOW_UPS, asked)]

    def _with_words(self, row: dict[str, Any]) -> dict[str, Any]:
        report, *wrapped = (row.pop(name) for name in ("report_id", "wrapped_key", "master_key"))
        if row["words"] is not None:
            key = self._database.encryption.key_if_any(report, *wrapped)
            row["words"] = key and key.shown_words(row["notification"] or row["id"], row["words"])
        return row

    def open_counts(self) -> list[OpenCount]:
        """What is open, by agency and state."""
        with self._database.cursor() as cursor:
            cursor.execute(_OPEN_BY_AGENCY)
            return [OpenCount(*row) for row in cursor]

    def open_follow_ups(self) -> dict[str, int]:
        """How many follow-ups are open, by kind."""
        with self._database.cursor() as cursor:
            cursor.execute(_OPEN_FOLLOW_UPS)
            return dict(cursor.fetchall())

    def unsealed_entries(self) -> int:
        """How many trail entries wait to be sealed."""
        with self._database.statement() as cursor:
            ((count,),) = cursor.execute(_UNSEALED)
            return int(count)

    def _rows(self, statement: LiteralString, parameters: dict[str, Any] | Sequence[Any]) -> list[dict[str, Any]]:
        with self._database.cursor() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            return rows.execute(statement, parameters).fetchall()
