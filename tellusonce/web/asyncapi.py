"""What agencies are sent and send, for machines: AsyncAPI 3.0 and JSON Schemas, made from the models themselves.

`python -m tellusonce.web.asyncapi [FOLDER]` writes `asyncapi.json` and `schemas/*.json`, into `docs` by default.
"""

import copy
import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.notification import NotificationKind
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.web import agency_examples, examples
from tellusonce.web.agency_documents import Lease
from tellusonce.web.asyncapi_examples import MANIFEST, MESSAGES, REVERSED
from tellusonce.web.message import message_schema
from tellusonce.web.webhooks import HEADERS, MEDIA_TYPE

BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HOME = "https://tellusonce.example.org/schemas"
_CLOSED = ("additionalProperties", False)
_SUMMARIES = {
    NotificationKind.ORIGINAL: "The first that an agency is told of a report.",
    NotificationKind.CORRECTION: "Restates everything, and lists what changed.",
    NotificationKind.WITHDRAWAL: "Takes back all that the agency was told; it answers `reversed`.",
}


class Manifest(BaseModel):
    """Says of a file that it is whole; written after it. Of an agency's file `count` and `sha256` are enough."""

    model_config = ConfigDict(use_attribute_docstrings=True, json_schema_extra={"examples": [MANIFEST]})

    count: Annotated[int, Field(ge=0)]
    """Notifications, or acknowledgements, in the file."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
    """The digest of the file's bytes."""
    file: str | None = None
    agency: str | None = None
    number: Annotated[int, Field(ge=1)] | None = None
    """Goes up by one from batch to batch: a gap means that one is missing."""
    made_at: AwareDatetime | None = None


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas (2020-12) by their files' names."""
    by_life_event = {f"{kind.code}-message": _message(kind) for kind in LIFE_EVENTS.values()}
    lease = _open(Lease.model_json_schema(mode="serialization"))
    lease["examples"] = agency_examples.LEASES["leases"]
    acknowledgement = Acknowledgement.model_json_schema()
    acknowledgement["examples"] = [examples.RECEIPT, examples.OUTCOME, REVERSED]
    made = {
        **by_life_event,
        "acknowledgement": acknowledgement,
        "lease": lease,
        "manifest": Manifest.model_json_schema(),
    }
    return {name: {"$schema": _DIALECT, "$id": f"{_HOME}/{name}.json", **schema} for name, schema in made.items()}


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document, from the service's side: it sends notifications and receives acknowledgements."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "tellusonce: agencies",
            "version": "1",
            "description": "How agencies are told of life events, over five channels, and how they answer. "
            "The API beside it is described by /openapi.json.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": _CHANNELS,
        "operations": dict(_operations()),
        "components": {
            "messages": dict(_messages()),
            "schemas": {name: _embedded(schema) for name, schema in schemas().items()},
            "securitySchemes": {
                "signature": {
                    "type": "symmetricEncryption",
                    "description": "Standard Webhooks 1.0, HMAC-SHA-256 (`v1`), by one or two secrets.",
                },
                "apiKey": {"type": "http", "scheme": "bearer", "description": "The agency's API key."},
            },
        },
    }


def write(folder: Path) -> None:
    """Write all of it into the folder."""
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    for name, document in documents().items():
        (folder / name).write_text(document, encoding="utf-8")


def documents() -> dict[str, str]:
    """What is written, by its path in the folder."""
    made: dict[str, Any] = {"asyncapi.json": asyncapi()}
    made |= {f"schemas/{name}.json": schema for name, schema in schemas().items()}
    return {path: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for path, document in made.items()}


def _message(kind: LifeEvent) -> dict[str, Any]:
    return {
        **_open(message_schema(kind)),
        "title": f"{kind.title}: message",
        "examples": [each for each in MESSAGES if each["type"].split(".")[1] == kind.code],
    }


def _open(schema: Any) -> Any:
    """The same for who receives it: what is added later must not make a message invalid."""
    match schema:
        case dict():
            return {key: _open(value) for key, value in schema.items() if (key, value) != _CLOSED}
        case list():
            return [_open(value) for value in schema]
        case _:
            return schema


def _embedded(schema: dict[str, Any]) -> dict[str, Any]:
    """The same as a part of a larger document: without an address of its own."""
    part = copy.deepcopy(schema)
    for key in ("$schema", "$id"):
        del part[key]
    definitions = part.pop("$defs", {})
    return dict(_resolved(part, definitions))


def _resolved(part: Any, definitions: Mapping[str, Any]) -> Any:
    match part:
        case {"$ref": str(place), **rest}:
            return {**_resolved(definitions[place.rpartition("/")[2]], definitions), **rest}
        case dict():
            return {key: _resolved(value, definitions) for key, value in part.items()}
        case list():
            return [_resolved(value, definitions) for value in part]
        case _:
            return part


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


