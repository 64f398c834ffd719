"""What is held on a report's people: the one place where facts, notes and agencies' words are read for people."""

from collections.abc import Callable
from typing import LiteralString
from uuid import UUID

from psycopg.rows import dict_row

from tellusonce.domain.claiming import Situation
from tellusonce.domain.field import Facts
from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.trail import TrailEntry
from tellusonce.persistence.database import Database
from tellusonce.persistence.encryption import ReportKey
from tellusonce.persistence.trail import write_trail
from tellusonce.services.entitlements import KnownReport
from tellusonce.services.export import Holdings, Row
from tellusonce.services.forget import FactsDestroyed

_REPORT: LiteralString = """
SELECT id, reference, life_event, district, accepted_at, version, facts_destroyed_at, wrapped_key, master_key
FROM report WHERE reference = %s
"""

_VERSIONS: LiteralString = """
SELECT version, kind, reason, provisional, registered_by, registered_at, facts
FROM report_version WHERE report_id = %s ORDER BY version
"""

_CONSENTS: LiteralString = """
SELECT version, given_by, capacity, agencies, fields, given_at, recorded
FROM consent WHERE report_id = %s ORDER BY version, number
"""

_CONSENT_WITHDRAWALS: LiteralString = """
SELECT given_by, agencies, recorded, withdrawn_at, withdrawn_by
FROM consent_withdrawal WHERE report_id = %s ORDER BY withdrawn_at, id
"""

_NOTIFICATIONS: LiteralString = """
SELECT id, agency, version, sequence, kind, reason, changed, benefits, fields, gateway, agreement_version,
       receipt_due_on, outcome_due_on, accepted_at, state, delivered_at, received_at, closed_at
FROM notification WHERE report_id = %s ORDER BY agency, sequence, version
"""

_ATTEMPTS: LiteralString = """
SELECT notification_id, number, channel, result, status, duration_ms, reason, finished_at
FROM attempt WHERE notification_id = ANY (%s) ORDER BY notification_id, number
"""

_ACKNOWLEDGEMENTS: LiteralString = """
SELECT notification_id, kind, outcome, effective_on, note, at, recorded_at, state_after
FROM acknowledgement WHERE notification_id = ANY (%s) ORDER BY notification_id, id
"""

_FOLLOW_UPS: LiteralString = """
SELECT id, notification_id, agency, kind, opened_at, due_on, owner, words, closed_at, closed_because
FROM follow_up WHERE report_id = %s ORDER BY notification_id, opened_at, id
"""

_NOTES: LiteralString = """
SELECT follow_up_id, at, author, purpose, follow_up_note.words
FROM follow_up_note JOIN follow_up ON follow_up.id = follow_up_id WHERE report_id = %s ORDER BY at, follow_up_note.id
"""

_FAMILY_CONTACTS: LiteralString = """
SELECT id, way, address, language, updates, reminders, made_at,
       ARRAY(SELECT sent_at FROM family_message WHERE contact_id = id AND sent_at IS NOT NULL ORDER BY day) AS messages
FROM family_contact WHERE report_id = %s ORDER BY made_at, id
"""

_TRAIL: LiteralString = """
SELECT at, action, actor, agency, notification_id AS notification, detail
FROM trail WHERE report_id = %s ORDER BY id LIMIT %s
"""
_TRAIL_LIMIT = 10_000  # as a PDF they take 2.5 s and 460 MB

_LATEST: LiteralString = """
SELECT report.id, reference, life_event, report_version.kind,
       ARRAY(SELECT DISTINCT unnest(benefits) FROM notification WHERE report_id = report.id),
       facts_destroyed_at, report.version, facts, wrapped_key, master_key
FROM report JOIN report_version ON report_id = report.id AND report_version.version = report.version
WHERE reference = %(reference)s AND (%(district)s::text IS NULL OR district = %(district)s)
"""


