"""Where families wish to be told, and the messages to them: rows that are due by a time in them, each sent by one."""

from collections.abc import Sequence
from datetime import date
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.family import Way
from tellusonce.domain.language import Language
from tellusonce.persistence.database import Database
from tellusonce.persistence.unnest import arrays
from tellusonce.persistence.words import report_keys
from tellusonce.services.family_wishes import (
    Contact,
    Decision,
    FamilyMessage,
    Looked,
    TooManyContacts,
    Wish,
)
from tellusonce.services.forget import FactsDestroyed

_TODAY: LiteralString = "(now() AT TIME ZONE 'Europe/London')::date"
# Nobody wants to be woken by such a message.
_NEXT_MORNING: LiteralString = f"(({_TODAY} + 1 + time '09:00') AT TIME ZONE 'Europe/London')"

_LOCK_REPORT: LiteralString = "SELECT facts_destroyed_at FROM report WHERE id = %s FOR UPDATE"
_COUNT: LiteralString = "SELECT count(*) FROM family_contact WHERE report_id = %s"

_ADD: LiteralString = f"""
INSERT INTO family_contact (id, report_id, way, address, language, updates, reminders, look_at, reminded_to)
VALUES (%s, %s, %s, %s, %s, %s, %s, {_NEXT_MORNING}, %s)
"""  # noqa: S608

_OF_REPORT: LiteralString = """
SELECT id, way, updates, reminders, made_at FROM family_contact WHERE report_id = %s ORDER BY made_at, id
"""

_REMOVE: LiteralString = """
DELETE FROM family_contact WHERE id = %(id)s AND (%(report_id)s::uuid IS NULL OR report_id = %(report_id)s)
"""

# What has changed since the contact was told: a version, where one of its notifications stands,
# or what staff answered.
_LOOK: LiteralString = f"""
UPDATE family_contact SET look_at = {_NEXT_MORNING}
FROM report
WHERE report.id = report_id AND family_contact.id IN (
    SELECT id FROM family_contact WHERE look_at <= now() ORDER BY look_at LIMIT %s FOR UPDATE SKIP LOCKED
)
RETURNING family_contact.id, reference, now(), updates, reminders,
    EXISTS (
        SELECT FROM report_version
        WHERE report_version.report_id = report.id AND registered_at > told_at
    ) OR EXISTS (
        SELECT FROM notification
        WHERE notification.report_id = report.id AND greatest(delivered_at, received_at, closed_at) > told_at
    ) OR EXISTS (
        SELECT FROM notification JOIN acknowledgement ON notification_id = notification.id
        WHERE notification.report_id = report.id AND recorded_at > told_at
    ) OR EXISTS (
        SELECT FROM follow_up JOIN follow_up_note ON follow_up_id = follow_up.id
        WHERE follow_up.report_id = report.id AND purpose = 'answer' AND at > told_at
    ),
    reminded_to
"""  # noqa: S608

_DECIDED: tuple[LiteralString, ...] = (
    """
UPDATE family_contact
SET told_at = CASE WHEN news THEN at ELSE told_at END, reminded_to = decided.reminded_to
FROM unnest(%(ids)s::uuid[], %(at)s::timestamptz[], %(news)s::bool[], %(reminded_to)s::date[])
    AS decided (id, at, news, reminded_to)
WHERE family_contact.id = decided.id
""",
    f"""
INSERT INTO family_message (contact_id, day, news, reminder)
SELECT decided.id, {_TODAY}, news, reminder
FROM unnest(%(ids)s::uuid[], %(news)s::bool[], %(reminder)s::bool[]) AS decided (id, news, reminder)
JOIN family_contact ON family_contact.id = decided.id
WHERE news OR reminder
ON CONFLICT DO NOTHING
""",  # noqa: S608
    f"""
DELETE FROM family_message
WHERE contact_id = ANY (%(ids)s) AND day < {_TODAY} - 30 AND next_attempt_at IS NULL
""",  # noqa: S608
)

