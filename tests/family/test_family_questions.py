"""A family's questions become follow-ups, and staff's answers come to its page."""

from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from tellusonce.domain.follow_up import FollowUpKind, Purpose
from tellusonce.domain.trail import Action
from tellusonce.persistence.family_questions import FamilyQuestionStore
from tellusonce.services.family_questions import FamilyQuestions, TooManyQuestions
from tests.family.stage import COUNCIL_TAX, Stage

WORDS = "Is the council told?\nIt asked us."


def answer(stage: Stage, words: str) -> None:
    """As staff do."""
    ((follow_up, wrapped_key, master_key),) = stage.rows(
        "SELECT follow_up.id, wrapped_key, master_key FROM follow_up JOIN report ON report.id = report_id"
    )
    encrypted = stage.service.database.encryption.key(stage.id, wrapped_key, master_key).encrypt_words(follow_up, words)
    stage.rows(
        "INSERT INTO follow_up_note (id, follow_up_id, author, purpose, words) VALUES (%s, %s, 'staff:Gwen', %s, %s)",
        _new_id(),
        follow_up,
        Purpose.ANSWER.value,
        encrypted,
    )


def _new_id() -> UUID:
    return uuid7()


def test_a_question_is_a_follow_up_with_the_familys_words(stage: Stage) -> None:
    """About one agency where it names one; the trail says that the family asked, and not what."""
    stage.service.family.questions.ask(stage.id, WORDS, agency=COUNCIL_TAX)
    (follow_up,) = stage.service.reading.follow_ups(agency=None, kind=None, after=None, limit=10)
    assert (follow_up["kind"], follow_up["agency"], follow_up["words"]) == (
        FollowUpKind.FAMILY_QUESTION,
        COUNCIL_TAX,
        WORDS,
    )
    ((actor, detail),) = stage.rows("SELECT actor, detail FROM trail WHERE action = %s", Action.FOLLOW_UP_OPENED.value)
    assert actor == "family"
    assert WORDS not in str(detail)


def test_an_objection_is_told_apart_for_staff_and_family(stage: Stage) -> None:
    """By the line with which its words begin, which the family does not read."""
    stage.service.family.questions.ask(stage.id, WORDS, is_objection=True)
    (follow_up,) = stage.service.reading.follow_ups(agency=None, kind=None, after=None, limit=10)
    assert follow_up["words"].startswith("The family objects")
    (question,) = stage.service.family.questions.of_report(stage.id)
    assert (question.is_objection, question.words) == (True, WORDS)


def test_an_answer_stands_beside_its_question(stage: Stage) -> None:
    """As staff wrote it, without their name."""
    stage.service.family.questions.ask(stage.id, WORDS)
    answer(stage, "It is, since Monday.")
    (question,) = stage.service.family.questions.of_report(stage.id)
    assert [words for _, words in question.answers] == ["It is, since Monday."]
    assert "Gwen" not in str(question)


def test_questions_that_wait_are_bounded(stage: Stage) -> None:
    """Else a page could fill the board."""
    questions = FamilyQuestions(FamilyQuestionStore(stage.service.database), open_limit=2)
    for _ in range(2):
        questions.ask(stage.id, WORDS)
    with pytest.raises(TooManyQuestions):
        questions.ask(stage.id, WORDS)
