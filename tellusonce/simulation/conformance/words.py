"""Judging the acknowledgements that stand in replies."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tellusonce.simulation.conformance.messages import Message

_KEYS = {"notification", "kind", "outcome", "effective_on", "note", "lease", "at"}
_OUTCOMES = {
    "original": {"actioned", "not-held", "query", "rejected"},
    "correction": {"actioned", "not-held", "query", "rejected"},
    "withdrawal": {"reversed", "query", "rejected"},
}


def acknowledgements(body: bytes) -> list[dict[str, Any]]:
    """Those in a reply. Whatever else may stand there is passed over, as the service passes it over."""
    try:
        said = json.loads(body)
    except ValueError:
        return []
    return [each for each in (said if isinstance(said, list) else [said]) if _is_meant(each)]


def complaint(body: bytes, messages: Sequence[Message]) -> str | None:
    """What is wrong with the acknowledgements in the reply to these; None where nothing is, or nothing is said."""
    sent = {message["id"]: message["type"].rpartition(".")[2] for message in messages}
    for word in acknowledgements(body):
        if word.get("notification") not in sent:
            return "acknowledged a notification that it was not sent: name the message's id"
        if wrong := _wrong(word, sent[word["notification"]]):
            return wrong
    return None


def outcomes(body: bytes) -> list[tuple[str, str]]:
    """What is said of which notification, without the times."""
    said = [
        (str(word.get("notification")), str(word.get("outcome", word.get("kind")))) for word in acknowledgements(body)
    ]
    return sorted(said)


def _wrong(word: dict[str, Any], kind: str) -> str | None:
    if unknown := set(word) - _KEYS:
        return f"gave an acknowledgement with unknown keys: {', '.join(sorted(unknown))}"
    if word.get("kind") not in {"receipt", "outcome"}:
        return "gave an acknowledgement whose kind is neither receipt nor outcome"
    if (word["kind"] == "outcome") != ("outcome" in word):
        return "gave an outcome without kind outcome, or a kind outcome without one"
    if word["kind"] == "outcome" and word["outcome"] not in _OUTCOMES[kind]:
        return f"gave an outcome for {kind} that is none of {', '.join(sorted(_OUTCOMES[kind]))}"
    return None if _is_aware(word.get("at")) else "gave an acknowledgement whose at is no time with its offset"


def _is_meant(said: object) -> bool:
    return isinstance(said, dict) and "notification" in said


def _is_aware(at: object) -> bool:
    try:
        return isinstance(at, str) and datetime.fromisoformat(at).utcoffset() is not None
    except ValueError:
        return False
