"""What people did with agencies: written in the transaction of the act itself, and only ever added to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from tellusonce.domain.agency_act import AgencyAction
from tellusonce.persistence.database import Cursor, Database

_WRITE: LiteralString = "INSERT INTO agency_act (agency, action, actor, detail) VALUES (%s, %s, %s, %s)"

_OF: LiteralString = """
SELECT id, at, action, actor, detail FROM agency_act
WHERE agency = %s AND id < %s ORDER BY id DESC LIMIT %s
"""

_NEWEST = 2**63 - 1


@dataclass(frozen=True)
class AgencyAct:
    """One act. The detail holds no secret, no fact, and nothing that people wrote: it is kept for ever."""

    id: int
    at: datetime
    action: AgencyAction
    actor: str
    detail: Mapping[str, Any]


def write_act(
    cursor: Cursor, agency: str, action: AgencyAction, actor: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Add an act, in the transaction of what was done."""
    cursor.execute(_WRITE, (agency, action.value, actor, Jsonb(detail or {})))


class AgencyActs:
    """The acts of each agency."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, agency: str, action: AgencyAction, actor: str, detail: Mapping[str, Any]) -> None:
        """Write one that changed nothing in the database."""
        with self._database.statement() as cursor:
            write_act(cursor, agency, action, actor, detail)

    def of(self, agency: str, *, before: int | None, limit: int) -> list[AgencyAct]:
        """The newest first, at most `limit` of them before the one with this id."""
        with self._database.statement() as cursor:
            cursor.execute(_OF, (agency, _NEWEST if before is None else before, limit))
            return [AgencyAct(id_, at, AgencyAction(action), *rest) for id_, at, action, *rest in cursor]
