"""A kind of life event, as the rest of the house sees it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from tellusonce.domain.field import Facts, Field, fact_at, fields_of
from tellusonce.domain.search import Sought, Term, sought


@dataclass(frozen=True)
class Person:
    """One of the people in a life event."""

    code: str
    parts: tuple[str, ...]
    """The parts of the facts that are held on them."""
    living: bool = True


@dataclass(frozen=True)
class LifeEvent:
    """A kind of thing that happened, declared by one model of its facts."""

    code: str
    title: str
    model: type[BaseModel]
    people: tuple[Person, ...]
    """Each part of the facts is held on one of them."""
    place: str | None = None
    """The field whose postcode says which council the report concerns."""
    interim: str | None = None
    """The part of the facts that stands for what is not final yet."""
    third_parties: tuple[str, ...] = ()
    """The parts of the facts that are about others than who reports and whom it happened to."""
    example: Facts = field(default_factory=dict, hash=False)
    """Facts of nobody, which say so themselves: what is sent to try an agency's channel."""

    def is_provisional(self, facts: Facts) -> bool:
        """Whether these facts still rest on what is not final, and are to be confirmed by a correction."""
        return self.interim is not None and facts.get(self.interim) is not None

    def person(self, code: str) -> Person | None:
        """The one with this code."""
        return next((person for person in self.people if person.code == code), None)

    def person_of(self, path: str) -> Person | None:
        """On whom a field is held; None for one that the model does not know."""
        part = path.partition(".")[0]
        return next((person for person in self.people if part in person.parts), None)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The known fields by path."""
        return {field.path: field for field in fields_of(self.model)}

    def sought(self, facts: Facts) -> frozenset[Sought]:
        """What a report with these facts is found by."""
        found = (sought(term, fact_at(facts, path)) for path, term in self._terms)
        return frozenset(each for each in found if each is not None)

    @cached_property
    def _terms(self) -> list[tuple[str, Term]]:
        return [(path, field.term) for path, field in self.fields.items() if field.term]

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of its facts."""
        return self.model.model_json_schema()
