"""What is held on a report's people: the one place where facts, notes and agencies' words are read for people."""

from typing import Any, LiteralString

from tellusonce.domain.claiming import Situation
from tellusonce.domain.notification import NotificationKind
from tellusonce.persistence.database import Database
from tellusonce.services.entitlements import KnownReport

_LATEST: LiteralString = """
SELECT report.id, reference, life_event, report_version.kind, facts,
       ARRAY(SELECT DISTINCT unnest(benefits) FROM notification WHERE report_id = report.id)
FROM report JOIN report_version ON report_id = report.id AND report_version.version = report.version
WHERE reference = %(reference)s AND (%(district)s::text IS NULL OR district = %(district)s)
"""


class Held:
    """The port `SituationStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, reference: str, district: str | None) -> KnownReport | None:
        """A report by its latest version; None where there is none, in this district if one is given."""
        with self._database.statement() as cursor:
            row = cursor.execute(_LATEST, {"reference": reference, "district": district}).fetchone()
        if row is None:
            return None
        report_id, found, life_event, kind, facts, benefits = row
        withdrawn = kind == NotificationKind.WITHDRAWAL
        return KnownReport(report_id, found, life_event, withdrawn, Situation(_facts(facts), frozenset(benefits)))


def _facts(stored: Any) -> dict[str, Any]:
    """A version's facts as they are stored."""
    facts: dict[str, Any] = stored
    return facts
