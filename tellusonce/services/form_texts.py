"""Everything that a form says, in English, which is the key by which another language is found."""

from collections.abc import Iterator

from tellusonce.domain.form import Form
from tellusonce.domain.life_event import LifeEvent
from tellusonce.services.benefit_names import NAMES, TITLES

MISTAKES = (
    "Enter the {label}",
    "Enter the date",
    "Enter the date, or select that it is not known",
    "Enter the date, or select that it is not known, not both",
    "{label} must include a year",
    "{label} must include a month",
    "{label} must include a day",
    "{label} must be a real date",
    "{label} must be a whole number",
    "Year must include 4 numbers",
    "Select what the person had, or that the family is not sure",
    "The {label} must have at most {limit} characters",
    "The {label} must be two letters, six digits and A, B, C or D, like QQ 12 34 56 C",
    "The {label} must be a full UK postcode, like AB1 2DE",
    "The {label} must be a telephone number, like 01632 960 001",
    "The {label} must be an email address, like name@example.org",
    "The {label} must be on one line, without control characters",
    "The {label} must have at least {limit} entry",
    "The {label} must be at most {le}",
    "The {label} must not be after today",
    "The {label} must not be after the day the death was registered",
    "The {label} must not be after the day the interim certificate was issued",
    "The {label} must not be after the date of death",
    "The {label} must not be before the date of death",
    "The {label} must not be more than a year after today",
    "The {label} must not be before the start of the stay",
)
"""What can be wrong with an answer; a test holds this to what the facts' model says."""


def texts(form: Form, kind: LifeEvent) -> Iterator[str]:
    """Of the form's pages, of what can be wrong on them, of the fields and of the benefits."""
    yield from MISTAKES
    yield from NAMES.values()
    yield from TITLES.values()
    yield from (field.label for field in kind.fields.values())
    for page in form.pages:
        yield from (page.title, page.lead)
        for question in page.every_question:
            yield from (question.text, question.hint, question.missing)
            for option in question.options:
                yield from (option.text, option.hint)
