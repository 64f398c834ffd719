"""What a family reads: where its report stands, its trail, and what was agreed to. No fact is decrypted here."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import dict_row

from tellusonce.domain.consent import Consents
from tellusonce.domain.notification import NotificationKind, State
from tellusonce.domain.planning import RefusalReason
from tellusonce.persistence.consents import consents_of
from tellusonce.persistence.database import Cursor, Database
from tellusonce.services.family_progress import Followed, Told
from tellusonce.services.family_trail import Line

_REPORT: LiteralString = """
SELECT report.id, reference, life_event, accepted_at, report.version, registered_at, kind, provisional,
       facts_destroyed_at
FROM report JOIN report_version ON report_id = report.id AND report_version.version = report.version
WHERE report.id = %s
"""

_TOLD: LiteralString = """
SELECT agency, sequence, kind, state, attempts, outcome_due_on, delivered_at, received_at, closed_at
FROM notification WHERE report_id = %s ORDER BY agency, sequence, version
"""

_REFUSED: LiteralString = """
SELECT detail -> 'refusals' FROM trail
WHERE report_id = %s AND action IN ('registered', 'corrected', 'withdrawn') ORDER BY id DESC LIMIT 1
"""

_TRAIL: LiteralString = """
SELECT trail.id, at, action, actor, agency, detail
FROM trail WHERE report_id = %s AND id > %s ORDER BY id LIMIT %s
"""

_READ: LiteralString = """
SELECT id, at, action, actor, agency, detail
FROM trail WHERE report_id = %s AND action = ANY (%s) ORDER BY id DESC LIMIT %s
"""


class FamilyReading:
    """The ports `FollowedStore` and `LineStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def followed(self, report_id: UUID) -> Followed:
        """A report that is there, as it stands at one moment."""
        with self._database.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            row = cursor.execute(_REPORT, (report_id,)).fetchone()
            assert row is not None, "reports are not deleted"
            *_, changed_at, kind, provisional, facts_destroyed_at = row
            return Followed(
                id=row[0],
                reference=row[1],
                life_event=row[2],
                accepted_at=row[3],
                version=row[4],
                changed_at=changed_at,
                withdrawn=kind == NotificationKind.WITHDRAWAL,
                provisional=provisional,
                facts_destroyed_at=facts_destroyed_at,
                told=[_told(*each) for each in cursor.execute(_TOLD, (report_id,))],
                refused=_refused(cursor, report_id),
            )

    def lines(self, report_id: UUID, after: int, limit: int) -> list[Line]:
        """The report's trail, oldest first, at most `limit` entries of it after the one with the given id."""
        return self._lines(_TRAIL, (report_id, after, limit))

    def latest_lines(self, report_id: UUID, actions: list[str], limit: int) -> list[Line]:
        """The last entries of these actions, newest first."""
        return self._lines(_READ, (report_id, actions, limit))

    def consents(self, report_id: UUID) -> Consents:
        """Those of the latest version that has facts of its own, and all that was taken back."""
        with self._database.cursor() as cursor:
            return consents_of(cursor, [report_id])[report_id]

    def _lines(self, statement: LiteralString, parameters: tuple[Any, ...]) -> list[Line]:
        with self._database.cursor() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            return [Line(**row) for row in rows.execute(statement, parameters)]


def _told(
    agency: str,
    sequence: int,
    kind: str,
    state: str,
    attempts: int,
    outcome_due_on: Any,
    *at: datetime | None,
) -> Told:
    return Told(agency, sequence, NotificationKind(kind), State(state), attempts, outcome_due_on, *at)


def _refused(cursor: Cursor, report_id: UUID) -> list[tuple[str, RefusalReason]]:
    row = cursor.execute(_REFUSED, (report_id,)).fetchone()
    return [(each["agency"], RefusalReason(each["reason"])) for each in (row[0] if row and row[0] else ())]
