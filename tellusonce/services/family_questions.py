"""A family's questions and objections: each is a follow-up for staff, whose answer the family finds on its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tellusonce.domain.follow_up import FollowUpKind, NewFollowUp

LENGTH_LIMIT = 2_000
"""Characters of a question at the most."""
OBJECTION = "The family objects to what is done with the data:"
"""With this line the words of an objection begin: a follow-up has no kind of its own for it (UK GDPR, Article 21)."""
TAKE_BACK = (
    "The family wishes to take the informant's permission back. It came in without the link of the receipt: ask the "
    "informant before it is done. For these agencies:"
)
"""With this line begins such a wish of who may be anybody that knows the reference, the surname and the date."""


class TooManyQuestions(Exception):
    """A report has as many questions without an answer as it may have."""


@dataclass(frozen=True)
class Question:
    """What a family said, and what staff answered."""

    asked_at: datetime
    is_objection: bool
    words: str | None
    """None once the report's facts are destroyed."""
    answers: Sequence[tuple[datetime, str]]
    """Oldest first."""
    is_closed: bool


class QuestionStore(Protocol):
    """Where follow-ups are kept."""

    def ask(self, question: NewFollowUp, limit: int) -> None:
        """Open a follow-up, unless `limit` of the report's questions are open.

        Raises TooManyQuestions, FactsDestroyed.
        """

    def of_report(self, report_id: UUID) -> Sequence[Question]:
        """A report's questions, newest first."""


class FamilyQuestions:
    """The use case."""

    def __init__(self, store: QuestionStore, open_limit: int) -> None:
        self._store = store
        self._open_limit = open_limit

    def ask(self, report_id: UUID, words: str, *, agency: str | None = None, is_objection: bool = False) -> None:
        """Ask staff, about one agency or about all. Raises TooManyQuestions, FactsDestroyed."""
        said = f"{OBJECTION}\n\n{words}" if is_objection else words
        follow_up = NewFollowUp(report_id, None, agency, FollowUpKind.FAMILY_QUESTION, said)
        self._store.ask(follow_up, self._open_limit)

    def of_report(self, report_id: UUID) -> Sequence[Question]:
        """What was asked, newest first, with the answers."""
        return self._store.of_report(report_id)
