"""Facts read against their life event's model, every fault named in the words of the person who typed them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.report import Submission
from tellusonce.life_events import LIFE_EVENTS

Model = TypeVar("Model", bound=BaseModel)

# Pydantic's own texts may repeat the value; these never do.
_TEXTS: Mapping[str, str] = {
    "extra_forbidden": "is not a field that this service knows: remove it",
    "string_type": "must be text",
    "string_unicode": "must be text",
    "string_too_short": "must not be empty",
    "date_from_datetime_parsing": "must be a date as YYYY-MM-DD",
    "date_parsing": "must be a date as YYYY-MM-DD",
    "date_type": "must be a date as YYYY-MM-DD",
    "date_from_datetime_inexact": "must be a date as YYYY-MM-DD",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "uuid_parsing": "must be a UUID",
    "uuid_type": "must be a UUID",
    "timezone_aware": "must be a time with its offset, as 2026-03-14T09:30:00Z",
    "datetime_parsing": "must be a time as 2026-03-14T09:30:00Z",
    "datetime_from_date_parsing": "must be a time as 2026-03-14T09:30:00Z",
    "datetime_object_invalid": "must be a time as 2026-03-14T09:30:00Z",
    "datetime_type": "must be a time as 2026-03-14T09:30:00Z",
    "value_error": "must be an email address, like name@example.org",
}
_OWN = frozenset(
    {
        "partial_date",
        "day",
        "national_insurance_number",
        "postcode",
        "telephone_number",
        "control_character",
        "disagreement",
        "time_out_of_range",
        "outcome_kind",
        "nothing_sought",
    }
)

# Keys that the sender made up are shown only where they could be a misspelt field, not a fact.
_LIKE_A_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")


_NEEDED = "This is needed"
_SOME_DAY = date(9000, 1, 1)


class _NamedTwice(Exception):
    """An object in a JSON text has two values of one name."""


def check_facts(kind: LifeEvent, facts: Mapping[str, Any], today: date, at: str = "/facts") -> dict[str, Any]:
    """The facts in their canonical form (JSON values, absent where not known). Raises InputRefused.

    `today` is the day in the United Kingdom; `at` is the JSON pointer at which the facts stand in the input.
    """
    try:
        checked = kind.model.model_validate(facts, context={"today": today})
    except ValidationError as refused:
        raise InputRefused(faults(refused.errors(include_url=False, include_input=False), at, kind)) from None
    return checked.model_dump(mode="json", exclude_none=True)


def read_submission(body: bytes) -> Submission:
    """A report as it was submitted, in JSON; its facts are not yet read. Raises InputRefused."""
    return read_as(Submission, body)


def read_as(model: type[Model], body: bytes) -> Model:
    """A JSON text read as such a document. Raises InputRefused."""
    value = read_json(body)
    try:
        return model.model_validate(value)
    except ValidationError as refused:
        found = faults(refused.errors(include_url=False, include_input=False))
        raise InputRefused([*found, *(_faults_of_facts(value) if issubclass(model, Submission) else ())]) from None


def _faults_of_facts(submission: Any) -> Sequence[Fault]:
    """What is wrong with the facts of a submission that is refused anyway, so that all of it is said at once.

    Whether a date is still to come is left to when the rest is right.
    """
    if not isinstance(submission, dict) or not isinstance(submission.get("facts"), dict):
        return ()
    kind = LIFE_EVENTS.get(submission["life_event"]) if isinstance(submission.get("life_event"), str) else None
    try:
        if kind:
            check_facts(kind, submission["facts"], _SOME_DAY)
    except InputRefused as refused:
        return refused.faults
    return ()


def read_json(body: bytes) -> Any:
    """The value of a JSON text (RFC 8259) in UTF-8. Raises InputRefused.

    Refused as well is what two readers could read in two ways: an object with two values of one name.
    """
    if not body:
        raise InputRefused([Fault("", "This must be JSON, and is empty")])
    try:
        value = from_json(body, allow_inf_nan=False)  # bounds the depth, refuses lone surrogates
        json.loads(body, object_pairs_hook=_each_named_once)
    except _NamedTwice:
        raise InputRefused([Fault("", "Every field must be given once, not twice")]) from None
    except ValueError:
        raise InputRefused([Fault("", "This must be well-formed JSON in UTF-8")]) from None
    return value


def _each_named_once(members: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in members}) != len(members):
        raise _NamedTwice


@dataclass(frozen=True)
class Complaint:
    """One thing wrong with a fact, its text still open for the label and for another language."""

    path: str
    text: str
    """English, such as `The {label} must have at most {limit} characters`."""
    label: str | None
    values: Mapping[str, Any]


def faults(errors: Sequence[ErrorDetails], at: str = "", kind: LifeEvent | None = None) -> list[Fault]:
    """Pydantic's errors as faults. `kind` gives the labels by which people know the fields."""
    return [_fault(error, at, kind) for error in errors]


