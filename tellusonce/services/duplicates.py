"""Reports that may be of the same person, looked for before one is sent: found by the index, then compared.

Names are alike where they are by Jaro and Winkler's measure, which was made for linking records of people whose names
were taken down differently.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from rapidfuzz.distance import JaroWinkler

from tellusonce.domain.field import Facts, fact_at
from tellusonce.domain.partial_date import PartialDate
from tellusonce.domain.search import Sought, Term, letters, sought

CANDIDATES_LIMIT = 50
_NEAR = timedelta(days=3)
_ALIKE = 0.88  # Holloway and Hollaway 0.97, Catherine and Katherine 0.93, Margaret and George 0.55


class Likeness(StrEnum):
    """How a fact of one report stands to the same of another."""

    SAME = "same"
    NEAR = "near"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Candidate:
    """A report that shares what was looked for, and its facts."""

    report_id: UUID
    reference: str
    district: str
    facts: Facts


@dataclass(frozen=True)
class Possible:
    """A report that may be of the same person."""

    candidate: Candidate
    likeness: Mapping[str, Likeness]
    """By the field's path."""


@dataclass(frozen=True)
class Duplicates:
    """What a registrar may know of the reports that may be of the same person."""

    own: Sequence[Possible]
    """Those of the registrar's district."""
    elsewhere: Sequence[str]
    """Of the others only their districts, where somebody can be asked."""

    def __bool__(self) -> bool:
        return bool(self.own or self.elsewhere)


class DuplicateStore(Protocol):
    """Where reports are found."""

    def candidates(self, pairs: Sequence[tuple[Sought, Sought]], limit: int) -> list[Candidate]:
        """Reports that have both of any of these pairs, by their latest versions, withdrawn ones left out."""

    def shown(self, reports: Sequence[UUID], actor: str) -> None:
        """Write into these reports' trails that they were read beside another."""

    def found(self, reference: str, district: str, actor: str) -> None:
        """Write into the report's trail that a second one was begun and stopped."""


class FindDuplicates:
    """The use case."""

    def __init__(self, store: DuplicateStore) -> None:
        self._store = store

    def find(
        self, facts: Facts, *, district: str, actor: str, ruled_out: Sequence[str] = (), corrects: str | None = None
    ) -> Duplicates:
        """Those that may be of the same person and were not ruled out; those shown get an entry in their trails.

        `ruled_out` are references, and districts as `elsewhere` writes them.
        """
        pairs = _pairs(facts)
        known = {*ruled_out, corrects}
        possible = [
            Possible(candidate, likeness)
            for candidate in (self._store.candidates(pairs, CANDIDATES_LIMIT) if pairs else ())
            if candidate.reference not in known and _may_be_same(likeness := compared(facts, candidate.facts))
        ]
        own = [each for each in possible if each.candidate.district == district]
        if own:
            self._store.shown([each.candidate.report_id for each in own], actor)
        others = {each.candidate.district for each in possible} - {district}
        return Duplicates(own, sorted(each for each in others if elsewhere(each) not in known))

    def found(self, reference: str, *, district: str, actor: str) -> None:
        """The registrar says that it is the same person: the report's trail says that a second one was stopped."""
        self._store.found(reference, district, actor)


def elsewhere(district: str) -> str:
    """How it is ruled out that a district's reports, which cannot be read, are of the same person."""
    return f"district/{district}"


_COMPARED = (
    "deceased.given_names",
    "deceased.family_name",
    "deceased.date_of_birth",
    "deceased.date_of_death",
    "deceased.national_insurance_number",
    "deceased.address.postcode",
)


def compared(one: Facts, other: Facts) -> dict[str, Likeness]:
    """How the person of one report stands to the person of another, fact by fact."""
    return {path: _likeness(path, fact_at(one, path), fact_at(other, path)) for path in _COMPARED}


def _likeness(path: str, one: str | None, other: str | None) -> Likeness:
    if one is None or other is None or "unknown" in (one, other):
        return Likeness.UNKNOWN
    if one == other:
        return Likeness.SAME
    if path.endswith(("names", "name")):
        return _of_names(one, other)
    return _of_dates(one, other) if "date" in path else Likeness.OTHER


def _of_names(one: str, other: str) -> Likeness:
    if letters(one) == letters(other):
        return Likeness.SAME
    first, second = (letters(each.split(maxsplit=1)[0]) for each in (one, other))
    alike = JaroWinkler.similarity(letters(one), letters(other)) >= _ALIKE or first == second
    return Likeness.NEAR if alike or JaroWinkler.similarity(first, second) >= _ALIKE else Likeness.OTHER


def _of_dates(one: str, other: str) -> Likeness:
    first, second = PartialDate.parse(one), PartialDate.parse(other)
    if first.earliest - _NEAR <= second.latest and second.earliest - _NEAR <= first.latest:
        return Likeness.NEAR
    swapped = (first.year, first.day, first.month) == (second.year, second.month, second.day)
    return Likeness.NEAR if swapped else Likeness.OTHER


def _may_be_same(likeness: Mapping[str, Likeness]) -> bool:
    """The same number; or names that are alike with both dates near, of which one may be unknown."""
    number = likeness["deceased.national_insurance_number"]
    if number is Likeness.SAME:
        return True
    given, family, born, died = (likeness[path] for path in _COMPARED[:4])
    agree = {Likeness.SAME, Likeness.NEAR}
    if number is Likeness.OTHER and not (given in agree and family in agree and born is died is Likeness.SAME):
        return False
    dates = [each for each in (born, died) if each is not Likeness.UNKNOWN]
    return bool(dates) and given in agree and family in agree and all(each in agree for each in dates)


def _pairs(facts: Facts) -> list[tuple[Sought, Sought]]:
    """What a report of the same person would share with this one, the rarer of each pair first."""
    number = sought(Term.NATIONAL_INSURANCE_NUMBER, fact_at(facts, "deceased.national_insurance_number"))
    family = sought(Term.FAMILY_NAME, fact_at(facts, "deceased.family_name"))
    born = _dates(Term.DATE_OF_BIRTH, fact_at(facts, "deceased.date_of_birth"))
    died = _dates(Term.DATE_OF_DEATH, fact_at(facts, "deceased.date_of_death"))
    by_number = [(number, number)] if number else []
    by_birth = [(birth, death) for birth in born[:1] for death in died]
    by_name = [(each, family) for each in (*born, *died) if family]
    return [*by_number, *by_birth, *by_name]


def _dates(term: Term, written: str) -> list[Sought]:
    """The date as written first, then those that are near it or have day and month the other way round."""
    known = PartialDate.parse(written)
    if known.day is None or known.year is None or known.month is None:
        exact = sought(term, written)
        return [exact] if exact else []
    on = known.earliest
    steps = sorted(range(-_NEAR.days, _NEAR.days + 1), key=abs)
    days = [on + timedelta(days=step) for step in steps if date.min + _NEAR < on < date.max - _NEAR]
    if known.day <= 12:
        days.append(date(known.year, known.day, known.month))
    texts = dict.fromkeys(day.isoformat() for day in days)
    return [Sought(term, text) for text in texts]
