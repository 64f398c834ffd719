"""Help that can be claimed after a life event, as configuration declares it."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, HttpUrl, RootModel, StringConstraints

from tellusonce.domain.agency import FieldPath
from tellusonce.domain.declared import Code, Declared, Text
from tellusonce.domain.months import last_day_of_period, last_day_of_period_after, months_after

Part = Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")]


class Language(StrEnum):
    """In which a family reads."""

    ENGLISH = "en"
    WELSH = "cy"


class Words(Declared):
    """The same in both languages."""

    en: Text
    cy: Text

    def in_language(self, language: Language) -> str:
        """As a family reads them."""
        return self.cy if language is Language.WELSH else self.en


class Source(Declared):
    """The law, and whether its text in force has been read."""

    name: Text
    source: HttpUrl
    verified: bool
    note: Text | None = None


class Named(Declared):
    """This person stands in the report."""

    kind: Literal["named"]
    part: Part


class NotNamed(Declared):
    """No such person stands in the report."""

    kind: Literal["not-named"]
    part: Part


class UnderPensionAge(Declared):
    """Who was born then had not reached pensionable age when the other died."""

    kind: Literal["under-pension-age"]
    born: FieldPath
    died: FieldPath


class Number(Declared):
    """A number in the report is within these bounds."""

    kind: Literal["number"]
    field: FieldPath
    at_least: Annotated[int, Field(ge=0)] = 0
    at_most: Annotated[int, Field(ge=0)] | None = None


class Held(Declared):
    """The person held one of these benefits, as far as agencies were told."""

    kind: Literal["held"]
    benefits: Annotated[tuple[Code, ...], Field(min_length=1)]


Condition = Annotated[Named | NotNamed | UnderPensionAge | Number | Held, Field(discriminator="kind")]


class Counted(StrEnum):
    """How a law counts months from a day."""

    AFTER = "after"  # "within 3 months after the date"
    BEGINNING_WITH = "beginning-with"  # "3 months beginning with the date"
    BEGINNING_AFTER = "beginning-after"  # "3 months beginning with the day after the date"


class Span(Declared):
    """A number of months, and how they are counted."""

    months: Annotated[int, Field(ge=1, le=120)]
    counted: Counted

    def end(self, day: date) -> date:
        """Its last day, counted from `day`."""
        match self.counted:
            case Counted.AFTER:
                return months_after(day, self.months)
            case Counted.BEGINNING_WITH:
                return last_day_of_period(day, self.months)
            case Counted.BEGINNING_AFTER:
                return last_day_of_period_after(day, self.months)


class Deadline(Declared):
    """By when to claim."""

    purpose: Words
    """What is had by claiming until then."""
    counted_from: Annotated[tuple[FieldPath, ...], Field(min_length=1)]
    """Dates, the right one first; one that is not known is taken for not earlier than the next."""
    spans: tuple[Span, ...]
    """One after the other."""
    final: bool = False
    """Whether nothing can be had after it."""

    def end(self, day: date) -> date:
        """The last day, counted from `day`."""
        for span in self.spans:
            day = span.end(day)
        return day


class Entitlement(Declared):
    """One kind of help."""

    code: Code
    name: Words
    words: Words
    """What it is, for whom, and on what it depends that the report does not say."""
    claim: Words
    """Where to claim it, or what to do."""
    link: HttpUrl
    """Where to read more."""
    source: Source
    conditions: tuple[Condition, ...] = ()
    """All of which must hold."""
    deadlines: tuple[Deadline, ...] = ()


class Entitlements(RootModel[dict[Code, tuple[Entitlement, ...]]]):
    """Everything that can be claimed, by life event."""
