"""What was typed on a page, read into facts and written back: nothing typed is lost, and each mistake has its place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tellusonce.domain.field import Facts, fact_at
from tellusonce.domain.form import LINES, Form, Kind, Page, Question
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.partial_date import UNKNOWN
from tellusonce.life_events.validation import complaints

Answers = Mapping[str, Sequence[str]]
"""A page's answers as they were typed, by the name of the input."""
VALUE_LIMIT_CHARACTERS = 1_000
_VALUES_LIMIT = 100

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBER = re.compile(r"(?a:\d{1,4})")


@dataclass(frozen=True)
class Mistake:
    """What is wrong with one input, in English whose blanks are filled by `values`."""

    input: str
    text: str
    label: str = ""
    """What the question asks for, in English."""
    values: Mapping[str, Any] = field(default_factory=dict)


class _Wrong(Exception):
    def __init__(self, text: str, part: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.part = part


def inputs_of(question: Question) -> list[str]:
    """The names of a question's inputs, the one that an error leads to first."""
    match question.kind:
        case Kind.PARTIAL_DATE:
            return [*_parts(question), f"{question.name}-unknown"]
        case Kind.DAY:
            return _parts(question)
        case Kind.LINES:
            return [f"{question.name}-{line}" for line in range(1, LINES + 1)]
        case Kind.BENEFITS:
            return [question.name, f"{question.name}-unsure"]
    return [question.name]


def kept(page: Page, typed: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of what came in what the page asks for, bounded."""
    names = [name for question in page.every_question for name in inputs_of(question)]
    return {
        name: [value[:VALUE_LIMIT_CHARACTERS] for value in typed[name][:_VALUES_LIMIT]]
        for name in names
        if any(typed.get(name, ()))
    }


def chosen(answers: Answers, name: str) -> str | None:
    """The answer in one input; None where it was left empty."""
    text = next(iter(answers.get(name, ())), "").strip()
    return text or None


def read_page(page: Page, answers: Answers) -> tuple[Facts, list[Mistake]]:
    """The page's facts, and what cannot be read as any. What is not known of is absent."""
    facts: Facts = {}
    mistakes: list[Mistake] = []
    for question in page.asked(lambda name: chosen(answers, name)):
        try:
            value = _read(question, answers)
        except _Wrong as wrong:
            name = inputs_of(question)[0]
            mistakes.append(Mistake(f"{question.name}-{wrong.part}" if wrong.part else name, wrong.text, question.text))
            continue
        if value is not None and "." in question.name:
            _put(facts, question.name, value)
    return facts, mistakes


def check_page(kind: LifeEvent, form: Form, page: Page, answers: Answers, others: Facts, today: date) -> list[Mistake]:
    """What is wrong with a page, each mistake by its input, in the order of the questions.

    `others` are the facts of other pages, with which these must agree.
    """
    facts, mistakes = read_page(page, answers)
    asked = list(page.asked(lambda name: chosen(answers, name)))
    unread = {each.input for each in mistakes}
    whole = merged(_without(form.stand_in(today), page), others, facts)
    if "registration" in whole:
        whole.pop("interim_certificate", None)
    for complaint in complaints(kind, whole, today):
        question = next((each for each in asked if _is_about(each, complaint.path)), None)
        if question is None or unread.intersection(inputs_of(question)):
            continue
        name = _input_of(question, complaint.path, answers)
        unread.add(name)
        mistakes.append(Mistake(name, complaint.text, complaint.label or question.text, complaint.values))
    places = {name: place for place, name in enumerate(name for each in asked for name in inputs_of(each))}
    return sorted(mistakes, key=lambda each: places.get(each.input, 0))


def write_page(page: Page, facts: Facts) -> dict[str, list[str]]:
    """Answers from which the page's facts would be read, choices included."""
    return {name: [value] for question in page.questions for name, value in _written(question, facts)}


def merged(*several: Facts) -> Facts:
    """Facts put together, the later over the earlier."""
    result: Facts = {}
    for facts in several:
        for name, value in facts.items():
            before = result.get(name)
            result[name] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result


def _read(question: Question, answers: Answers) -> Any:
    match question.kind:
        case Kind.PARTIAL_DATE | Kind.DAY:
            return _read_date(question, answers)
        case Kind.LINES:
            return [line for name in inputs_of(question) if (line := chosen(answers, name))] or None
        case Kind.COUNT:
            return _read_count(chosen(answers, question.name))
        case Kind.CHOICE:
            return _read_choice(question, chosen(answers, question.name))
        case Kind.BENEFITS:
            return _read_benefits(question, answers)
    return chosen(answers, question.name) if question.kind is Kind.TEXT else None


def _read_benefits(question: Question, answers: Answers) -> None:
    if not any(answers.get(name) for name in inputs_of(question)):
        raise _Wrong("Select what the person had, or that the family is not sure")


def _read_count(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 4:
        raise _Wrong("{label} must be a whole number")
    return int(text)


def _read_choice(question: Question, text: str | None) -> str | None:
    if text is None and question.optional:
        return None
    if text not in [option.value for option in question.options]:
        raise _Wrong(question.missing)
    return text


def _read_date(question: Question, answers: Answers) -> str | None:
    """In its written form, as far as it is known (GOV.UK Design System, Date input: error messages)."""
    partial = question.kind is Kind.PARTIAL_DATE
    day, month, year = (chosen(answers, name) for name in _parts(question))
    if partial and chosen(answers, f"{question.name}-unknown"):
        if day or month or year:
            raise _Wrong("Enter the date, or select that it is not known, not both", "day")
        return UNKNOWN
    if not (day or month or year):
        if question.optional:
            return None
        raise _Wrong("Enter the date, or select that it is not known" if partial else "Enter the date", "day")
    if year is None:
        raise _Wrong("{label} must include a year", "year")
    if month is None and (day or not partial):
        raise _Wrong("{label} must include a month", "month")
    if day is None and not partial:
        raise _Wrong("{label} must include a day", "day")
    return _a_real_date(day, month, year)


def _a_real_date(day: str | None, month: str | None, year: str) -> str:
    if not _NUMBER.fullmatch(year) or len(year) != 4:
        raise _Wrong("Year must include 4 numbers", "year")
    month_number = _month(month) if month else None
    if month and (month_number is None or not 1 <= month_number <= 12):
        raise _Wrong("{label} must be a real date", "month")
    day_number = int(day) if day and _NUMBER.fullmatch(day) else None
    if day and day_number is None:
        raise _Wrong("{label} must be a real date", "day")
    try:
        date(int(year), month_number or 1, 1 if day_number is None else day_number)
    except ValueError:
        raise _Wrong("{label} must be a real date", "day" if int(year) else "year") from None
    return "-".join([year, *(f"{part:02}" for part in (month_number, day_number) if part is not None)])


def _month(text: str) -> int | None:
    """By its number or its English name."""
    if _NUMBER.fullmatch(text):
        return int(text)
    name = text[:3].casefold()
    return _MONTHS.index(name) + 1 if name in _MONTHS and text.isalpha() else None


def _written(question: Question, facts: Facts) -> Iterator[tuple[str, str]]:
    value = fact_at(facts, question.name)
    match question.kind:
        case Kind.CHOICE if value is not None and "." in question.name:
            yield question.name, value
        case Kind.CHOICE:
            yield from _written_choice(question, facts)
        case Kind.PARTIAL_DATE if value == UNKNOWN:
            yield f"{question.name}-unknown", "yes"
        case Kind.PARTIAL_DATE | Kind.DAY if value:
            for name, part in zip(reversed(_parts(question)), value.split("-"), strict=False):
                yield name, part if name.endswith("year") else str(int(part))
        case Kind.LINES if value:
            lines = [*value[: LINES - 1], ", ".join(value[LINES - 1 :])]
            yield from ((name, line) for name, line in zip(inputs_of(question), lines, strict=True) if line)
        case Kind.TEXT | Kind.COUNT if value is not None:
            yield question.name, str(value)


def _written_choice(question: Question, facts: Facts) -> Iterator[tuple[str, str]]:
    """The option whose questions hold facts; nothing tells which it is where none does."""
    for option in question.options:
        under = [pair for each in option.questions for pair in _written(each, facts)]
        if under:
            yield question.name, option.value
            yield from under


def _parts(question: Question) -> list[str]:
    return [f"{question.name}-{part}" for part in ("day", "month", "year")]


def _is_about(question: Question, path: str) -> bool:
    """Whether the complaint is about this question's fact, an entry of it, or a part of the facts that it begins."""
    name = question.name
    return "." in name and (path == name or path.startswith(f"{name}.") or name.startswith(f"{path}."))


def _input_of(question: Question, path: str, answers: Answers) -> str:
    inputs = inputs_of(question)
    entry = path.removeprefix(f"{question.name}.")
    if question.kind is Kind.LINES and entry.isdecimal():
        filled = [name for name in inputs if chosen(answers, name)]
        return filled[int(entry)]
    return inputs[0]


def _without(facts: Facts, page: Page) -> Facts:
    """What stands in for other pages alone."""
    asked = {question.name for question in page.every_question}
    return _pruned(facts, asked, "")


def _pruned(facts: Facts, asked: set[str], prefix: str) -> Facts:
    left: Facts = {}
    for name, value in facts.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict):
            if below := _pruned(value, asked, f"{path}."):
                left[name] = below
        elif path not in asked:
            left[name] = value
    return left


def _put(facts: Facts, path: str, value: Any) -> None:
    *parents, leaf = path.split(".")
    for parent in parents:
        facts = facts.setdefault(parent, {})
    facts[leaf] = value
