"""The texts of agreements: each version's is kept once, and for ever."""

from collections.abc import Sequence
from typing import LiteralString

from tellusonce.persistence.database import Database
from tellusonce.services.agreement_texts import AgreementText, StoredText

# The first to store a version's text wins; what all the others find is what was stored.
_KEEP: LiteralString = """
WITH asked AS (
    SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[])
        AS row (agency, life_event, version, text, sha256)
), kept AS (
    INSERT INTO agreement_text (agency, life_event, version, text, sha256)
    SELECT agency, life_event, version, text, sha256 FROM asked
    ON CONFLICT DO NOTHING
)
SELECT asked.agency, asked.life_event, asked.version
FROM asked JOIN agreement_text USING (agency, life_event, version)
WHERE asked.sha256 <> agreement_text.sha256
ORDER BY 1, 2, 3
"""

_FIND: LiteralString = """
SELECT agency, life_event, version, text, sha256, stored_at FROM agreement_text
WHERE agency = %(agency)s AND life_event = %(life_event)s AND version = %(version)s
"""


class AgreementTexts:
    """The port `TextStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, texts: Sequence[AgreementText]) -> list[AgreementText]:
        """Store those of versions that are new; gives those whose version has another text already."""
        by_version = {(each.agency, each.life_event, each.version): each for each in texts}
        columns = zip(*((*name, each.text, each.sha256) for name, each in by_version.items()), strict=True)
        with self._database.statement() as cursor:
            cursor.execute(_KEEP, [list(column) for column in columns])
            return [by_version[agency, life_event, version] for agency, life_event, version in cursor]

    def find(self, agency: str, life_event: str, version: str) -> StoredText | None:
        """The text of one version."""
        with self._database.statement() as cursor:
            row = cursor.execute(_FIND, {"agency": agency, "life_event": life_event, "version": version}).fetchone()
        return StoredText(AgreementText(*row[:4]), row[5]) if row else None
