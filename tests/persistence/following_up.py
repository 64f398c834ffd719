"""Follow-ups to see to, and what is stored of them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tellusonce.domain.follow_up import OF_REPORT, FollowUpKind, NewFollowUp
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_up_moves import FollowUpMoves
from tellusonce.persistence.follow_ups import open_follow_ups
from tellusonce.persistence.trail import write_trail
from tellusonce.services.follow_ups import FollowUps
from tests.persistence.stored import STATE_PENSION, a_stored_report, query

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)  # a Friday


def a_follow_up(
    database: Database,
    kind: FollowUpKind = FollowUpKind.QUERY,
    agency: str = STATE_PENSION,
    words: str | None = "Which of the two addresses was current?",
    owner: str | None = None,
) -> UUID:
    """The id of an open follow-up about a report stored for it, due on NOW's day."""
    report = a_stored_report(database, agency)
    about = None if kind in OF_REPORT else report.notifications[0].id
    with database.cursor() as cursor:
        wanted = [NewFollowUp(report.id, about, agency, kind, words)]
        write_trail(cursor, open_follow_ups(cursor, database.encryption, wanted))
    ((follow_up,),) = query(
        database,
        "UPDATE follow_up SET due_on = %s, next_step_on = %s, owner = %s WHERE report_id = %s RETURNING id",
        NOW.date(),
        NOW.date(),
        owner,
        report.id,
    )
    return UUID(str(follow_up))


def seeing_to(database: Database, moment: datetime = NOW, limit: int = 100) -> FollowUps:
    """The use case at this moment."""
    return FollowUps(FollowUpMoves(database), lambda: moment, snooze_limit_days=30, limit=limit)


def history(database: Database, follow_up: UUID) -> list[tuple[str, str, dict[str, Any]]]:
    """What the trail says of a follow-up, oldest first: the action, who did it and the rest of the detail."""
    rows = query(
        database,
        "SELECT action, actor, detail - 'kind' - 'follow_up' FROM trail WHERE detail->>'follow_up' = %s ORDER BY id",
        str(follow_up),
    )
    return [(action.removeprefix("follow-up-"), actor, detail) for action, actor, detail in rows]


def notes(database: Database, follow_up: UUID) -> list[tuple[str, str, str | None]]:
    """Author, purpose and words of a follow-up's notes, decrypted, oldest first."""
    rows = query(
        database,
        "SELECT report_id, wrapped_key, master_key, author, purpose, follow_up_note.words FROM follow_up_note "
        "JOIN follow_up ON follow_up.id = follow_up_id JOIN report ON report.id = report_id "
        "WHERE follow_up_id = %s ORDER BY follow_up_note.id",
        follow_up,
    )
    return [
        (author, purpose, database.encryption.key(report, *wrapped).decrypt_words(follow_up, words))
        for report, *wrapped, author, purpose, words in rows
    ]
