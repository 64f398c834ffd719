"""What a document says held against its model, and against what can be reported; every mistake is a complaint."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tellusonce.agreements.document import Document, KeyPath
from tellusonce.domain.agreement import Ground
from tellusonce.domain.consent import Giver
from tellusonce.domain.field import Sensitivity
from tellusonce.domain.life_event import LifeEvent

Model = TypeVar("Model", bound=BaseModel)

_TEXTS: Mapping[str, str] = {
    "missing": "should be given",
    "extra_forbidden": "should not be here: it is not a known key",
    "string_type": "should be text: put it in quotes",
    "model_type": "should be a mapping of keys to values",
    "model_attributes_type": "should be a mapping of keys to values",
    "dict_type": "should be a mapping of keys to values",
    "tuple_type": "should be a list",
    "union_tag_not_found": "should be given",
}


def validated(model: type[Model], document: Document) -> Model | None:
    """The document's content as a model; None where it is none, of which there is a complaint then."""
    if document.content is None:
        return None
    try:
        return model.model_validate(document.content)
    except ValidationError as refused:
        for error in refused.errors(include_url=False, include_input=False):
            if error["loc"][-1:] != ("[key]",):  # a life event's code, of which check_agreements says more
                document.complain(_at(error, document.content), said(error))
        return None


def said(error: ErrorDetails) -> str:
    """What would be right."""
    if error["type"] == "union_tag_invalid":
        return f"should be one of: {error['ctx']['expected_tags']}".replace("'", "")
    if error["type"] == "too_short":
        least = error["ctx"]["min_length"]
        return f"should have {least} {'entry' if least == 1 else 'entries'} at least"
    own = _TEXTS.get(error["type"])
    return own or error["msg"].removeprefix("Input ").removeprefix("String ").removeprefix("Value error, ")


def _at(error: ErrorDetails, content: Any) -> KeyPath:
    """Where the error stands in the file: without the kinds of unions, which pydantic puts between the keys."""
    written: list[str | int] = []
    *steps, last = error["loc"]
    for step in steps:
        if isinstance(content, dict) and step not in content:
            continue
        written.append(step)
        content = content[step]
    if error["type"].startswith("union_tag"):
        return (*written, last, error["ctx"]["discriminator"].strip("'"))
    return (*written, last)


def check_concerned(document: Document, at: KeyPath, holder: Any) -> None:
    """Complain of who would never be told."""
    if isinstance(holder, dict) and holder.get("benefits", []) == [] and holder.get("always") is not True:
        document.complain((*at, "benefits"), "should name one at least, or always should be true")


def check_agreements(document: Document, at: KeyPath, holder: Any, life_events: Mapping[str, LifeEvent]) -> None:
    """Complain of agreements for what cannot be reported, and of fields that there are not."""
    agreements = entry(holder, "agreements")
    if not isinstance(agreements, dict):
        return
    for code, agreement in agreements.items():
        here: KeyPath = (*at, "agreements", code)
        if code not in life_events:
            document.complain(here, f"should be a life event that can be reported: {', '.join(life_events)}")
            continue
        for key in ("fields", "needs"):
            _check_fields_known(document, (*here, key), entry(agreement, key), life_events[code])
        _check_needs_allowed(document, here, agreement, life_events[code])
        _check_third_parties(document, (*here, "third_parties"), entry(agreement, "third_parties"), life_events[code])
        _check_special_category(document, here, agreement, life_events[code])


def _check_fields_known(document: Document, at: KeyPath, paths: Any, life_event: LifeEvent) -> None:
    for position, path in _texts(paths):
        if path not in life_event.fields:
            nearest = get_close_matches(path, life_event.fields, n=1, cutoff=0)[0]
            document.complain((*at, position), f"should be a field of {life_event.code}; the nearest is {nearest}")


def _check_needs_allowed(document: Document, at: KeyPath, agreement: Any, life_event: LifeEvent) -> None:
    allowed = {path for _, path in _texts(entry(agreement, "fields"))}
    for position, path in _texts(entry(agreement, "needs")):
        if path in life_event.fields and path not in allowed:
            document.complain((*at, "needs", position), "should be among the agreement's fields")


def _check_third_parties(document: Document, at: KeyPath, grounds: Any, life_event: LifeEvent) -> None:
    for part, ground in grounds.items() if isinstance(grounds, dict) else ():
        if part not in life_event.third_parties:
            document.complain((*at, part), f"should be one of: {', '.join(life_event.third_parties)}")
        elif ground == Ground.OWN_CONSENT and part not in set(Giver):
            document.complain((*at, part), f"should be '{Ground.STATUTORY}': nobody can consent for it alone")


def _check_special_category(document: Document, at: KeyPath, agreement: Any, life_event: LifeEvent) -> None:
    if entry(agreement, "special_category") is not None:
        return
    for _, path in _texts(entry(agreement, "fields")):
        field = life_event.fields.get(path)
        if field and field.sensitivity is Sensitivity.SPECIAL_CATEGORY:
            document.complain((*at, "special_category"), f"should be given, since {path} is of special category")


def entry(mapping: Any, key: str) -> Any:
    """The value of a key; None where there is none, or no mapping."""
    return mapping.get(key) if isinstance(mapping, dict) else None


def _texts(entries: Any) -> list[tuple[int, str]]:
    if not isinstance(entries, list):
        return []
    return [(position, entry) for position, entry in enumerate(entries) if isinstance(entry, str)]
