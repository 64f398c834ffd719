"""Facts as people read them: each with the label of its field."""

from collections.abc import Iterator, Mapping
from typing import Any

from tellusonce.life_events import LIFE_EVENTS


def labelled_facts(life_event: str, facts: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """Each fact with the label of its field, in the order in which they stand."""
    for name, value in facts.items():
        path = f"{at}{name}"
        if isinstance(value, dict):
            yield from labelled_facts(life_event, value, f"{path}.")
        elif isinstance(value, list):
            yield field_label(life_event, path), ", ".join(map(str, value))
        else:
            yield field_label(life_event, path), str(value)


def field_label(life_event: str, path: str) -> str:
    """What people call a field; its path where the model does not know it any more."""
    field = LIFE_EVENTS[life_event].fields.get(path)
    label = field.label if field else path.replace("_", " ").replace(".", " ")
    return label[:1].upper() + label[1:]
