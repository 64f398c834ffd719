"""By what reports are found: keyed digests of their facts, which tell nothing to who has not the key."""

import hmac
import os
from collections.abc import Iterable, Sequence
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.search import Sought
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.master_keys import KEY_BYTES, Wrapped
from tellusonce.persistence.tables import blind_index
from tellusonce.persistence.unnest import BatchInsert
from tellusonce.services.find_reports import Found

WHOSE = b"index key"
_DIGEST_BYTES = 16

ENTRIES = BatchInsert(blind_index, "digest", "report_id")

_KEY: LiteralString = "SELECT wrapped_key, master_key FROM index_key"
_MAKE_KEY: LiteralString = "INSERT INTO index_key (wrapped_key, master_key) VALUES (%s, %s) ON CONFLICT DO NOTHING"

# One digest leads, and the others are probed for each report that has it.
FIND: LiteralString = """
SELECT report.id, reference
FROM blind_index AS entry JOIN report ON report.id = entry.report_id
WHERE entry.digest = %(first)s AND entry.report_id > %(after)s
  AND (%(district)s::text IS NULL OR district = %(district)s)
  AND NOT EXISTS (
    SELECT FROM unnest(%(others)s::bytea[]) AS other (digest)
    WHERE NOT EXISTS (
        SELECT FROM blind_index AS probed WHERE probed.digest = other.digest AND probed.report_id = entry.report_id
    )
  )
ORDER BY entry.report_id
LIMIT %(limit)s
"""


class BlindIndex:
    """The port `SearchStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key: bytes | None = None

    def digests(self, sought: Iterable[Sought]) -> list[bytes]:
        """Each as it is stored: HMAC-SHA256 of what it is sought as and of its text, truncated to 16 bytes.

        Raises SecretUnusable.
        """
        key = self.key()
        return [hmac.digest(key, f"{each.term}\0{each.text}".encode(), "sha256")[:_DIGEST_BYTES] for each in sought]

    def key(self) -> bytes:
        """The key of the digests, made in a transaction of its own where there is none. Raises SecretUnusable."""
        if self._key is None:
            encryption = self._database.encryption
            with self._database.statement() as cursor:
                stored = cursor.execute(_KEY).fetchone()
                if stored is None:
                    made = encryption.master_keys.wrap(os.urandom(KEY_BYTES), WHOSE)
                    cursor.execute(_MAKE_KEY, (made.wrapped_key, made.master_key))
                    stored = cursor.execute(_KEY).fetchone()
            assert stored is not None
            self._key = encryption.master_keys.unwrap(Wrapped(*stored), WHOSE)
        return self._key

    def find(self, sought: Sequence[Sought], district: str | None, after: UUID | None, limit: int) -> list[Found]:
        """Those that have all of it, in the order of registration."""
        first, *others = self.digests(sought)
        asked = {"first": first, "others": others, "district": district, "limit": limit}
        with self._database.statement() as cursor:
            cursor.execute(FIND, {**asked, "after": after or UUID(int=0)})
            return [Found(*row) for row in cursor]


def replace_entries(cursor: Cursor, report: UUID, digests: Sequence[bytes]) -> None:
    """Let the report be found by these, and by nothing else."""
    cursor.execute("DELETE FROM blind_index WHERE report_id = %s", (report,))
    ENTRIES.run(cursor, [(digest, report) for digest in digests])
