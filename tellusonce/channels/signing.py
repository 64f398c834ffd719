"""Signatures of pushed messages (Standard Webhooks 1.0, symmetric `v1`), with a secret for each agency."""

import hmac
from base64 import b64encode
from datetime import datetime

from standardwebhooks import Webhook


def signing_secret(master_secret: bytes, agency: str) -> str:
    """The secret shared with an agency, as `whsec_…`, derived and not stored (HKDF-Expand, RFC 5869)."""
    return "whsec_" + b64encode(hmac.digest(master_secret, f"push signing {agency}\x01".encode(), "sha256")).decode()


def signed_headers(webhook: Webhook, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """The three headers. `at` must be in UTC: the library signs the clock face of any other zone."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": webhook.sign(message_id, at, body),
    }
