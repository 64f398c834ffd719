"""The batch file: many messages as CSV, JSON lines or XML, the same bytes for the same messages."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tellusonce.domain.agency import Agency
from tellusonce.domain.channel import Layout

# Of the event's own attributes those that differ between the messages of one file.
_EVENT_COLUMNS = ("id", "type", "subject", "time")
_DATA_COLUMNS = (
    "version",
    "sequence",
    "provisional",
    "reason",
    "changed",
    "statement",
    "benefits",
    "gateway",
    "agreement_version",
    "receipt_due_on",
    "outcome_due_on",
)
# What spreadsheets take for the start of a formula (OWASP, CSV Injection), full-width forms included; and the
# apostrophe itself, so that a reader who drops one at the start always has what was sent.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")  # noqa: RUF001
_LIST_SEPARATOR = "; "
# XML 1.0 section 2.2: no other character may stand in a document, not even as a reference.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BatchFileRenderer:
    """Renders batch files; `templates_dir` holds the template of those in XML."""

    def __init__(self, templates_dir: Path) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(templates_dir),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            keep_trailing_newline=True,
        )

    def render(self, agency: Agency, layout: Layout, messages: Sequence[bytes]) -> bytes:
        """The file of these messages to the agency, each as `MessageRenderer` made it."""
        match layout:
            case Layout.JSON_LINES:
                return b"".join(message + b"\n" for message in messages)
            case Layout.CSV:
                return _csv([json.loads(message) for message in messages], _fields(agency))
            case Layout.XML:
                return self._xml(agency, [json.loads(message) for message in messages])

    def _xml(self, agency: Agency, events: Sequence[dict[str, Any]]) -> bytes:
        template = self._environment.get_template("notifications.xml")
        notifications = [
            {
                **{name: event[name] for name in _EVENT_COLUMNS},
                "data": {name: _texts(value) for name, value in event["data"].items() if name != "facts"},
                "facts": {path: _texts(value) for path, value in _leaves(event["data"].get("facts", {}))},
            }
            for event in events
        ]
        rendered = template.render(agency=agency.code, notifications=notifications)
        return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", rendered).encode()


def _fields(agency: Agency) -> list[str]:
    """The fields of all the agency's agreements, in their order: the columns change only with the agreements."""
    return list(dict.fromkeys(path for agreement in agency.agreements.values() for path in agreement.fields))


def _csv(events: Sequence[dict[str, Any]], fields: Sequence[str]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(
        file, [*_EVENT_COLUMNS, *_DATA_COLUMNS, *fields], quoting=csv.QUOTE_ALL, lineterminator="\r\n"
    )
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in _row(event)} for event in events)
    # With a byte order mark: without one Excel garbles Welsh names in silence, where a program that does not expect it
    # fails at the first column's name.
    return file.getvalue().encode("utf-8-sig")


def _row(event: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in _EVENT_COLUMNS:
        yield name, event[name]
    for name, value in event["data"].items():
        if name == "facts":
            yield from _leaves(value)
        else:
            yield name, value


def _leaves(facts: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _cell(value: Any) -> str:
    text = _LIST_SEPARATOR.join(_texts(value))
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _texts(value: Any) -> list[str]:
    """What a list holds, or the one value that is there; none where there is none."""
    if value is None:
        return []
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)]
