"""What the API answers of the help that can be claimed, as models."""

from datetime import date

from pydantic import ConfigDict, HttpUrl

from tellusonce.domain.claiming import Standing
from tellusonce.web import examples
from tellusonce.web.plan_documents import Document, FieldNames, Reference


class BothLanguages(Document):
    """The same in English and Welsh."""

    en: str
    cy: str


class LawDocument(Document):
    """Where it stands."""

    name: str
    source: HttpUrl
    verified: bool
    """Whether its text in force has been read."""
    note: str | None


class DueDocument(Document):
    """By when to claim."""

    on: date
    """The last day, or the earliest that it can be where a date is known in part."""
    purpose: BothLanguages
    """What is had by claiming until then."""
    final: bool
    """Whether nothing can be had after it."""
    passed: bool


class EntitlementDocument(Document):
    """One kind of help."""

    code: str
    name: BothLanguages
    words: BothLanguages
    """What it is, for whom, and on what it depends that the report does not say."""
    claim: BothLanguages
    """Where to claim it, or what to do."""
    link: HttpUrl
    source: LawDocument
    standing: Standing
    unknown: FieldNames
    """What would decide where the standing is `perhaps`: fields, or parts such as partner."""
    due: tuple[DueDocument, ...]


class EntitlementsDocument(Document):
    """What help could be claimed after a report on a day."""

    model_config = ConfigDict(title="Entitlements", json_schema_extra={"examples": [examples.ENTITLEMENTS]})

    reference: Reference
    on: date
    entitlements: tuple[EntitlementDocument, ...]
