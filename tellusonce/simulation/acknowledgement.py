"""The acknowledgements an agency gives."""

import json
from datetime import UTC, datetime

from tellusonce.simulation.behaviour import Outcome
from tellusonce.simulation.notification import Notification

_NOTES = {
    "query": "Which of the two addresses was current on the date of the event?",
    "rejected": "The record found under this number is of another person.",
}


def receipt(notification: Notification, at: datetime) -> bytes:
    """The JSON of the agency's word that it has the notification."""
    return _encoded({"notification": notification.id, "kind": "receipt", "at": rfc3339(at)})


def outcome(notification: Notification, chosen: Outcome, at: datetime) -> bytes:
    """The JSON of the agency's word on what it did with the notification."""
    is_reversal = chosen == "actioned" and notification.is_withdrawal
    acknowledgement = {
        "notification": notification.id,
        "kind": "outcome",
        "outcome": "reversed" if is_reversal else chosen,
        "at": rfc3339(at),
    }
    if chosen == "actioned":
        acknowledgement["effective_on"] = at.date().isoformat()
    if chosen in _NOTES:
        acknowledgement["note"] = _NOTES[chosen]
    return _encoded(acknowledgement)


def rfc3339(at: datetime) -> str:
    """An aware time as RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _encoded(acknowledgement: dict[str, str]) -> bytes:
    return json.dumps(acknowledgement, separators=(",", ":")).encode()
