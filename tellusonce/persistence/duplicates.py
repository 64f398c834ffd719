"""Candidates for duplicates, by the blind index; only then are facts decrypted."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.search import Sought
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.blind_index import BlindIndex
from tellusonce.persistence.database import Database
from tellusonce.persistence.trail import write_trail
from tellusonce.services.duplicates import Candidate
from tellusonce.services.versions import NoSuchReport

# The first of a pair leads, and the second is probed for each report that has it.
CANDIDATES: LiteralString = """
SELECT report.id, reference, district, report.version, facts, wrapped_key, master_key
FROM (
    SELECT DISTINCT entry.report_id
    FROM unnest(%(first)s::bytea[], %(second)s::bytea[]) AS pair (first, second)
    JOIN blind_index AS entry ON entry.digest = pair.first
    WHERE EXISTS (
        SELECT FROM blind_index AS probed WHERE probed.digest = pair.second AND probed.report_id = entry.report_id
    )
    LIMIT %(limit)s
) AS candidate
JOIN report ON report.id = candidate.report_id
JOIN report_version ON report_version.report_id = report.id AND report_version.version = report.version
WHERE kind <> 'withdrawal' AND facts_destroyed_at IS NULL
ORDER BY report.id
"""

_REPORT: LiteralString = "SELECT id FROM report WHERE reference = %s AND district = %s"


class StoredDuplicates:
    """The port `DuplicateStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = BlindIndex(database)

    def candidates(self, pairs: Sequence[tuple[Sought, Sought]], limit: int) -> list[Candidate]:
        """Reports that have both of any of these pairs. Raises CannotBeDecrypted, SecretUnusable."""
        digests = self._index.digests([each for pair in pairs for each in pair])
        asked = {"first": digests[::2], "second": digests[1::2], "limit": limit}
        with self._database.statement() as cursor:
            rows = cursor.execute(CANDIDATES, asked).fetchall()
        encryption = self._database.encryption
        return [
            Candidate(id_, reference, district, encryption.key(id_, *wrapped).decrypt_facts(version, facts))
            for id_, reference, district, version, facts, *wrapped in rows
        ]

    def shown(self, reports: Sequence[UUID], actor: str) -> None:
        """Write into these reports' trails that they were read beside another."""
        with self._database.cursor() as cursor:
            detail = {"purpose": "possible-duplicate"}
            write_trail(cursor, [TrailEntry(each, Action.READ, actor, detail=detail) for each in reports])

    def found(self, reference: str, district: str, actor: str) -> None:
        """Write into the report's trail that a second one was begun and stopped. Raises NoSuchReport."""
        with self._database.cursor() as cursor:
            row = cursor.execute(_REPORT, (reference, district)).fetchone()
            if row is None:
                raise NoSuchReport
            write_trail(cursor, [TrailEntry(row[0], Action.DUPLICATE_FOUND, actor)])
