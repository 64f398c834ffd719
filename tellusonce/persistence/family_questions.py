"""A family's questions: follow-ups about a report, and the notes on them that are answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from tellusonce.domain.follow_up import FollowUpKind, NewFollowUp, Purpose
from tellusonce.persistence.database import Database
from tellusonce.persistence.encryption import ReportKey
from tellusonce.persistence.follow_ups import open_follow_ups
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.words import report_keys
from tellusonce.services.family_questions import OBJECTION, Question, TooManyQuestions
from tellusonce.services.forget import FactsDestroyed

_LOCK_REPORT: LiteralString = "SELECT facts_destroyed_at FROM report WHERE id = %s FOR UPDATE"
_OPEN: LiteralString = """
SELECT count(*) FROM follow_up WHERE report_id = %s AND kind = %s AND closed_at IS NULL
"""
_QUESTIONS: LiteralString = """
SELECT id, opened_at, words, closed_at IS NOT NULL FROM follow_up
WHERE report_id = %s AND kind = %s ORDER BY opened_at DESC, id DESC LIMIT 100
"""
_ANSWERS: LiteralString = """
SELECT follow_up_id, at, words FROM follow_up_note
WHERE follow_up_id = ANY (%s) AND purpose = %s AND words IS NOT NULL ORDER BY at, id
"""


class FamilyQuestionStore:
    """The port `QuestionStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, question: NewFollowUp, limit: int, actor: str) -> None:
        """Open a follow-up in this actor's name, unless `limit` of the report's questions are open."""
        with self._database.cursor() as cursor:
            row = cursor.execute(_LOCK_REPORT, (question.report_id,)).fetchone()
            assert row is not None, "reports are not deleted"
            if row[0] is not None:
                raise FactsDestroyed(row[0])
            counted = cursor.execute(_OPEN, (question.report_id, question.kind)).fetchone()
            if counted is None or counted[0] >= limit:
                raise TooManyQuestions
            opened = open_follow_ups(cursor, self._database.encryption, [question])
            write_trail(cursor, [replace(each, actor=actor) for each in opened])

    def of_report(self, report_id: UUID) -> Sequence[Question]:
        """A report's questions, newest first."""
        with self._database.cursor() as cursor:
            asked = cursor.execute(_QUESTIONS, (report_id, FollowUpKind.FAMILY_QUESTION)).fetchall()
            ids = [id_ for id_, *_ in asked]
            answered = cursor.execute(_ANSWERS, (ids, Purpose.ANSWER)).fetchall() if ids else []
            key = report_keys(cursor, self._database.encryption, [report_id]).get(report_id)
        return [_question(key, row, [each[1:] for each in answered if each[0] == row[0]]) for row in asked]


def _question(key: ReportKey | None, row: tuple[Any, ...], answers: Sequence[tuple[datetime, bytes]]) -> Question:
    id_, asked_at, words, is_closed = row
    said = key.shown_words(id_, words) if key else None
    is_objection = said is not None and said.startswith(OBJECTION)
    shown = said.removeprefix(OBJECTION).strip() if said else said
    answered = [(at, key.shown_words(id_, stored) or "") for at, stored in answers] if key else []
    return Question(asked_at, is_objection, shown, answered, is_closed)
