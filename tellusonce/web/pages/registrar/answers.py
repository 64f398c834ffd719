"""A draft's answers as people read them, page by page."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Any

from tellusonce.domain.field import Facts, fact_at
from tellusonce.domain.form import Kind, Page, Question
from tellusonce.domain.language import Language
from tellusonce.domain.partial_date import UNKNOWN, PartialDate
from tellusonce.domain.report import Submission
from tellusonce.rendering.dates import said_partial_date
from tellusonce.services.answers import Answers, chosen, inputs_of
from tellusonce.services.benefit_names import benefit_name
from tellusonce.services.drafts import Draft
from tellusonce.services.report_form import ReportForm, Restated
from tellusonce.web.pages.languages import to_translate

_DATE = re.compile(r"(?a:\d{4}-\d{2}(-\d{2})?)")
# What stands in the report otherwise than it was typed, and is better read so.
_REWRITTEN = ("national_insurance_number", "postcode")
_NOT_KNOWN = to_translate("Not known")
_NOT_SURE = to_translate("Not sure: all of “{group}”")


@dataclass(frozen=True)
class Row:
    """One answer. `label` is to be translated; the lines are as they are shown."""

    label: str
    lines: Sequence[str]
    input: str
    """Where it is changed."""


@dataclass(frozen=True)
class Section:
    """The answers of one page."""

    page: Page
    rows: Sequence[Row]


def answered(
    form: ReportForm, draft: Draft, facts: Facts, words: NullTranslations, language: Language
) -> list[Section]:
    """What was answered; what was left empty is left out. `facts` are what was made of it."""
    sections = []
    for each in form.form.pages:
        answers = draft.pages.get(each.code, {})
        rows = [
            Row(question.text, lines, inputs_of(question)[0])
            for question in each.asked(lambda name, given=answers: chosen(given, name))  # type: ignore[misc]
            if (lines := list(_lines(form, question, answers, facts, words, language)))
        ]
        sections.append(Section(each, rows))
    return sections


def _lines(
    form: ReportForm, question: Question, answers: Answers, facts: Facts, words: NullTranslations, language: Language
) -> Iterator[str]:
    _ = words.gettext
    match question.kind:
        case Kind.PARTIAL_DATE | Kind.DAY:
            if written := fact_at(facts, question.name):
                yield as_said(written, language, _)
        case Kind.CHOICE | Kind.CHOICES:
            given = answers.get(question.name, ())
            yield from (_(option.text) for option in question.options if option.value in given)
        case Kind.BENEFITS:
            yield from (_(benefit_name(each)) for each in answers.get("benefits", ()))
            unsure = answers.get("benefits-unsure", ())
            yield from (_(_NOT_SURE).format(group=_(group.title)) for group in form.groups if group.code in unsure)
        case Kind.COUNCILS:
            yield from (form.councils[each] for each in answers.get("councils", ()) if each in form.councils)
        case Kind.TEXT if question.name.endswith(_REWRITTEN) and (written := fact_at(facts, question.name)):
            yield written
        case _:
            yield from (line for name in inputs_of(question) if (line := chosen(answers, name)))


@dataclass(frozen=True)
class Change:
    """A fact, or what was declared, that is other than it was."""

    label: str
    before: str
    after: str


def changes(
    form: ReportForm, before: Restated, after: Submission, language: Language, _: Callable[[str], str]
) -> list[Change]:
    """What a correction changes, in the order of the fields."""
    options = {
        question.name: {option.value: _(option.text) for option in question.options}
        for each in form.form.pages
        for question in each.every_question
    }

    def shown(path: str, fact: Any) -> str:
        chosen_from = options.get(path)
        return chosen_from[fact] if chosen_from and fact else as_said(fact, language, _)

    facts = [
        Change(_(field.label), shown(path, fact_at(before.facts, path)), shown(path, now))
        for path, field in form.kind.fields.items()
        if (now := fact_at(after.facts, path)) != fact_at(before.facts, path)
    ]
    return [
        *facts,
        *_of_lists(_("Benefits and services"), before.benefits, after.benefits, lambda each: _(benefit_name(each))),
        *_of_lists(_("Councils"), before.councils, after.councils, lambda each: form.councils.get(each, each)),
    ]


def _of_lists(label: str, before: Sequence[str], after: Sequence[str], named: Callable[[str], str]) -> Iterator[Change]:
    if set(before) != set(after):
        yield Change(label, *(", ".join(sorted(map(named, each))) for each in (before, after)))


def as_said(fact: Any, language: Language, _: Callable[[str], str]) -> str:
    """A fact as people read it; empty where it is absent."""
    match fact:
        case None:
            return ""
        case list():
            return ", ".join(fact)
        case str() if fact == UNKNOWN:
            return _(_NOT_KNOWN)
        case str() if _DATE.fullmatch(fact):
            return said_partial_date(PartialDate.parse(fact), language)
    return str(fact)