def complaints(kind: LifeEvent, facts: Mapping[str, Any], today: date) -> list[Complaint]:
    """What is wrong with the facts, for a page on which each is asked; nothing where they could be reported."""
    try:
        kind.model.model_validate(facts, context={"today": today})
    except ValidationError as refused:
        return [_complaint(error, kind) for error in refused.errors(include_url=False, include_input=False)]
    return []


def _fault(error: ErrorDetails, at: str, kind: LifeEvent | None) -> Fault:
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in error["loc"]]
    if error["type"] == "extra_forbidden" and not _LIKE_A_FIELD.fullmatch(steps[-1]):
        return Fault("/".join([at, *steps[:-1]]), "This holds a field that this service does not know: remove it")
    complaint = _complaint(error, kind)
    pointer = "/".join([at, *steps])
    if error["type"] == "disagreement":
        pointer = f"{at}/{error['ctx']['pointer']}"
    return Fault(pointer, complaint.text.format(label=complaint.label, **complaint.values))


def _complaint(error: ErrorDetails, kind: LifeEvent | None) -> Complaint:
    path = ".".join(str(step) for step in error["loc"])
    if error["type"] == "disagreement":
        path = error["ctx"]["pointer"].replace("/", ".")
    label = _label(kind, path)
    text, values = _text(error)
    if error["type"] == "missing":
        named = label or path.rpartition(".")[2].replace("_", " ")
        return Complaint(path, "Enter the {label}" if kind else _NEEDED, named, {})
    if error["type"] == "outcome_kind":
        return Complaint(path, text.capitalize(), label, values)
    return Complaint(path, f"The {{label}} {text}" if label else f"This {text}", label, values)


def _label(kind: LifeEvent | None, path: str) -> str | None:
    if kind is None:
        return None
    field = kind.fields.get(path) or kind.fields.get(path.rpartition(".")[0])  # an entry goes by its list's label
    return field.label if field else None


def _text(error: ErrorDetails) -> tuple[str, dict[str, Any]]:
    """What is said of it, and what is filled into that."""
    context = error.get("ctx", {})
    match error["type"]:
        case own if own in _OWN:
            return error["msg"].replace("{", "{{").replace("}", "}}"), {}
        case "string_too_long" | "too_long":
            return _counted("must have at most {limit}", context["max_length"], error)
        case "too_short":
            return _counted("must have at least {limit}", context["min_length"], error)
        case "enum" | "literal_error":
            return "must be one of: {expected}", {"expected": context["expected"]}
        case "string_pattern_mismatch":
            return "must be a short code of lower-case letters, digits and hyphens", {}
        case known:
            return _TEXTS.get(known, "is not as it should be"), {
                name: context[name] for name in ("ge", "le") if name in context
            }


def _counted(text: str, limit: int, error: ErrorDetails) -> tuple[str, dict[str, Any]]:
    if error["type"].startswith("string"):
        return f"{text} characters", {"limit": limit}
    return f"{text} {'entry' if limit == 1 else 'entries'}", {"limit": limit}
