"""Drafts: what a registrar typed, kept as it was typed until it is sent, so that nothing is lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from tellusonce.domain.consent import Consent
from tellusonce.domain.form import Page
from tellusonce.services.answers import Answers, kept

REASON = "reason"
"""Where a draft has the reason of a correction: the page, and its input."""


class NoSuchDraft(Exception):
    """There is no such draft of this person."""


class TooManyDrafts(Exception):
    """The person has as many drafts as are kept of one."""


class DraftSent(Exception):
    """The draft was sent, and cannot be changed any more."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"the draft was sent as {reference}")
        self.reference = reference


@dataclass(frozen=True)
class Owner:
    """Whose a draft is. It is read and sent by nobody else, on whatever machine they sign in."""

    district: str
    actor: str


@dataclass(frozen=True)
class Corrected:
    """The report that a draft corrects, as the registrar saw it."""

    reference: str
    version: int


@dataclass(frozen=True)
class Draft:
    """A report or a correction that is being written, or was sent."""

    id: UUID
    owner: Owner
    life_event: str
    pages: Mapping[str, Answers] = field(default_factory=dict)
    """What stands on each page, by its code, finished or not."""
    finished: Sequence[str] = ()
    """The codes of pages that the person has done with, right or wrong."""
    ruled_out: Sequence[str] = ()
    """References of reports that looked alike, and are of other people."""
    corrects: Corrected | None = None
    consents: Sequence[Consent] = ()
    """Those that stand in the version that is corrected; a restated one keeps its time."""
    changed_at: datetime | None = None
    """When it was last saved; the database says."""
    sent_as: str | None = None

    def answered(self, page: Page) -> bool:
        """Whether the person has done with the page."""
        return page.code in self.finished


class DraftStore(Protocol):
    """Where drafts are kept, encrypted."""

    def add(self, draft: Draft, limit: int) -> None:
        """Keep a new one. Raises TooManyDrafts where its owner has `limit` that are not sent."""

    def find(self, draft: UUID, owner: Owner) -> Draft | None:
        """One of this person's."""

    def change(self, draft: UUID, owner: Owner, changed: Callable[[Draft], Draft]) -> Draft:
        """Keep it as changed, under its lock. Raises NoSuchDraft, DraftSent."""

    def sent(self, draft: Draft, reference: str) -> None:
        """Keep of it only how the receipt is wanted, and as what it was sent. Harmless when repeated."""

    def delete(self, draft: UUID, owner: Owner) -> None:
        """Destroy it, if it is there and was not sent."""

    def unsent(self, owner: Owner, before: UUID | None, limit: int) -> list[Draft]:
        """Those not sent, the newest first, at most `limit` of them made before the one with the given id."""

    def forget(self, days: int, limit: int) -> int:
        """Destroy up to `limit` that were not changed for so many days; gives how many."""


class Drafts:
    """The use case. `days` says for how long a draft is kept, `limit` how many of one person."""

    def __init__(self, store: DraftStore, *, days: int, limit: int, sweep_limit: int) -> None:
        self._store = store
        self._days = days
        self._limit = limit
        self._sweep_limit = sweep_limit

    def begin(
        self,
        owner: Owner,
        life_event: str,
        pages: Mapping[str, Answers] | None = None,
        corrects: Corrected | None = None,
        consents: Sequence[Consent] = (),
    ) -> Draft:
        """A new draft, empty or filled with what is to be corrected. Raises TooManyDrafts."""
        answered = pages or {}
        draft = Draft(
            uuid7(), owner, life_event, answered, finished=tuple(answered), corrects=corrects, consents=consents
        )
        self._store.add(draft, self._limit)
        return draft

    def find(self, draft: UUID, owner: Owner) -> Draft:
        """One of this person's. Raises NoSuchDraft."""
        found = self._store.find(draft, owner)
        if found is None:
            raise NoSuchDraft
        return found

    def save(self, draft: UUID, owner: Owner, page: Page, typed: Answers, *, finished: bool = True) -> Draft:
        """Keep what was typed on a page, right or wrong, finished or in the middle of it.

        Raises NoSuchDraft, DraftSent.
        """
        answers = kept(page, typed)

        def changed(each: Draft) -> Draft:
            done = dict.fromkeys([*each.finished, *([page.code] if finished else [])])
            return replace(each, pages={**each.pages, page.code: answers}, finished=tuple(done))

        return self._store.change(draft, owner, changed)

    def give_reason(self, draft: UUID, owner: Owner, reason: str) -> Draft:
        """Keep why a report is corrected. Raises NoSuchDraft, DraftSent."""
        pages = {REASON: {REASON: [reason]}}
        return self._store.change(draft, owner, lambda each: replace(each, pages={**each.pages, **pages}))

    def rule_out(self, draft: UUID, owner: Owner, references: Sequence[str]) -> Draft:
        """Keep that these reports are of other people. Raises NoSuchDraft, DraftSent."""
        return self._store.change(
            draft, owner, lambda each: replace(each, ruled_out=tuple(dict.fromkeys([*each.ruled_out, *references])))
        )

    def sent(self, draft: Draft, reference: str) -> None:
        """Keep as what it was sent, and destroy what was typed but for how the receipt is wanted."""
        self._store.sent(draft, reference)

    def delete(self, draft: UUID, owner: Owner) -> None:
        """Destroy it, if it is there and was not sent."""
        self._store.delete(draft, owner)

    def unsent(self, owner: Owner, before: UUID | None = None, *, limit: int) -> list[Draft]:
        """This person's, the newest first."""
        return self._store.unsent(owner, before, limit)

    def forget_old(self) -> int:
        """Destroy those whose time is over, in bounded batches; gives how many."""
        destroyed = 0
        while batch := self._store.forget(self._days, self._sweep_limit):
            destroyed += batch
        return destroyed
