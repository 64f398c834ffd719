"""Families that come in: their wrong tries, counted for all processes, and what is compared with what they enter."""

import hmac
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.field import Facts
from tellusonce.domain.trail import TrailEntry
from tellusonce.persistence.blind_index import BlindIndex
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.master_keys import CannotBeDecrypted
from tellusonce.persistence.trail import write_trail
from tellusonce.services.family_access import KnownReport, Paused

_DIGEST_BYTES = 16

# A pause is not made longer by tries that come while it lasts.
_COUNT: LiteralString = """
INSERT INTO family_try (holder, tries, ends_at)
VALUES (%(holder)s, 1, now() + make_interval(secs => %(pause_seconds)s))
ON CONFLICT (holder) DO UPDATE SET
    tries = CASE WHEN family_try.ends_at <= now() THEN 1 ELSE least(family_try.tries, %(tries)s) + 1 END,
    ends_at = CASE WHEN family_try.ends_at > now() AND family_try.tries >= %(tries)s THEN family_try.ends_at
                   ELSE excluded.ends_at END
RETURNING tries > %(tries)s, ends_at
"""

_FORGIVE: tuple[LiteralString, ...] = (
    "DELETE FROM family_try WHERE holder = %(reference)s OR (holder = %(origin)s AND tries = 1)",
    "UPDATE family_try SET tries = tries - 1 WHERE holder = %(origin)s AND tries > 1",
)

_FORGET: LiteralString = """
DELETE FROM family_try WHERE holder IN (
    SELECT holder FROM family_try WHERE ends_at <= now() ORDER BY ends_at LIMIT %s FOR UPDATE SKIP LOCKED
)
"""

_KNOWN: LiteralString = """
SELECT report.id, life_event, wrapped_key, master_key, report.version, facts
FROM report JOIN report_version ON report_id = report.id AND report_version.version = report.version
WHERE reference = %s AND facts IS NOT NULL
"""

_REPORT_ID: LiteralString = "SELECT id FROM report WHERE reference = %s"

_NOBODY = UUID(int=0)
_DECOY: Facts = {
    "deceased": {
        "given_names": "Nobody",
        "family_name": "",
        "date_of_birth": "unknown",
        "date_of_death": "unknown",
        "address": {"lines": ["No such house", "No such town"], "postcode": "ZZ1 1ZZ"},
    },
    "registration": {"entry_number": "none", "registered_on": "1900-01-01", "district": "none"},
    "informant": {"given_names": "Nobody", "family_name": "Nobody", "relationship": "none"},
}
"""Facts of about the usual length with which nothing that is entered agrees."""


class StoredAccess:
    """The port `AccessStore` on PostgreSQL."""

    def __init__(self, database: Database, tries: int, pause_seconds: float) -> None:
        self._database = database
        self._index = BlindIndex(database)
        self._allowed = {"tries": tries, "pause_seconds": pause_seconds}

    def count_try(self, reference: str, origin: bytes) -> None:
        """Count a try of the address, and of the reference where the address has not to wait. Raises Paused."""
        holders = self._of_address(origin), self._of_reference(reference)
        with self._database.statement() as cursor:
            for holder in holders:
                self._count(cursor, holder)

    def forgive_try(self, reference: str, origin: bytes) -> None:
        """What was counted for the reference, and this try of the address, counts no more."""
        holders = {"reference": self._of_reference(reference), "origin": self._of_address(origin)}
        with self._database.cursor() as cursor:
            for statement in _FORGIVE:
                cursor.execute(statement, holders)

    def known(self, reference: str) -> KnownReport:
        """A report by its latest version; a decoy, which costs as much, where there is none or its facts are gone."""
        with self._database.statement() as cursor:
            row = cursor.execute(_KNOWN, (reference,)).fetchone()
        if row is None:
            return self._decoy_known()
        report_id, life_event, wrapped_key, master_key, version, facts = row
        try:
            key = self._database.encryption.key(report_id, wrapped_key, master_key)
            return KnownReport(report_id, life_event, key.decrypt_facts(version, facts))
        except CannotBeDecrypted:
            return self._decoy_known()

    def admit(self, reference: str, entry: Callable[[UUID], TrailEntry]) -> UUID | None:
        """Write this entry into the report's trail and give the report's id; None where there is no report."""
        with self._database.cursor() as cursor:
            row = cursor.execute(_REPORT_ID, (reference,)).fetchone()
            if row is None:
                return None
            report_id: UUID = row[0]
            write_trail(cursor, [entry(report_id)])
            return report_id

    def forget_tries(self, limit: int) -> int:
        """Forget tries whose pause is over, at most so many; gives how many."""
        with self._database.statement() as cursor:
            return cursor.execute(_FORGET, (limit,)).rowcount

    def _count(self, cursor: Cursor, holder: bytes) -> None:
        row = cursor.execute(_COUNT, {"holder": holder, **self._allowed}).fetchone()
        assert row is not None
        is_paused, ends_at = row
        if is_paused:
            until: datetime = ends_at
            raise Paused(until)

    def _of_reference(self, reference: str) -> bytes:
        return self._holder(b"family try of reference\0" + reference.encode())

    def _of_address(self, origin: bytes) -> bytes:
        return self._holder(b"family try from address\0" + origin)

    def _holder(self, named: bytes) -> bytes:
        """Nobody who reads the table learns who tried, or of which report."""
        return hmac.digest(self._index.key(), named, "sha256")[:_DIGEST_BYTES]

    def _decoy_known(self) -> KnownReport:
        wrapped, facts = self._decoy
        key = self._database.encryption.key(_NOBODY, *wrapped)
        return KnownReport(None, "bereavement", key.decrypt_facts(1, facts))

    @cached_property
    def _decoy(self) -> tuple[tuple[bytes, str], bytes]:
        key = self._database.encryption.new_key(_NOBODY)
        return (key.wrapped.wrapped_key, key.wrapped.master_key), key.encrypt_facts(1, _DECOY)