class Held:
    """The ports `SituationStore` and `HoldingsStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, reference: str, district: str | None) -> KnownReport | None:
        """A report by its latest version; None where there is none, in this district if one is given.

        Raises FactsDestroyed, CannotBeDecrypted, SecretUnusable.
        """
        with self._database.statement() as cursor:
            row = cursor.execute(_LATEST, {"reference": reference, "district": district}).fetchone()
        if row is None:
            return None
        report_id, found, life_event, kind, benefits, facts_destroyed_at, version, stored, *wrapped = row
        if facts_destroyed_at is not None:
            raise FactsDestroyed(facts_destroyed_at)
        withdrawn = kind == NotificationKind.WITHDRAWAL
        facts = self._database.encryption.key(report_id, *wrapped).decrypt_facts(version, stored)
        return KnownReport(report_id, found, life_event, withdrawn, Situation(facts, frozenset(benefits)))

    def everything(self, reference: str, entry: Callable[[UUID, str], TrailEntry]) -> Holdings | None:
        """All that is held, as it stands at one moment, once this entry is in its trail.

        Raises CannotBeDecrypted, SecretUnusable: then there is no entry.
        """
        with self._database.cursor() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            report = rows.execute(_REPORT, (reference,)).fetchone()
            if report is None:
                return None
            report_id: UUID = report.pop("id")
            key = self._key(report_id, report.pop("wrapped_key"), report.pop("master_key"))
            write_trail(cursor, [entry(report_id, report["life_event"])])
            versions = rows.execute(_VERSIONS, (report_id,)).fetchall()
            consents = rows.execute(_CONSENTS, (report_id,)).fetchall()
            consent_withdrawals = rows.execute(_CONSENT_WITHDRAWALS, (report_id,)).fetchall()
            notifications = rows.execute(_NOTIFICATIONS, (report_id,)).fetchall()
            ids = [row["id"] for row in notifications]
            attempts = rows.execute(_ATTEMPTS, (ids,)).fetchall()
            acknowledgements = rows.execute(_ACKNOWLEDGEMENTS, (ids,)).fetchall()
            follow_ups = rows.execute(_FOLLOW_UPS, (report_id,)).fetchall()
            notes = rows.execute(_NOTES, (report_id,)).fetchall()
            contacts = [(row.pop("id"), row) for row in rows.execute(_FAMILY_CONTACTS, (report_id,))]
            trail = rows.execute(_TRAIL, (report_id, _TRAIL_LIMIT + 1)).fetchall()
            return Holdings(
                report=report,
                versions=[{**row, "facts": _facts(key, row)} for row in versions],
                consents=consents,
                consent_withdrawals=consent_withdrawals,
                notifications=notifications,
                attempts=[{**row, "reason": _words(key, row["notification_id"], row["reason"])} for row in attempts],
                acknowledgements=[
                    {**row, "note": _words(key, row["notification_id"], row["note"])} for row in acknowledgements
                ],
                follow_ups=[
                    {**row, "words": _words(key, row["notification_id"] or row["id"], row["words"])}
                    for row in follow_ups
                ],
                follow_up_notes=[{**row, "words": _words(key, row["follow_up_id"], row["words"])} for row in notes],
                family_contacts=[
                    {**row, "address": _words(key, contact_id, row["address"])} for contact_id, row in contacts
                ],
                trail=trail[:_TRAIL_LIMIT],
                trail_is_whole=len(trail) <= _TRAIL_LIMIT,
            )

    def _key(self, report_id: UUID, wrapped_key: bytes | None, master_key: str | None) -> ReportKey | None:
        """None where the facts are destroyed."""
        if wrapped_key is None or master_key is None:
            return None
        return self._database.encryption.key(report_id, wrapped_key, master_key)


def _facts(key: ReportKey | None, version: Row) -> Facts:
    """A version's facts; none once they are destroyed."""
    return key.decrypt_facts(version["version"], version["facts"]) if key else {}


def _words(key: ReportKey | None, subject: UUID, stored: bytes | None) -> str | None:
    """What was written of a notification or a follow-up; nothing once it is destroyed."""
    return key.shown_words(subject, stored) if key else None