_KINDS = [f"{kind.code}-{notification}" for kind in LIFE_EVENTS.values() for notification in NotificationKind]
_ON_CHANNEL = {name: _ref("messages", name) for name in _KINDS}
_CHANNELS: dict[str, Any] = {
    "push": {
        "address": None,
        "title": "Push",
        "description": "A POST to the agency's address. Any 2xx is delivered; its body may acknowledge. Where "
        "the agency takes batches, several messages come as one JSON list, under a signature of its own.",
        "messages": {**_ON_CHANNEL, "batch": _ref("messages", "batch")},
    },
    "pull": {
        "address": "/v1/agencies/{agency}/leases",
        "title": "Pull",
        "description": "The agency leases its messages by a POST, and acknowledges under the lease.",
        "parameters": {"agency": {"description": "The agency's code."}},
        "messages": {"lease": _ref("messages", "lease")},
    },
    "file": {
        "address": "outgoing/{agency}-{number}.{layout}",
        "title": "File",
        "description": "Batch files in a folder or on an SFTP server, as CSV, XML or JSON lines of these messages. The "
        "manifest comes last.",
        "parameters": {
            "agency": {"description": "The agency's code."},
            "number": {"description": "Goes up by one; six digits at least."},
            "layout": {"enum": ["csv", "jsonl", "xml"]},
        },
        "messages": {**_ON_CHANNEL, "manifest": _ref("messages", "manifest")},
    },
    "email": {
        "address": None,
        "title": "Email",
        "description": "An e-mail to the agency's address, without facts, that something waits in its inbox.",
        "messages": {"notice": _ref("messages", "notice")},
    },
    "inbox": {
        "address": "/v1/agencies/{agency}/inbox/{notification}",
        "title": "Inbox",
        "description": "The agency's people open the message; the first opening is its receipt.",
        "parameters": {
            "agency": {"description": "The agency's code."},
            "notification": {"description": "The notification's id."},
        },
        "messages": _ON_CHANNEL,
    },
    "acknowledgements": {
        "address": "/v1/agencies/{agency}/acknowledgements",
        "title": "Acknowledgements",
        "description": "One or a list of them, by a POST.",
        "parameters": {"agency": {"description": "The agency's code."}},
        "messages": {"acknowledgement": _ref("messages", "acknowledgement")},
    },
    "acknowledgement-files": {
        "address": "acknowledgements/{name}.{layout}",
        "title": "Acknowledgement files",
        "description": "CSV or JSON lines in the agency's folder, each with a manifest that is written last.",
        "parameters": {"name": {"description": "The agency's choice."}, "layout": {"enum": ["csv", "jsonl"]}},
        "messages": {
            "acknowledgement": _ref("messages", "acknowledgement"),
            "manifest": _ref("messages", "manifest"),
        },
    },
}


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    incoming = {"acknowledgements": [_ref("securitySchemes", "apiKey")], "acknowledgement-files": []}
    secured = {"push": [_ref("securitySchemes", "signature")], "pull": [_ref("securitySchemes", "apiKey")]}
    secured["inbox"] = secured["pull"]
    for name, channel in _CHANNELS.items():
        is_incoming = name in incoming
        operation: dict[str, Any] = {
            "action": "receive" if is_incoming else "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": channel["description"],
        }
        if security := (incoming if is_incoming else secured).get(name):
            operation["security"] = security
        yield f"{'take' if is_incoming else 'tell-by'}-{name}", operation


def _messages() -> Iterator[tuple[str, dict[str, Any]]]:
    signed = {
        "type": "object",
        "properties": {name: {"type": "string", "description": meaning} for name, meaning in HEADERS.items()},
    }
    for kind in LIFE_EVENTS.values():
        for notification in NotificationKind:
            event = f"tellusonce.{kind.code}.{notification}"
            yield (
                f"{kind.code}-{notification}",
                {
                    "name": event,
                    "title": f"{kind.title}: {notification}",
                    "summary": _SUMMARIES[notification],
                    "contentType": MEDIA_TYPE,
                    "headers": signed,
                    "payload": {"allOf": [_ref("schemas", f"{kind.code}-message"), _typed(event)]},
                    "examples": [{"payload": each} for each in MESSAGES if each["type"] == event],
                },
            )
    anything = {"anyOf": [_ref("schemas", f"{kind.code}-message") for kind in LIFE_EVENTS.values()]}
    batch = {"type": "array", "minItems": 2, "items": anything}
    yield "batch", {"contentType": BATCH_MEDIA_TYPE, "headers": signed, "payload": batch}
    for name, model in (("lease", Lease), ("acknowledgement", Acknowledgement), ("manifest", Manifest)):
        yield name, {"summary": inspect.getdoc(model), "payload": _ref("schemas", name)}
    notice = {"type": "string", "description": "No fact and no reference: how many, by when, and a link for each."}
    yield "notice", {"contentType": "text/plain", "payload": notice}


def _typed(event: str) -> dict[str, Any]:
    return {"properties": {"type": {"const": event}}}


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
