"""What the master keys have wrapped: the reports' keys, those of drafts, and that of the index."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

from tellusonce.persistence.advisory_lock import AdvisoryLock
from tellusonce.persistence.blind_index import WHOSE
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.master_keys import Wrapped
from tellusonce.persistence.unnest import arrays
from tellusonce.services.keys import RotationUnderWay

# From each to the next greater one: a probe of the index for each key in use, however many reports it has.
IN_USE: LiteralString = """
WITH RECURSIVE used (master_key) AS (
    (SELECT master_key FROM report WHERE master_key > '' ORDER BY master_key LIMIT 1)
    UNION ALL
    SELECT (SELECT report.master_key FROM report WHERE report.master_key > used.master_key
            ORDER BY report.master_key LIMIT 1)
    FROM used WHERE used.master_key IS NOT NULL
)
SELECT master_key FROM used WHERE master_key IS NOT NULL
UNION SELECT master_key FROM index_key UNION SELECT master_key FROM draft
"""

_COUNT: LiteralString = """
SELECT (SELECT count(*) FROM report WHERE master_key = ANY (%(keys)s))
     + (SELECT count(*) FROM draft WHERE master_key = ANY (%(keys)s))
"""

OLDER: LiteralString = """
SELECT id, wrapped_key, master_key FROM report WHERE master_key = ANY (%s) LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""

_WRAP: LiteralString = """
UPDATE report SET wrapped_key = anew.wrapped_key, master_key = anew.master_key
FROM unnest(%b::uuid[], %b::bytea[], %b::text[]) AS anew (id, wrapped_key, master_key) WHERE report.id = anew.id
"""

_OLDER_DRAFTS: LiteralString = """
SELECT id, wrapped_key, master_key FROM draft WHERE master_key = ANY (%s) LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""

_WRAP_DRAFTS: LiteralString = """
UPDATE draft SET wrapped_key = anew.wrapped_key, master_key = anew.master_key
FROM unnest(%b::uuid[], %b::bytea[], %b::text[]) AS anew (id, wrapped_key, master_key) WHERE draft.id = anew.id
"""


class WrappedKeys:
    """The port `WrappedStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def alone(self) -> Iterator[None]:
        """By a lock that the session holds, and that ends with it if its process does."""
        with self._database.session() as cursor:
            ((is_alone,),) = cursor.execute(
                "SELECT pg_try_advisory_lock(%s)", (AdvisoryLock.ROTATION.value,)
            ).fetchall()
            if not is_alone:
                raise RotationUnderWay
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", (AdvisoryLock.ROTATION.value,))

    def in_use(self) -> list[str]:
        """The ids of the master keys that have wrapped anything stored."""
        with self._database.statement() as cursor:
            return [row[0] for row in cursor.execute(IN_USE)]

    def count(self, master_keys: Sequence[str]) -> int:
        """How many keys of reports and drafts these have wrapped."""
        with self._database.statement() as cursor:
            ((counted,),) = cursor.execute(_COUNT, {"keys": list(master_keys)}).fetchall()
            return int(counted)

    def wrap_anew(self, master_keys: Sequence[str], limit: int) -> int:
        """Wrap up to `limit` keys of reports and of drafts, and that of the index.

        Raises CannotBeDecrypted, SecretUnusable.
        """
        with self._database.cursor() as cursor:
            _wrap_index_key(cursor, self._database, master_keys)
            return sum(
                _wrap_rows(cursor, self._database, cursor.execute(older, (list(master_keys), limit)).fetchall(), wrap)
                for older, wrap in ((OLDER, _WRAP), (_OLDER_DRAFTS, _WRAP_DRAFTS))
            )


def _wrap_rows(cursor: Cursor, database: Database, rows: Sequence[tuple[Any, ...]], wrap: LiteralString) -> int:
    encryption = database.encryption
    anew = [(owner, encryption.wrapped_anew(owner, Wrapped(*wrapped))) for owner, *wrapped in rows]
    if anew:
        cursor.execute(wrap, arrays([(owner, each.wrapped_key, each.master_key) for owner, each in anew]))
    return len(anew)


def _wrap_index_key(cursor: Cursor, database: Database, master_keys: Sequence[str]) -> None:
    cursor.execute(
        "SELECT wrapped_key, master_key FROM index_key WHERE master_key = ANY (%s) FOR UPDATE", (list(master_keys),)
    )
    for row in cursor.fetchall():
        ring = database.encryption.master_keys
        anew = ring.wrap(ring.unwrap(Wrapped(*row), WHOSE), WHOSE)
        cursor.execute("UPDATE index_key SET wrapped_key = %s, master_key = %s", (anew.wrapped_key, anew.master_key))
