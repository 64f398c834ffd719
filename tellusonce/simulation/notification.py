"""Reading a signed notification: Standard Webhooks outside, CloudEvents 1.0 inside."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from standardwebhooks import Webhook, WebhookVerificationError

SIGNATURE_HEADERS = frozenset({b"webhook-id", b"webhook-timestamp", b"webhook-signature"})


class Refused(Exception):
    """The request is answered with this status and is not taken."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Notification(NamedTuple):
    """What the agency keeps of a verified notification."""

    id: str
    type: str
    subject: str | None
    data: dict[str, Any]

    @property
    def is_withdrawal(self) -> bool:
        """Whether it takes back what was told before."""
        return self.type.endswith(".withdrawal")

    @property
    def fields(self) -> list[str]:
        """The sorted dotted names of the facts received, without their values."""
        return sorted(set(_names(self.data.get("facts"), "")))


def signature_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The three Standard Webhooks headers, as far as they were sent."""
    return {name.decode(): value.decode("latin-1") for name, value in headers if name in SIGNATURE_HEADERS}


def read_notification(webhook: Webhook, headers: dict[str, str], body: bytes) -> Notification:
    """Verify the signature and read the event.

    Raises Refused: 401 when the signature does not hold, 400 when the body is not such an event.
    """
    _verify(webhook, headers, body)
    try:
        event = json.loads(body)
    except ValueError:
        raise Refused(400, "the body is not JSON") from None
    if not _is_event(event):
        raise Refused(400, "the body is not a CloudEvents 1.0 notification")
    if event["id"] != headers["webhook-id"]:
        raise Refused(400, "webhook-id is not the event's id")
    return Notification(event["id"], event["type"], event.get("subject"), event["data"])


def _verify(webhook: Webhook, headers: dict[str, str], body: bytes) -> None:
    try:
        webhook.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library lets bad base64 through as ValueError
        raise Refused(401, "the signature does not hold") from None


def _is_event(event: object) -> bool:
    return (
        isinstance(event, dict)
        and event.get("specversion") == "1.0"
        and all(isinstance(event.get(name), str) for name in ("id", "source", "type"))
        and isinstance(event.get("data"), dict)
    )


def _names(value: object, prefix: str) -> Iterable[str]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _names(inner, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for item in value:
            yield from _names(item, prefix)
    elif prefix:
        yield prefix
