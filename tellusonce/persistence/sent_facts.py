"""What one agency was sent, for a supervisor to read: the trail says that they did, and for what."""

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import dict_row

from tellusonce.domain.field import Facts, select
from tellusonce.domain.trail import Action, ReadingPurpose, TrailEntry
from tellusonce.persistence.database import Database
from tellusonce.persistence.trail import write_trail

_SENT: LiteralString = """
SELECT notification.id, agency, notification.kind, notification.version, fields, life_event, facts_destroyed_at
FROM notification JOIN report ON report.id = report_id
WHERE reference = %s AND notification.id = %s AND attempts > 0
"""

_FACTS: LiteralString = """
SELECT report.id, facts_version, facts, wrapped_key, master_key
FROM notification
JOIN report ON report.id = notification.report_id
JOIN report_version ON report_version.report_id = notification.report_id
     AND report_version.version = notification.facts_version
WHERE notification.id = %s
"""


@dataclass(frozen=True)
class SentFacts:
    """A notification that was tried at least once, and the facts in it once they are read."""

    about: dict[str, Any]
    facts: Facts | None = None


class SentFactsReading:
    """Queries. `read` writes who reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def about(self, reference: str, notification: UUID) -> SentFacts | None:
        """What is to be read, without a fact; None where the report has no such notification, or it was never sent."""
        with self._database.statement() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            found = rows.execute(_SENT, (reference, notification)).fetchone()
        return SentFacts(found) if found else None

    def read(self, sent: SentFacts, *, actor: str, purpose: ReadingPurpose) -> SentFacts:
        """The same with its facts, once it is in the trail who reads them and why; without them where they are
        destroyed.

        Raises CannotBeDecrypted, SecretUnusable.
        """
        about = sent.about
        if about["facts_destroyed_at"] is not None:
            return sent
        with self._database.cursor() as cursor:
            row = cursor.execute(_FACTS, (about["id"],)).fetchone()
            if row is None:
                return sent
            report_id, version, stored, *wrapped = row
            facts = self._database.encryption.key(report_id, *wrapped).decrypt_facts(version, stored)
            detail = {"purpose": purpose.value, "version": version}
            write_trail(cursor, [TrailEntry(report_id, Action.READ, actor, about["agency"], about["id"], detail)])
        return SentFacts(about, select(facts, about["fields"]))
