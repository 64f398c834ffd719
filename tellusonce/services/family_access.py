"""Let a family come to its report's page: by what it knows of the report, or by a link. The trail says that it came."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from tellusonce.domain.field import Facts
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.search import Term, letters
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.services.family_link import FamilyLinks, WrongLink

FAMILY = "family"
"""How the trail names whoever came in here."""


class NotRecognised(Exception):
    """There is no such report, or what was entered is not what it says: which of the two is told to nobody."""

    def __init__(self) -> None:
        super().__init__("there is no report with these details")


class Paused(Exception):
    """There were too many wrong tries for the reference, or from the address."""

    def __init__(self, until: datetime) -> None:
        super().__init__("there were too many wrong tries")
        self.until = until


@dataclass(frozen=True)
class KnownReport:
    """What is compared with what was entered. `id` is None for the decoy that stands where there is no report."""

    id: UUID | None
    life_event: str
    facts: Facts


@dataclass(frozen=True)
class Entered:
    """What was entered: the reference as it is stored, the surname as it was typed."""

    reference: str
    family_name: str
    died_on: date


class AccessStore(Protocol):
    """Where tries are counted and reports are kept."""

    def count_try(self, reference: str, origin: bytes) -> None:
        """Count a try, before it is known whether it is wrong: so many at once are no more than as many in turn.

        Raises Paused.
        """

    def forgive_try(self, reference: str, origin: bytes) -> None:
        """It was a right one: what was counted for the reference, and this one of the address, counts no more."""

    def known(self, reference: str) -> KnownReport:
        """A report by its latest version; a decoy, which costs as much, where there is none or its facts are gone."""

    def admit(self, reference: str, entry: Callable[[UUID], TrailEntry]) -> UUID | None:
        """Write this entry into the report's trail and give the report's id; None where there is no report."""

    def forget_tries(self, limit: int) -> int:
        """Forget tries whose pause is over, at most so many; gives how many."""


class FamilyAccess:
    """The use case."""

    def __init__(
        self, store: AccessStore, links: FamilyLinks, life_events: Mapping[str, LifeEvent], limit: int
    ) -> None:
        self._store = store
        self._links = links
        self._life_events = life_events
        self._limit = limit

    def enter(self, entered: Entered, origin: bytes) -> UUID:
        """The report's id for who knows its reference and these facts. Raises NotRecognised, Paused.

        `origin` is the address that the try comes from.
        """
        self._store.count_try(entered.reference, origin)
        known = self._store.known(entered.reference)
        if not self._agrees(entered, known) or known.id is None:
            raise NotRecognised
        self._store.forgive_try(entered.reference, origin)
        return self._admitted(entered.reference, by="details")

    def enter_by_link(self, token: str) -> UUID:
        """The report's id for who holds its link. Raises WrongLink, LinkEnded."""
        reference = self._links.reference(token)
        try:
            return self._admitted(reference, by="link")
        except NotRecognised:
            raise WrongLink from None

    def forget_tries(self) -> int:
        """Forget tries whose pause is over; gives how many."""
        forgotten = 0
        while (batch := self._store.forget_tries(self._limit)) > 0:
            forgotten += batch
        return forgotten

    def _admitted(self, reference: str, by: str) -> UUID:
        report_id = self._store.admit(
            reference, lambda report_id: TrailEntry(report_id, Action.READ, FAMILY, detail={"by": by})
        )
        if report_id is None:
            raise NotRecognised
        return report_id

    def _agrees(self, entered: Entered, known: KnownReport) -> bool:
        said = {each.term: each.text for each in self._life_events[known.life_event].sought(known.facts)}
        family_name, died_on = said.get(Term.FAMILY_NAME, ""), said.get(Term.DATE_OF_DEATH, "")
        # A date that the report knows only in part is compared as far as it goes.
        right = _same(letters(entered.family_name), family_name), _same(str(entered.died_on)[: len(died_on)], died_on)
        return all((*right, family_name, died_on))


def _same(one: str, other: str) -> bool:
    """Whether they are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(sha256(one.encode()).digest(), sha256(other.encode()).digest())
