"""Pushed messages in the interface's description: what an agency's own server is to expect."""

from typing import Any

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.life_event import LifeEvent
from tellusonce.web import examples

MEDIA_TYPE = "application/cloudevents+json"

HEADERS = {
    "webhook-id": "The notification's id, the same on every attempt. Keep it for 30 days to know a repeated message.",
    "webhook-timestamp": "When this attempt was signed, in seconds since 1970. Refuse what is over 300 seconds off.",
    "webhook-signature": "`v1,` and the base64 HMAC-SHA-256 of `id.timestamp.body` under the agency's secret.",
}
_RESPONSES = {
    "2XX": "Delivered. The body may be an acknowledgement, or empty.",
    "410": "The agency wants no more: it is paused until an operator resumes it.",
    "429": "Not now: tried again no sooner than Retry-After says.",
    "503": "Not now: tried again no sooner than Retry-After says.",
    "default": "Anything else, a redirection included, is a failure: tried again for days, then a person sees to it.",
}


def webhook(kind: LifeEvent, ref: str) -> dict[str, Any]:
    """The operation by which an agency is told of this life event. `ref` is the template of references to models."""
    message = {"$ref": ref.format(model=f"{kind.model.__name__}Message")}
    shown = {"original": {"value": examples.MESSAGE}} if examples.MESSAGE["type"].split(".")[1] == kind.code else {}
    responses: dict[str, Any] = {status: {"description": meaning} for status, meaning in _RESPONSES.items()}
    acknowledgement = {"$ref": ref.format(model=Acknowledgement.__name__)}
    responses["2XX"]["content"] = {
        "application/json": {"schema": acknowledgement, "examples": {"receipt": {"value": examples.RECEIPT}}}
    }
    return {
        "operationId": f"notify_of_{kind.code.replace('-', '_')}",
        "tags": ["messages"],
        "summary": f"{kind.title}: an agency is told",
        "description": (
            "Posted to the agency's address, signed by Standard Webhooks 1.0 (symmetric `v1`); check the signature "
            "over the bytes as they came before reading them. Messages about one report come in the order of "
            "`sequence`. A message may come twice, always with the same id."
        ),
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": meaning, "schema": {"type": "string"}}
            for name, meaning in HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": message, "examples": shown}}},
        "responses": responses,
    }
