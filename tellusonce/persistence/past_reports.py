"""Reports as they were declared, to be planned again."""

from collections.abc import Iterator, Mapping
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.planning import Declaration
from tellusonce.persistence.consents import consents_of
from tellusonce.persistence.database import Database

# Versions from before 0007 do not say what was declared: what the agencies told of them hold stands for it.
_PAGE: LiteralString = """
SELECT report.id, life_event, report.version, facts, wrapped_key, master_key, named_councils, coalesce(
    declared_benefits,
    (SELECT array_agg(DISTINCT benefit) FROM notification, unnest(benefits) AS benefit WHERE report_id = report.id),
    '{}'
)
FROM report JOIN report_version ON report_version.report_id = report.id AND report_version.version = report.version
WHERE report.id > %s AND kind <> 'withdrawal' AND facts_destroyed_at IS NULL
ORDER BY report.id LIMIT %s
"""

_FORGOTTEN: LiteralString = """
SELECT count(*)
FROM report JOIN report_version ON report_version.report_id = report.id AND report_version.version = report.version
WHERE kind <> 'withdrawal' AND facts_destroyed_at IS NOT NULL
"""

_PAGE_REPORTS = 500


class StoredReports:
    """The port `PastReports` on PostgreSQL, in short pages: no snapshot stays open while they are planned."""

    def __init__(self, database: Database, life_events: Mapping[str, LifeEvent]) -> None:
        self._database = database
        self._life_events = life_events

    def declarations(self) -> Iterator[Declaration]:
        """What each report that was not withdrawn or forgotten declares, by its latest version.

        Raises CannotBeDecrypted, SecretUnusable.
        """
        after = UUID(int=0)
        while rows := self._page(after):
            yield from rows.values()
            after = list(rows)[-1]

    def forgotten(self) -> int:
        """Of how many that were not withdrawn the facts are destroyed."""
        with self._database.statement() as cursor:
            ((count,),) = cursor.execute(_FORGOTTEN).fetchall()
        return int(count)

    def _page(self, after: UUID) -> dict[UUID, Declaration]:
        with self._database.cursor() as cursor:
            rows = cursor.execute(_PAGE, (after, _PAGE_REPORTS)).fetchall()
            consents = consents_of(cursor, [row[0] for row in rows])
        encryption = self._database.encryption
        return {
            report_id: Declaration(
                self._life_events[life_event],
                encryption.key(report_id, wrapped_key, master_key).decrypt_facts(version, facts),
                frozenset(benefits),
                consents[report_id],
                tuple(councils or ()),
            )
            for report_id, life_event, version, facts, wrapped_key, master_key, councils, benefits in rows
        }
