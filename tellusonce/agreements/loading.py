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


def load_agencies(config_dir: Path, life_events: Mapping[str, LifeEvent]) -> dict[str, Agency]:
    """The agencies by code: those of files by their names, then councils' by the table. Raises ConfigurationRefused.

    `life_events` are those that can be reported: an agreement can be for no other, and name none but their fields.
    """
    folder = config_dir / "agencies"
    documents = [read_document(path) for path in sorted(folder.glob("*.yaml"))]
    if not documents:
        raise ConfigurationRefused([f"{folder}:1: (folder): should hold at least one agency, as CODE.yaml"])
    for document in documents:
        _check_code(document)
        _check_of_no_council(document)
        check_concerned(document, (), document.content)
        check_agreements(document, (), document.content, life_events)
    _check_codes_differ(documents)
    agencies = [agency for document in documents if (agency := validated(Agency, document)) is not None]
    councils = load_councils(config_dir, life_events)
    councils.complain_of_codes(agency.code for agency in agencies)
    complaints = [line for document in (*documents, *councils.documents) for line in document.described()]
    if complaints:
        raise ConfigurationRefused(complaints)
    return {agency.code: agency for agency in (*agencies, *councils.agencies)}


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
