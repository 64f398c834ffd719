"""What the trail vouches for: what other tables must say of a report, since its entries say so.

Dates and notes that agencies gave, deadlines, and facts but for their digest are not in it: nothing vouches for them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tellusonce.domain.notification import NotificationKind, State
from tellusonce.domain.sealing import StoredEntry
from tellusonce.domain.trail import Action

Row = tuple[str, ...]
"""The words by which a row is called, such as `("notification", id)`."""
Stated = Mapping[Row, Mapping[str, Any]]
"""What is said of rows, by column."""

_KINDS = {
    Action.REGISTERED: NotificationKind.ORIGINAL,
    Action.CORRECTED: NotificationKind.CORRECTION,
    Action.WITHDRAWN: NotificationKind.WITHDRAWAL,
}
_MOVES = {
    Action.PARKED: State.PARKED,
    Action.BOUNCED: State.PARKED,
    Action.REPLAYED: State.QUEUED,
    Action.SUPERSEDED: State.SUPERSEDED,
}
_CLOSES = {
    Action.FOLLOW_UP_OPENED: False,
    Action.FOLLOW_UP_CLOSED: True,
    Action.FOLLOW_UP_ANSWERED: True,
    Action.FOLLOW_UP_REOPENED: False,
}
"""Whether a follow-up is closed after it."""


def differences(stated: Stated, entries: Iterable[StoredEntry]) -> Iterator[str]:
    """What was changed, removed or put in among the rows, by the report's entries in their order; each is named."""
    try:
        expected = vouched(entries)
    except (KeyError, TypeError, ValueError):
        yield "an entry that is not sealed yet was changed, or put in: it says too little"
        return
    for row in sorted(expected.keys() | stated.keys()):
        name = " ".join(row)
        if row not in stated:
            yield f"the {name} was removed"
        elif row not in expected:
            yield f"the {name} was put in: the trail does not tell of it"
        elif wrong := [column for column, value in expected[row].items() if stated[row][column] != value]:
            yield f"the {name} was changed: the trail has it otherwise ({', '.join(wrong)})"


def vouched(entries: Iterable[StoredEntry]) -> Stated:
    """What follows from them."""
    told = _Told()
    for entry in entries:
        told.read(entry)
    return told.rows


class _Told:
    def __init__(self) -> None:
        self.rows: dict[Row, dict[str, Any]] = {}
        self._counts: Counter[str] = Counter()

    def read(self, entry: StoredEntry) -> None:
        match entry.action:
            case Action.REGISTERED | Action.CORRECTED | Action.WITHDRAWN:
                self._version(entry)
            case Action.CONSENT_GIVEN:
                self._consent(entry.detail)
            case Action.CONSENT_WITHDRAWN:
                said = _said(entry.detail, "given_by", "agencies", "recorded")
                self.rows["withdrawal of consent", self._next("")] = {**said, "withdrawn_by": entry.actor}
            case Action.HELD | Action.RELEASED:
                self.rows[("report",)]["held"] = entry.action == Action.HELD
            case Action.SHREDDED:
                self.rows[("report",)]["facts_destroyed"] = True
                for row in self.rows.values():
                    if "facts" in row:
                        row["facts"] = None
            case action if action in _CLOSES:
                named = ("follow-up", entry.detail["kind"], entry.detail["follow_up"])
                about = {"agency": entry.agency, "notification": entry.notification_id}
                self.rows[named] = {**about, "closed": _CLOSES[Action(action)]}
            case _:
                self._of_notification(entry)

    def _version(self, entry: StoredEntry) -> None:
        detail = entry.detail
        version = detail.get("version", 1)
        self.rows.setdefault(("report",), {"held": False, "facts_destroyed": False})["version"] = version
        self.rows["version", str(version)] = {
            "kind": _KINDS[Action(entry.action)],
            "reason": detail.get("reason"),
            "registered_by": entry.actor,
            "facts": detail["facts_sha256"],
        }
        for each in detail["notifications"]:
            self.rows["notification", each["notification"]] = {
                **_said(each, "agency", "fields", "gateway", "agreement_version"),
                "version": version,
                "kind": each.get("kind", NotificationKind.ORIGINAL),
                "changed": each.get("changed", []),
                "state": State.QUEUED,
            }

    def _consent(self, detail: Mapping[str, Any]) -> None:
        said = _said(detail, "given_by", "capacity", "agencies", "fields", "recorded")
        version = str(detail["version"])
        named = ("consent", self._next(version), "of version", version)
        self.rows[named] = {**said, "given_at": datetime.fromisoformat(detail["given_at"])}

    def _of_notification(self, entry: StoredEntry) -> None:
        detail, notification = entry.detail, str(entry.notification_id)
        told = self.rows.get(("notification", notification))
        if told is None:
            return
        if entry.action in _MOVES:
            told["state"] = _MOVES[Action(entry.action)]
        elif entry.action == Action.DELIVERED and told["state"] == State.QUEUED:
            told["state"] = State.DELIVERED  # else the agency's own word came first
        elif entry.action == Action.FIELDS_WITHHELD:
            told["fields"] = [path for path in told["fields"] if path not in detail["fields"]]
        elif entry.action == Action.ACKNOWLEDGED:
            told["state"] = detail["state"]
            word = ("acknowledgement", detail["outcome"] or detail["kind"], "of notification", notification)
            self.rows.setdefault(word, {"state_after": set()})["state_after"].add(detail["state"])
        if "result" in detail:
            named = ("attempt", str(detail["attempt"]), "of notification", notification)
            self.rows[named] = _said(detail, "result", "status")

    def _next(self, what: str) -> str:
        self._counts[what] += 1
        return str(self._counts[what])


def _said(detail: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: detail.get(name) for name in names}
