"""Facts as people read them, each with the label of its field."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tellusonce.domain.language import Language
from tellusonce.domain.partial_date import UNKNOWN, PartialDate
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.rendering.dates import said_partial_date
from tellusonce.web.pages.languages import to_translate

_DATE = re.compile(r"(?a:\d{4}-\d{2}(-\d{2})?)")
_NOT_KNOWN = to_translate("Not known")


def labelled_facts(life_event: str, facts: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """Each fact in English with the label of its field, in the order in which they stand."""
    for name, value in facts.items():
        path = f"{at}{name}"
        if isinstance(value, dict):
            yield from labelled_facts(life_event, value, f"{path}.")
        else:
            yield field_label(life_event, path), as_said(value, Language.ENGLISH, str)


def field_label(life_event: str, path: str) -> str:
    """What people call a field; its path where the model does not know it any more."""
    field = LIFE_EVENTS[life_event].fields.get(path)
    label = field.label if field else path.replace("_", " ").replace(".", " ")
    return label[:1].upper() + label[1:]


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
