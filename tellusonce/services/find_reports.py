"""Find reports by exact facts. Only references are given: nothing of a report is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from tellusonce.domain.partial_date import PartialDate
from tellusonce.domain.search import Sought, Term, sought
from tellusonce.life_events.identifiers import Name, NationalInsuranceNumber


class Search(BaseModel):
    """What is known of the person: reports are found that have all of it, exactly, in their latest version.

    Names are compared by their letters: case, accents, spaces, hyphens and apostrophes do not matter.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    national_insurance_number: NationalInsuranceNumber | None = None
    date_of_birth: PartialDate | None = None
    date_of_death: PartialDate | None = None
    family_name: Name | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.sought:
            raise PydanticCustomError("nothing_sought", "must hold something to search by")
        return self

    @property
    def sought(self) -> tuple[Sought, ...]:
        """What is searched by, what fewest share coming first."""
        given = ((term, getattr(self, term.replace("-", "_"))) for term in Term)
        found = (sought(term, fact and str(fact)) for term, fact in given)
        return tuple(each for each in found if each is not None)


@dataclass(frozen=True)
class Found:
    """A report."""

    id: UUID
    reference: str


class SearchStore(Protocol):
    """Where it is known by what reports are found."""

    def find(self, sought: Sequence[Sought], district: str | None, after: UUID | None, limit: int) -> list[Found]:
        """Those that have all of it, in this district if one is given, in the order of registration.

        At most `limit` of them, after the report with the given id.
        """


class FindReports:
    """The use case."""

    def __init__(self, store: SearchStore) -> None:
        self._store = store

    def find(self, search: Search, *, district: str | None, after: UUID | None = None, limit: int) -> list[Found]:
        """Reports in the order of registration, at most `limit` of them after the one with the given id."""
        return self._store.find(search.sought, district, after, limit)
