"""An export as a PDF that people and screen readers can read (PDF/UA-1). Facts are its data and never its markup."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst

from tellusonce.domain.export import Export
from tellusonce.domain.life_event import LifeEvent

_UK = ZoneInfo("Europe/London")
_TEMPLATE = "report.typ"


class NotRendered(Exception):
    """The export could not be made into a PDF; the template does not fit."""

    def __init__(self) -> None:
        super().__init__("the export could not be made into a PDF: templates/exports/report.typ does not fit")


class ExportPdf:
    """Writes exports. The template is in `exports` in the folder of templates, and can read no file outside it."""

    def __init__(self, templates_dir: Path, life_events: Mapping[str, LifeEvent]) -> None:
        self._folder = templates_dir / "exports"
        self._life_events = life_events

    def render(self, export: Export) -> bytes:
        """The export as a PDF. Raises NotRendered.

        PDF/UA forbids characters that no font here can show: with such a name it is an ordinary tagged PDF, which says
        so.
        """
        view = self._view(export)
        try:
            return self._compiled(view, export.made_at, accessible=True)
        except typst.TypstError:
            pass
        try:
            return self._compiled({**view, "boxes": True}, export.made_at, accessible=False)
        except typst.TypstError:
            raise NotRendered from None  # typst's own words may repeat a fact

    def _compiled(self, view: Mapping[str, Any], made_at: datetime, *, accessible: bool) -> bytes:
        written = typst.compile(
            self._folder / _TEMPLATE,
            root=self._folder,
            format="pdf",
            sys_inputs={"data": json.dumps(view)},
            pdf_standards="ua-1" if accessible else [],
            timestamp=int(made_at.timestamp()),
        )
        assert isinstance(written, bytes)
        return written

    def _view(self, export: Export) -> dict[str, Any]:
        """What the template shows: the export with its times as people read them, and the labels of fields."""
        life_event = self._life_events[export.life_event]
        view: dict[str, Any] = _readable(export.model_dump())
        return {
            **view,
            "life_event": life_event.title,
            "everybody": export.made_for is None,
            "made_for": (export.made_for or "everybody in the report").replace("-", " "),
            "versions": [
                {**each, "facts": _by_part(each["facts"]), "left_out": _by_part(each["left_out"])}
                for each in view["versions"]
            ],
            "notifications": [
                {
                    **each,
                    "fields": _by_part(_labelled(each["fields"], life_event)),
                    "changed": _by_part(_labelled(each["changed"], life_event)),
                }
                for each in view["notifications"]
            ],
            "trail": [
                {"at": entry["at"], "action": entry["action"].replace("-", " "), "who": _who(entry)}
                for entry in view["trail"]
            ],
            "boxes": False,
        }


def _labelled(paths: Iterable[str], life_event: LifeEvent) -> list[dict[str, Any]]:
    known = life_event.fields
    return [{"field": path, "label": known[path].label if path in known else path} for path in paths]


def _by_part(fields: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Fields under the part that they belong to, such as `Estate contact`, which then need not stand in each label."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for each in fields:
        part = each["field"].partition(".")[0].replace("_", " ")
        parts.setdefault(part, []).append({**each, "label": each["label"].removeprefix(f"{part}'s ")})
    return [{"part": part.capitalize(), "fields": fields} for part, fields in parts.items()]


def _who(entry: Mapping[str, Any]) -> str:
    """Who did it, and to which agency."""
    actor, agency = entry["actor"], entry["agency"]
    return actor if agency is None or agency in actor else f"{actor}, {agency}"


def _readable(value: Any) -> Any:
    match value:
        case dict():
            return {name: _readable(each) for name, each in value.items()}
        case list() | tuple():
            return [_readable(each) for each in value]
        case datetime():
            at = value.astimezone(_UK)
            return f"{at.day} {at:%B %Y, %H:%M:%S}"
        case bool() | int() | None:
            return value
    return str(value)
