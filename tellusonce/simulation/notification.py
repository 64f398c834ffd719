"""Reading notifications: CloudEvents 1.0, alone or in batches, under Standard Webhooks where they are pushed."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from standardwebhooks import Webhook, WebhookVerificationError

BODY_AT_MOST_BYTES = 1024 * 1024
BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
_HEADERS = frozenset({b"webhook-id", b"webhook-timestamp", b"webhook-signature", b"content-type", b"content-encoding"})


class Refused(Exception):
    """The request is answered with this status and is not taken."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Notification(NamedTuple):
    """What the agency keeps of a notification."""

    id: str
    type: str
    subject: str
    data: Mapping[str, Any]

    @property
    def is_withdrawal(self) -> bool:
        """Whether it takes back what was told before."""
        return self.type.endswith(".withdrawal")

    @property
    def sequence(self) -> int:
        """Its place among those about its report."""
        sequence = self.data.get("sequence")
        return sequence if isinstance(sequence, int) else 1

    @property
    def fields(self) -> list[str]:
        """The sorted dotted names of the facts received, without their values."""
        return sorted(set(_names(self.data.get("facts"), "")))


def known_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Those that a push is read by, as far as they were sent."""
    return {name.decode(): value.decode("latin-1") for name, value in headers if name in _HEADERS}


def read_push(webhooks: Sequence[Webhook], headers: Mapping[str, str], body: bytes) -> list[Notification]:
    """Verify the signature, by any of the agency's secrets, and read the event or the batch of them.

    Raises Refused: 401 when no signature holds, 400 when the body is not such an event, 413 when it is too long.
    """
    if headers.get("content-encoding") == "gzip":
        body = _unpacked(body)
    _verify(webhooks, headers, body)
    try:
        content = json.loads(body)
    except ValueError:
        raise Refused(400, "the body is not JSON") from None
    if headers.get("content-type") == BATCH_MEDIA_TYPE:
        if not isinstance(content, list) or not content:
            raise Refused(400, "the body is not a batch")
        return [read_event(event) for event in content]
    notification = read_event(content)
    if notification.id != headers["webhook-id"]:
        raise Refused(400, "webhook-id is not the event's id")
    return [notification]


def read_event(event: object) -> Notification:
    """The notification in an event. Raises Refused: 400 when it is none."""
    if (
        isinstance(event, dict)
        and event.get("specversion") == "1.0"
        and all(isinstance(event.get(name), str) for name in ("id", "source", "type", "subject"))
        and isinstance(event.get("data"), dict)
    ):
        return Notification(event["id"], event["type"], event["subject"], event["data"])
    raise Refused(400, "the body is not a CloudEvents 1.0 notification")


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacking.decompress(body, BODY_AT_MOST_BYTES + 1)
    except zlib.error:
        raise Refused(400, "the body is not gzip") from None
    if len(unpacked) > BODY_AT_MOST_BYTES:
        raise Refused(413, "the body is over 1 MiB")
    return unpacked


def _verify(webhooks: Sequence[Webhook], headers: Mapping[str, str], body: bytes) -> None:
    for webhook in webhooks:
        try:
            webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):  # the library lets bad base64 through as ValueError
            continue
        return
    raise Refused(401, "the signature does not hold")


def _names(value: object, prefix: str) -> Iterable[str]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _names(inner, f"{prefix}.{name}" if prefix else name)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for item in value:
            yield from _names(item, prefix)
    elif prefix:
        yield prefix
