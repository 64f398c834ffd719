"""The acknowledgements an agency gives."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from tellusonce.simulation.behaviour import Outcome
from tellusonce.simulation.notification import Notification

Acknowledgement = dict[str, str]
"""As it stands in JSON."""

_NOTES = {
    "query": "Which of the two addresses was current on the date of the event?",
    "rejected": "The record found under this number is of another person.",
}


def receipt(notification: Notification, at: datetime) -> Acknowledgement:
    """The agency's word that it has the notification."""
    return {"notification": notification.id, "kind": "receipt", "at": rfc3339(at)}


def outcome(notification: Notification, chosen: Outcome, at: datetime) -> Acknowledgement:
    """The agency's word on what it did with the notification."""
    is_reversal = notification.is_withdrawal and chosen in {"actioned", "not-held"}
    said = "reversed" if is_reversal else chosen
    acknowledgement = {"notification": notification.id, "kind": "outcome", "outcome": said, "at": rfc3339(at)}
    if chosen == "actioned":
        acknowledgement["effective_on"] = at.date().isoformat()
    if chosen in _NOTES:
        acknowledgement["note"] = _NOTES[chosen]
    return acknowledgement


def encoded(said: Acknowledgement | Sequence[Acknowledgement]) -> bytes:
    """One, or many, as JSON."""
    return json.dumps(said, separators=(",", ":")).encode()


def rfc3339(at: datetime) -> str:
    """An aware time as RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
