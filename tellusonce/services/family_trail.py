"""What happened to a report's data, as its family reads it: who did what, by their role and never by their name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from tellusonce.domain.consent import Giver
from tellusonce.domain.language import Language
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.planning import RefusalReason
from tellusonce.domain.sealing import StoredEntry
from tellusonce.domain.trail import Action
from tellusonce.services.wording import facts_named

READINGS = frozenset({Action.READ, Action.OPENED, Action.EXPORTED})
"""By which a person has seen the report's facts."""
_DECISIONS = frozenset({Action.REGISTERED, Action.CORRECTED, Action.WITHDRAWN})


class Who(StrEnum):
    """Who did it."""

    REGISTRAR = "registrar"
    STAFF = "staff"
    SUPERVISOR = "supervisor"
    DATA_PROTECTION = "data-protection"
    OPERATOR = "operator"
    AGENCY = "agency"  # its system
    PERSON_OF_AGENCY = "person-of-agency"
    FAMILY = "family"
    SERVICE = "service"


@dataclass(frozen=True)
class Line:
    """An entry of the trail as it is stored."""

    id: int
    at: datetime
    action: str
    actor: str
    agency: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Disclosure:
    """What one agency was to be told, and under which law."""

    agency_name: str
    fields: str
    """By the labels of the fields, in the reader's language."""
    gateway: str
    kind: str


@dataclass(frozen=True)
class Happening:
    """An entry as a family reads it."""

    at: datetime
    action: str
    who: Who
    agency_name: str | None
    disclosures: Sequence[Disclosure] = ()
    refusals: Sequence[tuple[str, RefusalReason]] = ()
    outcome: str | None = None
    giver: Giver | None = None
    by_link: bool = False


@dataclass(frozen=True)
class Page:
    """Some of a report's happenings."""

    happenings: Sequence[Happening]
    next: int | None
    """After which entry the next page begins; None where this is the last."""


class LineStore(Protocol):
    """Where the trail is kept."""

    def lines(self, report_id: UUID, after: int, limit: int) -> list[Line]:
        """The report's trail, oldest first, at most `limit` entries of it after the one with the given id."""

    def latest_lines(self, report_id: UUID, actions: list[str], limit: int) -> list[Line]:
        """The last entries of these actions, newest first."""


class FamilyTrail:
    """The use case. `agency_name` gives what people call an agency."""

    def __init__(
        self, store: LineStore, life_events: Mapping[str, LifeEvent], agency_name: Callable[[str], str]
    ) -> None:
        self._store = store
        self._life_events = life_events
        self._agency_name = agency_name

    def page(self, report_id: UUID, life_event: str, language: Language, *, after: int = 0, limit: int) -> Page:
        """What happened, oldest first, at most `limit` entries after the one with the given id."""
        lines = self._store.lines(report_id, after, limit + 1)
        shown, rest = lines[:limit], lines[limit:]
        kind = self._life_events[life_event]
        return Page([self._happening(each, kind, language) for each in shown], shown[-1].id if rest else None)

    def readings(self, report_id: UUID, life_event: str, language: Language, *, limit: int) -> list[Happening]:
        """Who has seen the report's facts, newest first."""
        lines = self._store.latest_lines(report_id, sorted(READINGS), limit)
        return [self._happening(each, self._life_events[life_event], language) for each in lines]

    def _happening(self, line: Line, kind: LifeEvent, language: Language) -> Happening:
        detail = line.detail
        decided = line.action in _DECISIONS
        giver = detail.get("given_by") if line.action in (Action.CONSENT_GIVEN, Action.CONSENT_WITHDRAWN) else None
        return Happening(
            at=line.at,
            action=line.action,
            who=who(line.actor),
            agency_name=self._agency_name(line.agency) if line.agency else None,
            disclosures=[self._disclosure(each, kind, language) for each in detail.get("notifications", ()) if decided],
            refusals=[
                (self._agency_name(each["agency"]), RefusalReason(each["reason"]))
                for each in detail.get("refusals", ())
                if decided
            ],
            outcome=detail.get("outcome") or detail.get("kind") if line.action == Action.ACKNOWLEDGED else None,
            giver=Giver(giver) if giver else None,
            by_link=line.action == Action.READ and detail.get("by") == "link",
        )

    def _disclosure(self, told: Mapping[str, Any], kind: LifeEvent, language: Language) -> Disclosure:
        known = [path for path in told["fields"] if path in kind.fields]
        return Disclosure(
            self._agency_name(told["agency"]),
            facts_named(kind, known, language),
            told["gateway"],
            told.get("kind", "original"),
        )


def who(actor: str) -> Who:
    """The role behind an entry's actor."""
    role, _, name = actor.partition(":")
    if role == "agency":
        return Who.PERSON_OF_AGENCY if "/" in name else Who.AGENCY
    return Who(role) if role in _ROLES else Who.SERVICE


_ROLES: Iterable[str] = frozenset(Who) - {Who.AGENCY, Who.PERSON_OF_AGENCY, Who.SERVICE}


def shown_to_family(entry: StoredEntry) -> bool:
    """Whether a copy of the trail for the family shows the entry itself, and not its hash alone.

    Who logs a report stands in the register that the family holds a copy of. Other people's names, and what others
    than the informant agreed to, do not leave by a copy.
    """
    if entry.action in (Action.CONSENT_GIVEN, Action.CONSENT_WITHDRAWN):
        return entry.detail.get("given_by") == Giver.INFORMANT
    if entry.action in _DECISIONS:
        return True
    return who(entry.actor) in (Who.AGENCY, Who.FAMILY, Who.SERVICE)
