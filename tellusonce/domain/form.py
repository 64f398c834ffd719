"""Forms: the pages on which a person is asked for the facts of a life event, and what they are asked beside these."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tellusonce.domain.field import Facts


class Kind(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    PARTIAL_DATE = "partial-date"  # three parts, of which day and month may be left out, or "not known"
    DAY = "day"  # three parts, all of them needed
    LINES = "lines"  # an address without its postcode
    COUNT = "count"
    CHOICE = "choice"  # one of the options, under which more may be asked
    CHOICES = "choices"  # any of the options
    BENEFITS = "benefits"  # any of what the agencies hold, and "not sure" for each group of them
    COUNCILS = "councils"  # any of the authorities


LINES = 3
"""How many lines an address is asked in."""


@dataclass(frozen=True)
class Option:
    """One answer to choose."""

    value: str
    text: str
    questions: "tuple[Question, ...]" = ()
    """What is asked of those who choose it."""
    hint: str = ""


@dataclass(frozen=True)
class Question:
    """One thing that is asked. Its texts are English; they are the keys by which other languages are found."""

    name: str
    """The path of its field, or a name of its own where the answer is no fact."""
    text: str
    kind: Kind = Kind.TEXT
    hint: str = ""
    optional: bool = False
    options: tuple[Option, ...] = ()
    width_characters: int | None = None
    """How wide its input is, where the answer's length is known."""
    missing: str = ""
    """What is said where a choice was not made."""


@dataclass(frozen=True)
class Page:
    """Questions that are asked together."""

    code: str
    title: str
    questions: tuple[Question, ...]
    optional: bool = False
    """Whether a report can be sent without it."""
    lead: str = ""
    """What is said before the questions."""

    def asked(self, chosen: Callable[[str], str | None]) -> Iterator[Question]:
        """The questions that concern the person, in order; `chosen` gives the answer to a choice by its name."""
        yield from _asked(self.questions, chosen)

    @property
    def every_question(self) -> Iterator[Question]:
        """Those under options that exclude each other too."""
        yield from _every(self.questions)


def _asked(questions: tuple[Question, ...], chosen: Callable[[str], str | None]) -> Iterator[Question]:
    for question in questions:
        yield question
        if question.kind is Kind.CHOICE:
            for option in question.options:
                if option.value == chosen(question.name):
                    yield from _asked(option.questions, chosen)


def _every(questions: tuple[Question, ...]) -> Iterator[Question]:
    for question in questions:
        yield question
        for option in question.options:
            yield from _every(option.questions)


@dataclass(frozen=True)
class Form:
    """The pages by which one kind of life event is reported."""

    life_event: str
    pages: tuple[Page, ...]
    stand_in: Callable[[date], Facts]
    """Facts, as on this day, that agree with any others: they stand for pages that were not answered yet."""

    def page(self, code: str) -> Page | None:
        """The page with this code."""
        return next((page for page in self.pages if page.code == code), None)
