"""The reports of a district: its list without a fact, and one read by a person, which its trail says."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.consents import consents_of
from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import CLOSED_STATES
from tellusonce.persistence.trail import write_trail
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.report_form import Restated
from tellusonce.services.versions import NoSuchReport

RECENT: LiteralString = f"""
SELECT report.id, reference, accepted_at, kind, provisional, first.registered_by,
       (SELECT count(*) FROM notification WHERE report_id = report.id AND state <> 'superseded'),
       (SELECT count(*) FROM notification WHERE report_id = report.id AND state <> 'superseded'
                                            AND state IN ({CLOSED_STATES}))
FROM report
JOIN report_version ON report_version.report_id = report.id AND report_version.version = report.version
JOIN (SELECT report_id, registered_by FROM report_version WHERE version = 1) AS first ON first.report_id = report.id
WHERE district = %(district)s AND (%(before)s::uuid IS NULL OR report.id < %(before)s)
ORDER BY report.id DESC LIMIT %(limit)s
"""  # noqa: S608

_READ: LiteralString = """
SELECT report.id, report.version, kind, facts_destroyed_at, facts, declared_benefits, named_councils,
       wrapped_key, master_key
FROM report JOIN report_version ON report_id = report.id AND report_version.version = report.version
WHERE reference = %s AND district = %s
"""


@dataclass(frozen=True)
class RecentReport:
    """A report as the list shows it."""

    id: UUID
    reference: str
    accepted_at: datetime
    kind: str
    """Of its latest version."""
    provisional: bool
    registered_by: str
    told: int
    """How many notifications it has, those that went no more left out."""
    closed: int


@dataclass(frozen=True)
class ReadReport:
    """A report as its latest version declares it."""

    version: int
    withdrawn: bool
    restated: Restated


class DistrictReports:
    """What registrars see of their district."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recent(self, district: str, before: UUID | None = None, *, limit: int) -> list[RecentReport]:
        """The newest first, at most `limit` of them that came before the one with the given id."""
        asked = {"district": district, "before": before, "limit": limit}
        with self._database.statement() as cursor:
            return [RecentReport(*row) for row in cursor.execute(RECENT, asked)]

    def read(self, reference: str, district: str, *, actor: str, purpose: str) -> ReadReport:
        """The facts, for a person to read, which the trail says with the purpose.

        Raises NoSuchReport, FactsDestroyed, CannotBeDecrypted, SecretUnusable.
        """
        with self._database.cursor() as cursor:
            row = cursor.execute(_READ, (reference, district)).fetchone()
            if row is None:
                raise NoSuchReport
            id_, version, kind, facts_destroyed_at, encrypted, benefits, councils, *wrapped = row
            if facts_destroyed_at is not None:
                raise FactsDestroyed(facts_destroyed_at)
            facts = self._database.encryption.key(id_, *wrapped).decrypt_facts(version, encrypted)
            consents = consents_of(cursor, [id_])[id_]
            write_trail(cursor, [TrailEntry(id_, Action.READ, actor, detail={"purpose": purpose, "version": version})])
        restated = Restated(facts, benefits or (), councils or (), consents.given)
        return ReadReport(version, kind == NotificationKind.WITHDRAWAL, restated)
