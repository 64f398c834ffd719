"""All agencies and their agreements: one a file in `agencies/`, and one for each service of each council."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tellusonce.agreements.checking import check_agreements, check_concerned, entry, validated
from tellusonce.agreements.councils import load_councils
from tellusonce.agreements.document import Document, read_document
from tellusonce.domain.agency import Agency
from tellusonce.domain.life_event import LifeEvent


class ConfigurationRefused(Exception):
    """The configuration cannot be used; the text has one line for each thing to put right."""

    def __init__(self, complaints: Iterable[str]) -> None:
        super().__init__("\n".join(complaints))


def load_agencies(
    config_dir: Path, life_events: Mapping[str, LifeEvent], changes: Path | None = None
) -> dict[str, Agency]:
    """The agencies by code: those of files by their names, then councils' by the table. Raises ConfigurationRefused.

    `life_events` are those that can be reported: an agreement can be for no other, and name none but their fields.
    `changes` is an agency's file, a `councils.yaml`, or a folder with some of the files that a configuration has: each
    is taken in place of the one of its name, or beside the others.
    """
    folder = config_dir / "agencies"
    paths = {path.name: path for path in folder.glob("*.yaml")} | _changed_agencies(changes)
    documents = [read_document(paths[name]) for name in sorted(paths)]
    if not documents:
        raise ConfigurationRefused([f"{folder}:1: (folder): should hold at least one agency, as CODE.yaml"])
    for document in documents:
        _check_code(document)
        _check_of_no_council(document)
        check_concerned(document, (), document.content)
        check_agreements(document, (), document.content, life_events)
    _check_codes_differ(documents)
    agencies = [agency for document in documents if (agency := validated(Agency, document)) is not None]
    councils = load_councils(
        _changed(config_dir, changes, "councils.yaml"), _changed(config_dir, changes, "authorities.csv"), life_events
    )
    councils.complain_of_codes(agency.code for agency in agencies)
    complaints = [line for document in (*documents, *councils.documents) for line in document.described()]
    if complaints:
        raise ConfigurationRefused(complaints)
    return {agency.code: agency for agency in (*agencies, *councils.agencies)}


_OF_COUNCILS = ("councils.yaml", "authorities.csv")


def _changed_agencies(changes: Path | None) -> dict[str, Path]:
    if changes is None or changes.name in _OF_COUNCILS:
        return {}
    return {path.name: path for path in ((changes / "agencies").glob("*.yaml") if changes.is_dir() else [changes])}


def _changed(config_dir: Path, changes: Path | None, name: str) -> Path:
    if changes is None:
        return config_dir / name
    changed = changes / name if changes.is_dir() else changes
    return changed if changed.name == name and changed.exists() else config_dir / name


def _check_code(document: Document) -> None:
    code, expected = entry(document.content, "code"), document.path.stem
    if isinstance(code, str) and code != expected:
        document.complain(("code",), f"should be {expected}, as the file is named")


def _check_of_no_council(document: Document) -> None:
    if document.content is not None and document.content.pop("service", None) is not None:
        document.complain(("service",), "should not be here: councils' services stand in councils.yaml")


def _check_codes_differ(documents: Iterable[Document]) -> None:
    first: dict[str, Document] = {}
    for document in documents:
        code = entry(document.content, "code")
        if not isinstance(code, str):
            continue
        earlier = first.setdefault(code, document)
        if earlier is not document:
            document.complain(("code",), f"should differ from the code in {earlier.path.name}")
