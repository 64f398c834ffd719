"""The message to an agency, as agencies read it; what is rendered is held to this by a test."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl

from tellusonce.domain.life_event import LifeEvent


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class MessageData(_Part):
    """What the agency is told, and why it may be."""

    version: int = Field(ge=1)
    """The version of the report."""
    sequence: int = Field(ge=1)
    """The place of this notification among those of this report to this agency."""
    benefits: tuple[str, ...]
    """The declared benefits that the agency holds."""
    facts: dict[str, Any]
    """The allowed facts that are known; one that is not known is absent."""
    gateway: str
    """The legal power under which the agency is told."""
    agreement_version: str
    receipt_due_on: date
    """By when a receipt is due."""
    outcome_due_on: date
    """By when an outcome is due."""


class Message(_Part):
    """CloudEvents 1.0, structured JSON."""

    specversion: Literal["1.0"]
    id: UUID
    """The notification's id: the same on every attempt, so that a message that comes twice is known by it."""
    source: HttpUrl
    """The service that sends it."""
    type: str = Field(pattern=r"^tellusonce\.[a-z0-9-]+\.(original|correction|withdrawal)$")
    subject: str
    """The reference of the report."""
    time: AwareDatetime
    """When the report was accepted."""
    datacontenttype: Literal["application/json"]
    dataschema: HttpUrl
    """Where the JSON Schema of `data` is."""
    data: MessageData


def message_schema(kind: LifeEvent) -> dict[str, Any]:
    """The JSON Schema (2020-12) of messages of this life event."""
    schema = Message.model_json_schema()
    del schema["$defs"]
    schema["properties"]["type"]["pattern"] = rf"^tellusonce\.{kind.code}\.(original|correction|withdrawal)$"
    schema["properties"]["data"] = data_schema(kind)
    return schema


def data_schema(kind: LifeEvent) -> dict[str, Any]:
    """The JSON Schema (2020-12) of `data` in messages of this life event.

    Every fact is optional in it: an agency receives those that its agreement allows, as far as they are known.
    """
    schema = MessageData.model_json_schema()
    description = schema["properties"]["facts"]["description"]
    schema["properties"]["facts"] = {**_in_part(kind.schema, kind.schema["$defs"]), "description": description}
    return schema


def _in_part(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with nothing required, nothing null, and all in one place."""
    match schema:
        case {"$ref": str(place)}:
            return _in_part(definitions[place.rpartition("/")[2]], definitions)
        case {"anyOf": [known, {"type": "null"}]}:
            return _in_part(known, definitions)
        case {"properties": dict(properties)}:
            parts = {name: _in_part(part, definitions) for name, part in properties.items()}
            return {"type": "object", "properties": parts, "additionalProperties": False}
        case _:
            return schema
