"""The message to an agency, as agencies read it; what is rendered is held to this by a test."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl

from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.revision import Reason


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
    provisional: bool
    """Whether the facts rest on what is still to be confirmed: act, and expect a correction."""
    reason: Reason | None = None
    """Why a correction or a withdrawal is made."""
    changed: tuple[str, ...] | None = None
    """Of a correction: the fields whose facts are other than you were told, or there no more."""
    statement: str | None = None
    """Of a withdrawal: what is plainly the case. Reverse what you did, and answer `reversed`."""
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
    example: bool = False
    """There, and true, in an example by which staff try your channel: it is about nobody, and nothing is to be done."""
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
    definitions = schema.pop("$defs")
    properties = {name: _in_part(part, definitions) | _described(part) for name, part in schema["properties"].items()}
    facts = _in_part(kind.schema, kind.schema["$defs"]) | _described(properties["facts"])
    return {**schema, "properties": {**properties, "facts": facts}}


def _described(part: dict[str, Any]) -> dict[str, Any]:
    return {"description": part["description"]} if "description" in part else {}


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