_CLAIM: LiteralString = """
UPDATE family_message
SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => %(lease_seconds)s)
FROM family_contact
WHERE family_contact.id = contact_id AND (contact_id, day) IN (
    SELECT contact_id, day FROM family_message
    WHERE next_attempt_at <= now() ORDER BY next_attempt_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING contact_id, report_id, day, way, address, language, news, reminder, attempts
"""

# Who was slower than the lease changes nothing: a later attempt has counted on.
_SENT: LiteralString = """
UPDATE family_message SET sent_at = now(), next_attempt_at = NULL
WHERE contact_id = %s AND day = %s AND sent_at IS NULL
"""
_NOT_SENT: LiteralString = """
UPDATE family_message SET next_attempt_at = now() + make_interval(secs => %s)
WHERE contact_id = %s AND day = %s AND attempts = %s AND sent_at IS NULL
"""


class FamilyContacts:
    """The port `ContactStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, report_id: UUID, id_: UUID, wish: Wish, reminded_to: date, limit: int) -> None:
        """Keep a wish, unless the report has `limit` already. Raises TooManyContacts, FactsDestroyed."""
        with self._database.cursor() as cursor:
            row = cursor.execute(_LOCK_REPORT, (report_id,)).fetchone()
            assert row is not None, "reports are not deleted"
            if row[0] is not None:
                raise FactsDestroyed(row[0])
            counted = cursor.execute(_COUNT, (report_id,)).fetchone()
            if counted is None or counted[0] >= limit:
                raise TooManyContacts
            key = report_keys(cursor, self._database.encryption, [report_id])[report_id]
            address = key.encrypt_words(id_, wish.address)
            cursor.execute(
                _ADD,
                (id_, report_id, wish.way, address, wish.language, wish.updates, wish.reminders, reminded_to),
            )

    def of_report(self, report_id: UUID) -> Sequence[Contact]:
        """Those of a report, oldest first."""
        with self._database.statement() as cursor:
            return [Contact(id_, Way(way), *rest) for id_, way, *rest in cursor.execute(_OF_REPORT, (report_id,))]

    def remove(self, id_: UUID, report_id: UUID | None) -> bool:
        """Forget one, with its messages; whether it was there."""
        with self._database.statement() as cursor:
            return cursor.execute(_REMOVE, {"id": id_, "report_id": report_id}).rowcount > 0

    def look(self, limit: int) -> Sequence[Looked]:
        """Up to `limit` that are due; each is given to one who looks, and is due again the next morning."""
        with self._database.statement() as cursor:
            return [Looked(*row) for row in cursor.execute(_LOOK, (limit,))]

    def decided(self, decisions: Sequence[Decision]) -> None:
        """Keep what follows: a message for the day where there is one."""
        rows = [(each.looked.id, each.looked.at, each.news, each.reminder, each.reminded_to) for each in decisions]
        columns = dict(zip(("ids", "at", "news", "reminder", "reminded_to"), arrays(rows), strict=True))
        with self._database.cursor() as cursor:
            for statement in _DECIDED:
                cursor.execute(statement, columns)

    def claim(self, lease_seconds: float, limit: int) -> Sequence[FamilyMessage]:
        """Up to `limit` messages that are due to be sent, under a lease. Those of a destroyed key went with it."""
        with self._database.cursor() as cursor:
            claimed = cursor.execute(_CLAIM, {"lease_seconds": lease_seconds, "limit": limit}).fetchall()
            keys = report_keys(cursor, self._database.encryption, {report_id for _, report_id, *_ in claimed})
        return [
            FamilyMessage(contact, day, Way(way), address, Language(language), news, reminder, attempt)
            for contact, report_id, day, way, encrypted, language, news, reminder, attempt in claimed
            if report_id in keys and (address := keys[report_id].decrypt_words(contact, encrypted))
        ]

    def sent(self, message: FamilyMessage) -> None:
        """It was handed over."""
        with self._database.statement() as cursor:
            cursor.execute(_SENT, (message.contact, message.day))

    def not_sent(self, message: FamilyMessage, retry_in_seconds: float | None) -> None:
        """It was not; it is due again after so long, or never."""
        with self._database.statement() as cursor:
            cursor.execute(_NOT_SENT, (retry_in_seconds, message.contact, message.day, message.attempt))
