"""A report under lock, while it is decided what follows from a change to it."""

from typing import LiteralString, NamedTuple
from uuid import UUID

from tellusonce.persistence.database import Cursor
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.versions import NoSuchReport

_LOCK: LiteralString = """
SELECT id, reference, life_event, version, wrapped_key, master_key, facts_destroyed_at FROM report
WHERE reference = %(reference)s AND (%(district)s::text IS NULL OR district = %(district)s)
FOR UPDATE
"""


class LockedReport(NamedTuple):
    """What its row says."""

    id: UUID
    reference: str
    life_event: str
    version: int
    wrapped_key: bytes
    master_key: str


def lock_report(cursor: Cursor, reference: str, district: str | None) -> LockedReport:
    """One of this district, or of any, locked to the end of the transaction. Raises NoSuchReport, FactsDestroyed."""
    row = cursor.execute(_LOCK, {"reference": reference, "district": district}).fetchone()
    if row is None:
        raise NoSuchReport
    *found, facts_destroyed_at = row
    if facts_destroyed_at is not None:
        raise FactsDestroyed(facts_destroyed_at)
    return LockedReport(*found)
