"""The examples of what agencies pull and open, of the same invented family."""

from typing import Any

from tellusonce.web.examples import MESSAGE, RECEIPT, REPORT

_PENSION = MESSAGE["id"]
_OPENING = {"by": "agency:dwp-state-pension/priya", "at": "2026-03-19T11:02:40.007Z"}

LEASE_REQUEST: dict[str, Any] = {"max": 100, "lease_seconds": 300, "wait_seconds": 20}

LEASES: dict[str, Any] = {
    "leases": [
        {
            "id": f"{_PENSION}.1",
            "notification": _PENSION,
            "expires_at": "2026-03-19T10:17:04.201Z",
            "message": MESSAGE,
        }
    ]
}

EXTENSION: dict[str, Any] = {"lease_seconds": 600}

EXTENDED_LEASE: dict[str, Any] = {"id": f"{_PENSION}.1", "expires_at": "2026-03-19T10:27:04.201Z"}

RETURN: dict[str, Any] = {"reason": "Our system is closed for the night."}

RETURNED_LEASE: dict[str, Any] = {"id": f"{_PENSION}.1", "notification": _PENSION}

INBOX_PAGE: dict[str, Any] = {
    "notifications": [
        {
            "id": _PENSION,
            "reference": REPORT["reference"],
            "kind": "original",
            "benefits": ["state-pension"],
            "accepted_at": REPORT["accepted_at"],
            "state": "received",
            "receipt_due_on": "2026-03-20",
            "outcome_due_on": "2026-04-02",
            "opened_by": _OPENING["by"],
            "opened_at": _OPENING["at"],
        }
    ]
}

OPENED: dict[str, Any] = {
    "state": "received",
    "message": MESSAGE,
    "openings": [_OPENING],
    "acknowledgements": [
        {"kind": RECEIPT["kind"], "outcome": None, "effective_on": None, "note": None, "at": _OPENING["at"]}
    ],
}

NOTIFY_RECEIPT: dict[str, Any] = {
    "id": "740e5834-3a29-46b4-9a6f-16142fde533a",
    "reference": _PENSION,
    "to": "bereavements@example.org",
    "status": "permanent-failure",
    "created_at": "2026-03-19T10:12:04.000000Z",
    "completed_at": "2026-03-19T10:12:09.000000Z",
    "sent_at": "2026-03-19T10:12:05.000000Z",
    "notification_type": "email",
}
