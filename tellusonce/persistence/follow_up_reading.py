"""Follow-ups as staff read them: lists, counts, and one with all that was said about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import dict_row

from tellusonce.domain.trail import Action
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_ups import follow_up_entry
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.words import report_keys

NOBODY = "nobody"
"""Asked for as an owner, it means those that nobody has."""


class Sort(StrEnum):
    """By what a list is ordered."""

    DUE = "due"
    OPENED = "opened"
    AGENCY = "agency"
    KIND = "kind"
    OWNER = "owner"


@dataclass(frozen=True)
class Sought:
    """Which follow-ups are asked for; None asks nothing."""

    agency: str | None = None
    kind: str | None = None
    owner: str | None = None
    """One person, or NOBODY."""
    older_than: timedelta | None = None
    """Opened longer ago than this."""
    district: str | None = None
    raised_to: str | None = None
    snoozed: bool | None = None
    reports: Sequence[UUID] | None = None
    ids: Sequence[UUID] | None = None
    closed: bool | None = False
    """Open ones, closed ones, or with None both."""


_ORDER: Mapping[Sort, tuple[LiteralString, LiteralString]] = {
    Sort.DUE: ("due_on", "date"),
    Sort.OPENED: ("opened_at", "timestamptz"),
    Sort.AGENCY: ("coalesce(follow_up.agency, '')", "text"),
    Sort.KIND: ("follow_up.kind", "text"),
    Sort.OWNER: ("coalesce(owner, '')", "text"),
}

_CONDITIONS: Mapping[str, LiteralString] = {
    "agency": "follow_up.agency = %(agency)s",
    "kind": "follow_up.kind = %(kind)s",
    "owner": "owner = %(owner)s",
    "older_than": "opened_at < now() - %(older_than)s::interval",
    "district": "district = %(district)s",
    "raised_to": "raised_to = %(raised_to)s",
    "snoozed": "(snoozed_until IS NOT NULL) = %(snoozed)s",
    "ids": "follow_up.id = ANY (%(ids)s)",
    "reports": "report_id = ANY (%(reports)s)",
}

_LISTED: LiteralString = """
SELECT follow_up.id, reference, district, agency, notification_id AS notification, kind, owner, due_on, opened_at,
       snoozed_until, raised_to, steps_taken, closed_at, closed_because, follow_up.version
"""
_FROM: LiteralString = "FROM follow_up JOIN report ON report.id = report_id"

_ONE: LiteralString = f"{_LISTED}, report_id, words {_FROM} WHERE follow_up.id = %s"

_NOTES: LiteralString = """
SELECT at, author, purpose, words FROM follow_up_note WHERE follow_up_id = %s ORDER BY id DESC LIMIT 500
"""

_HISTORY: LiteralString = """
SELECT at, action, actor, detail - 'kind' - 'follow_up' AS detail FROM trail
WHERE report_id = %s AND detail->>'follow_up' = %s ORDER BY id DESC LIMIT 500
"""


class FollowUpReading:
    """Queries. Only `one` changes something: it writes into the trail who reads what was said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(
        self,
        sought: Sought,
        *,
        sort: Sort = Sort.DUE,
        descending: bool = False,
        after: tuple[str, UUID] | None = None,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Those sought, at most `limit` of them after the one with this value and id; nobody's words."""
        column, kind = _ORDER[sort]
        direction: LiteralString = "DESC" if descending else "ASC"
        conditions, asked = _conditions(sought)
        if after is not None:
            sign: LiteralString = "<" if descending else ">"
            conditions.append(f"({column}, follow_up.id) {sign} (%(after)s::{kind}, %(after_id)s)")
            asked |= {"after": after[0], "after_id": after[1]}
        statement: LiteralString = (
            f"{_LISTED}, {column} AS place {_FROM} WHERE {' AND '.join(conditions)} "
            f"ORDER BY {column} {direction}, follow_up.id {direction} LIMIT %(limit)s"
        )
        with self._database.statement() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            return rows.execute(statement, {**asked, "limit": limit}).fetchall()

    def one(self, follow_up: UUID, actor: str) -> dict[str, Any] | None:
        """A follow-up with its words, notes and history, newest first; that this person reads it is in the trail."""
        with self._database.cursor() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            found = rows.execute(_ONE, (follow_up,)).fetchone()
            if found is None:
                return None
            report: UUID = found.pop("report_id")
            notes = rows.execute(_NOTES, (follow_up,)).fetchall()
            history = rows.execute(_HISTORY, (report, str(follow_up))).fetchall()
            said = found["words"] is not None or any(note["words"] is not None for note in notes)
            key = report_keys(cursor, self._database.encryption, {report} if said else ()).get(report)
            if key:
                named = (report, found["notification"], found["agency"], found["kind"], follow_up)
                write_trail(cursor, [follow_up_entry(Action.FOLLOW_UP_READ, actor, named)])
        subject = found["notification"] or follow_up
        return {
            **found,
            "words": key and key.shown_words(subject, found["words"]),
            "notes": [{**note, "words": key and key.shown_words(follow_up, note["words"])} for note in notes],
            "history": history,
        }


def _conditions(sought: Sought) -> tuple[list[LiteralString], dict[str, Any]]:
    closed: dict[bool | None, LiteralString] = {True: "closed_at IS NOT NULL", False: "closed_at IS NULL", None: "true"}
    conditions = [closed[sought.closed]]
    asked: dict[str, Any] = {}
    for each in fields(sought):
        value = getattr(sought, each.name)
        if each.name == "owner" and value == NOBODY:
            conditions.append("owner IS NULL")
        elif each.name in _CONDITIONS and value is not None:
            conditions.append(_CONDITIONS[each.name])
            asked[each.name] = value
    return conditions, asked


def place_of(row: Mapping[str, Any]) -> tuple[str, UUID]:
    """Where a list goes on after this row."""
    place: date | datetime | str = row["place"]
    return (place.isoformat() if isinstance(place, date) else place), row["id"]
