"""What the trail's entries count for: how many of each kind, and how long it took. In codes and numbers alone."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from tellusonce.domain.sealing import StoredEntry
from tellusonce.domain.trail import Action

Tally = defaultdict[tuple[str, tuple[str, ...]], float]
"""By name and labels, how much there is more of it."""

DELAY_BOUNDS_SECONDS = (1, 10, 60, 600, 3_600, 21_600, 86_400, 259_200, 604_800, 1_209_600, 2_419_200)
"""Up to a second, …, an hour, six, a day, three, and one, two and four weeks; beyond is another bucket."""

BEYOND = "+Inf"
_BOUNDS = (*map(str, DELAY_BOUNDS_SECONDS), BEYOND)


class Counted:
    """What is counted, each with the labels given. No enumeration, whose members are slow to hash."""

    REPORTS = "reports"  # kind
    ATTEMPTS = "attempts"  # agency, result
    ACKNOWLEDGEMENTS = "acknowledgements"  # agency, the word: receipt, or the outcome
    FOLLOW_UPS_OPENED = "follow-ups-opened"  # kind
    FOLLOW_UPS_CLOSED = "follow-ups-closed"  # kind
    DELIVERIES_BY_DELAY = "deliveries-by-delay"  # agency, bound
    DELIVERY_SECONDS = "delivery-seconds"  # agency
    WORDS_BY_DELAY = "words-by-delay"  # agency, kind, bound
    WORD_SECONDS = "word-seconds"  # agency, kind
    SWEEPS = "sweeps"  # sweep, how it ended
    SWEEP_SECONDS = "sweep-seconds"  # sweep
    DOORBELLS = "doorbells"  # what became of them


_UNKNOWN = "unknown"
_LOST = "lost"


def tallied(entries: Iterable[StoredEntry]) -> Tally:
    """What these entries count for. A delay is from the acceptance of the version that the notification tells of.

    An entry that somebody has tampered with is counted as far as it can be read: it must not keep itself from being
    sealed.
    """
    tally: Tally = defaultdict(float)
    for entry in entries:
        count = _COUNTS.get(entry.action)
        if count and isinstance(entry.detail, Mapping):
            count(tally, entry, entry.detail)
    return tally


def _report(kind: str) -> Callable[[Tally, StoredEntry, Mapping[str, Any]], None]:
    def count(tally: Tally, _entry: StoredEntry, _detail: Mapping[str, Any]) -> None:
        tally[Counted.REPORTS, (kind,)] += 1

    return count


def _attempt(tally: Tally, entry: StoredEntry, detail: Mapping[str, Any]) -> None:
    tally[Counted.ATTEMPTS, (entry.agency or _UNKNOWN, _word(detail, "result", _LOST))] += 1


def _delivery(tally: Tally, entry: StoredEntry, detail: Mapping[str, Any]) -> None:
    _attempt(tally, entry, detail)
    _time(tally, entry, Counted.DELIVERIES_BY_DELAY, Counted.DELIVERY_SECONDS, entry.agency or _UNKNOWN)


def _acknowledgement(tally: Tally, entry: StoredEntry, detail: Mapping[str, Any]) -> None:
    agency, kind = entry.agency or _UNKNOWN, _word(detail, "kind")
    tally[Counted.ACKNOWLEDGEMENTS, (agency, _word(detail, "outcome", kind))] += 1
    _time(tally, entry, Counted.WORDS_BY_DELAY, Counted.WORD_SECONDS, agency, kind)


def _follow_up(counted: str) -> Callable[[Tally, StoredEntry, Mapping[str, Any]], None]:
    def count(tally: Tally, _entry: StoredEntry, detail: Mapping[str, Any]) -> None:
        tally[counted, (_word(detail, "kind"),)] += 1

    return count


_COUNTS: Mapping[str, Callable[[Tally, StoredEntry, Mapping[str, Any]], None]] = {
    Action.REGISTERED.value: _report("original"),
    Action.CORRECTED.value: _report("correction"),
    Action.WITHDRAWN.value: _report("withdrawal"),
    Action.DELIVERED.value: _delivery,
    Action.ATTEMPT_FAILED.value: _attempt,
    Action.ATTEMPT_LOST.value: _attempt,
    Action.PARKED.value: _attempt,
    Action.ACKNOWLEDGED.value: _acknowledgement,
    Action.FOLLOW_UP_OPENED.value: _follow_up(Counted.FOLLOW_UPS_OPENED),
    Action.FOLLOW_UP_CLOSED.value: _follow_up(Counted.FOLLOW_UPS_CLOSED),
}


def _word(detail: Mapping[str, Any], name: str, otherwise: str = _UNKNOWN) -> str:
    word = detail.get(name)
    return word if isinstance(word, str) else otherwise


def _time(tally: Tally, entry: StoredEntry, counted: str, summed: str, *labels: str) -> None:
    accepted = _made_at(entry.notification_id) if entry.notification_id else None
    if accepted is None:
        return
    seconds = max(0.0, entry.at.timestamp() - accepted)
    place = bisect_left(DELAY_BOUNDS_SECONDS, seconds)
    tally[counted, (*labels, _BOUNDS[place])] += 1
    tally[summed, labels] += seconds


def _made_at(id_: UUID) -> float | None:
    """The time in an id, a UUIDv7 (RFC 9562), as seconds since 1970; none where it is of another kind."""
    bits = id_.int
    return (bits >> 80) / 1000 if bits >> 76 & 0xF == 7 else None
