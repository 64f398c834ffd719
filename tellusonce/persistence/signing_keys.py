"""Generations of agencies' signing secrets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString

from tellusonce.domain.agency_act import AgencyAction
from tellusonce.persistence.agency_acts import write_act
from tellusonce.persistence.database import Cursor, Database
from tellusonce.services.signing_keys import NothingToRetire, RotationUnfinished

_FIRST = 1

# A row or two for each agency whose secret was ever changed.
_LIVE: LiteralString = """
SELECT agency, array_agg(generation ORDER BY generation DESC)
FROM signing_key WHERE retired_at IS NULL GROUP BY agency
"""

_LIVE_OF_ONE: LiteralString = """
SELECT generation FROM signing_key WHERE agency = %s AND retired_at IS NULL ORDER BY generation DESC
"""

_STANDING: LiteralString = """
SELECT generation, made_at FROM signing_key WHERE agency = %s AND retired_at IS NULL ORDER BY generation DESC
"""

# The first generation may not stand there yet.
_MAKE: LiteralString = """
INSERT INTO signing_key (agency, generation) VALUES (%s, %s), (%s, %s) ON CONFLICT DO NOTHING
"""

_RETIRE: LiteralString = """
UPDATE signing_key SET retired_at = now() WHERE agency = %s AND generation = ANY (%s)
"""


class StoredSigningKeys:
    """The port `SigningKeyStore` on PostgreSQL. An agency without a row has the first generation alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def live(self) -> Mapping[str, Sequence[int]]:
        """The generations by agency, newest first."""
        with self._database.statement() as cursor:
            return dict(cursor.execute(_LIVE).fetchall())

    def standing(self, agency: str) -> Sequence[tuple[int, datetime | None]]:
        """The live generations, newest first, and since when; None for the first, which always was."""
        with self._database.statement() as cursor:
            found = cursor.execute(_STANDING, [agency]).fetchall()
        return [(generation, None if generation == _FIRST else made_at) for generation, made_at in found] or [
            (_FIRST, None)
        ]

    def rotate(self, agency: str, actor: str) -> int:
        """Make the next generation live beside the present one. Raises RotationUnfinished."""
        with self._database.cursor() as cursor:
            present, *older = _live_for_change(cursor, agency)
            if older:
                raise RotationUnfinished
            cursor.execute(_MAKE, [agency, present, agency, present + 1])
            write_act(cursor, agency, AgencyAction.SIGNING_SECRET_MADE, actor, {"generation": present + 1})
            return present + 1

    def retire(self, agency: str, actor: str) -> None:
        """End the older generation. Raises NothingToRetire."""
        with self._database.cursor() as cursor:
            _, *older = _live_for_change(cursor, agency)
            if not older:
                raise NothingToRetire
            cursor.execute(_RETIRE, [agency, older])
            write_act(cursor, agency, AgencyAction.SIGNING_SECRET_RETIRED, actor, {"generation": older[0]})


def _live_for_change(cursor: Cursor, agency: str) -> list[int]:
    # Keys are changed seldom: one at a time is simplest, and reading goes on meanwhile.
    cursor.execute("LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE")
    cursor.execute(_LIVE_OF_ONE, [agency])
    return [generation for (generation,) in cursor] or [_FIRST]
