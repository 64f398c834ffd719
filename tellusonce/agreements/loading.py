"""Agencies and their agreements from `agencies/*.yaml`, one agency a file."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tellusonce.agreements.document import Document, KeyPath, read_document
from tellusonce.domain.agency import Agency
from tellusonce.domain.life_event import LifeEvent


class ConfigurationRefused(Exception):
    """The configuration cannot be used; the text has one line for each thing to put right."""

    def __init__(self, complaints: Iterable[str]) -> None:
        super().__init__("\n".join(complaints))


def load_agencies(config_dir: Path, life_events: Mapping[str, LifeEvent]) -> dict[str, Agency]:
    """The agencies by code, in the order of their files' names. Raises ConfigurationRefused.

    `life_events` are those that can be reported: an agreement can be for no other, and name none but their fields.
    """
    folder = config_dir / "agencies"
    documents = [read_document(path) for path in sorted(folder.glob("*.yaml"))]
    if not documents:
        raise ConfigurationRefused([f"{folder}:1: (folder): should hold at least one agency, as CODE.yaml"])
    for document in documents:
        _check_code(document)
        _check_agreements(document, life_events)
    _check_codes_differ(documents)
    agencies = [agency for document in documents if (agency := _agency(document)) is not None]
    complaints = [line for document in documents for line in document.described()]
    if complaints:
        raise ConfigurationRefused(complaints)
    return {agency.code: agency for agency in agencies}


def _agency(document: Document) -> Agency | None:
    if document.content is None:
        return None
    try:
        return Agency.model_validate(document.content)
    except ValidationError as refused:
        for error in refused.errors(include_url=False, include_input=False):
            if error["loc"][-1:] != ("[key]",):  # a life event's code, of which _check_agreements says more
                document.complain(error["loc"], _text(error))
        return None


_TEXTS: Mapping[str, str] = {
    "missing": "should be given",
    "extra_forbidden": "should not be here: it is not a known key",
    "string_type": "should be text: put it in quotes",
    "model_type": "should be a mapping of keys to values",
    "dict_type": "should be a mapping of keys to values",
    "tuple_type": "should be a list",
}


def _text(error: ErrorDetails) -> str:
    own = _TEXTS.get(error["type"])
    return own or error["msg"].removeprefix("Input ").removeprefix("String ").removeprefix("Value error, ")


def _check_code(document: Document) -> None:
    code, expected = _at(document.content, "code"), document.path.stem
    if isinstance(code, str) and code != expected:
        document.complain(("code",), f"should be {expected}, as the file is named")


def _check_codes_differ(documents: Iterable[Document]) -> None:
    first: dict[str, Document] = {}
    for document in documents:
        code = _at(document.content, "code")
        if not isinstance(code, str):
            continue
        earlier = first.setdefault(code, document)
        if earlier is not document:
            document.complain(("code",), f"should differ from the code in {earlier.path.name}")


def _check_agreements(document: Document, life_events: Mapping[str, LifeEvent]) -> None:
    agreements = _at(document.content, "agreements")
    if not isinstance(agreements, dict):
        return
    for code, agreement in agreements.items():
        at: KeyPath = ("agreements", code)
        if code not in life_events:
            document.complain(at, f"should be a life event that can be reported: {', '.join(life_events)}")
            continue
        for key in ("fields", "needs"):
            _check_fields_known(document, (*at, key), _at(agreement, key), life_events[code])
        _check_needs_allowed(document, at, agreement, life_events[code])


def _check_fields_known(document: Document, at: KeyPath, paths: Any, life_event: LifeEvent) -> None:
    for position, path in _texts(paths):
        if path not in life_event.fields:
            nearest = get_close_matches(path, life_event.fields, n=1, cutoff=0)[0]
            document.complain((*at, position), f"should be a field of {life_event.code}; the nearest is {nearest}")


def _check_needs_allowed(document: Document, at: KeyPath, agreement: Any, life_event: LifeEvent) -> None:
    allowed = {path for _, path in _texts(_at(agreement, "fields"))}
    for position, path in _texts(_at(agreement, "needs")):
        if path in life_event.fields and path not in allowed:
            document.complain((*at, "needs", position), "should be among the agreement's fields")


def _at(mapping: Any, key: str) -> Any:
    return mapping.get(key) if isinstance(mapping, dict) else None


def _texts(entries: Any) -> list[tuple[int, str]]:
    if not isinstance(entries, list):
        return []
    return [(position, entry) for position, entry in enumerate(entries) if isinstance(entry, str)]
