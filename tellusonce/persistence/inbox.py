"""What agencies find in their inbox."""

from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import dict_row

from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import CLAIMED, claimed_of
from tellusonce.persistence.tables import CLOSED_STATES
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.words import report_keys
from tellusonce.services.deliver import Claimed
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.inbox import Entry, Found, History, Place

_SENT: LiteralString = """
SELECT id, report_id, kind, benefits, accepted_at, state, receipt_due_on, outcome_due_on
FROM notification
WHERE agency = %(agency)s AND attempts > 0 AND (accepted_at, id) > (%(after_at)s, %(after_id)s)
"""
_FIRST: LiteralString = "ORDER BY accepted_at, id LIMIT %(limit)s"

# What is open and what is closed stand in an index each.
_OPEN_PAGE: LiteralString = f"({_SENT} AND state NOT IN ({CLOSED_STATES}) {_FIRST})"
_WHOLE_PAGE: LiteralString = f"{_OPEN_PAGE} UNION ALL ({_SENT} AND state IN ({CLOSED_STATES}) {_FIRST}) {_FIRST}"


def _entries(page: LiteralString) -> LiteralString:
    return f"""
SELECT page.id, reference, kind, benefits, page.accepted_at, state, receipt_due_on, outcome_due_on, actor, at
FROM ({page}) AS page
JOIN report ON report.id = report_id
LEFT JOIN LATERAL (
    SELECT actor, at FROM trail
    WHERE trail.report_id = page.report_id AND notification_id = page.id AND action = 'opened'
    ORDER BY trail.id LIMIT 1
) AS first ON true
ORDER BY page.accepted_at, page.id
"""  # noqa: S608


_OPEN_ENTRIES = _entries(_OPEN_PAGE)
_ENTRIES = _entries(_WHOLE_PAGE)

_FOUND: LiteralString = f"""
SELECT state, facts_destroyed_at, {CLAIMED}
FROM notification
JOIN report ON report.id = notification.report_id
JOIN report_version ON report_version.report_id = notification.report_id
     AND report_version.version = notification.facts_version
WHERE notification.id = %s AND agency = %s AND attempts > 0
"""  # noqa: S608

_OPENINGS: LiteralString = """
SELECT actor AS by, at FROM trail
WHERE report_id = %s AND notification_id = %s AND action = 'opened' ORDER BY id LIMIT %s
"""

_WORDS: LiteralString = """
SELECT kind, outcome, effective_on, note, at FROM acknowledgement WHERE notification_id = %s ORDER BY id LIMIT %s
"""

_LISTED_AT_MOST = 100
_BEGINNING = Place(datetime.min.replace(tzinfo=UTC), UUID(int=0))


class StoredInbox:
    """The port `InboxStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, agency: str, *, only_open: bool, after: Place | None, limit: int) -> list[Entry]:
        """Those that were sent to the agency, oldest first, at most `limit` of them after a place."""
        place = after or _BEGINNING
        asked = {"agency": agency, "after_at": place.accepted_at, "after_id": place.id, "limit": limit}
        with self._database.statement() as cursor:
            cursor.execute(_OPEN_ENTRIES if only_open else _ENTRIES, asked)
            return [Entry(*row) for row in cursor]

    def find(self, agency: str, notification: UUID) -> Found | None:
        """One that was sent to the agency."""
        with self._database.statement() as cursor:
            row = cursor.execute(_FOUND, (notification, agency)).fetchone()
        if row is None:
            return None
        state, facts_destroyed_at, *claimed = row
        if facts_destroyed_at is not None:
            raise FactsDestroyed(facts_destroyed_at)
        return Found(claimed_of(self._database.encryption, tuple(claimed)), State(state))

    def note_opening(self, claimed: Claimed, actor: str) -> None:
        """Write into the trail that this person reads it."""
        with self._database.cursor() as cursor:
            write_trail(cursor, [TrailEntry(claimed.report_id, Action.OPENED, actor, claimed.agency, claimed.id)])

    def history(self, claimed: Claimed) -> History:
        """The first openings and words of very many."""
        with self._database.cursor() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            openings = rows.execute(_OPENINGS, (claimed.report_id, claimed.id, _LISTED_AT_MOST)).fetchall()
            words = rows.execute(_WORDS, (claimed.id, _LISTED_AT_MOST)).fetchall()
            keys = report_keys(cursor, self._database.encryption, {claimed.report_id} if words else ())
        key = keys.get(claimed.report_id)
        notes = (key and key.shown_words(claimed.id, word["note"]) for word in words)
        return History(openings, [{**word, "note": note} for word, note in zip(words, notes, strict=True)])
