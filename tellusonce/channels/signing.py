"""Signatures of pushed messages (Standard Webhooks 1.0, symmetric `v1`), with secrets for each agency."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook


def signing_secret(master_secret: bytes, agency: str, generation: int = 1) -> str:
    """A secret shared with an agency, as `whsec_…`, derived and not stored (HKDF-Expand, RFC 5869).

    The first generation is named by the agency alone; no agency's code holds the space that parts a later one's.
    """
    whose = agency if generation == 1 else f"{agency} {generation}"
    return "whsec_" + b64encode(hmac.digest(master_secret, f"push signing {whose}\x01".encode(), "sha256")).decode()


def signed_headers(webhooks: Sequence[Webhook], message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers, with a signature by each secret in this order, parted by spaces.

    `at` must be in UTC: the library signs the clock face of any other zone. A body that is sent compressed is signed
    as it is before: proxies and frameworks unpack it on the way to whoever verifies.
    """
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(webhook.sign(message_id, at, body) for webhook in webhooks),
    }
