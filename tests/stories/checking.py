"""The judge: reads what registrars were promised, the agencies' own journals and the database, and no code of ours."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tests.stories.records import Notification, Records, read_records

_CLOSED = {"actioned", "not-held", "reversed", "superseded"}
# What must be open for a person while a notification is in such a state.
_ASKS_FOR = {"parked": "undeliverable", "queried": "query", "rejected": "rejected"}

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What was found wrong, each with what it is about; `duplicates` are no fault where a reply was cut."""

    reports: int
    versions: int
    lost: list[str]
    doubled: list[str]
    disordered: list[str]
    """Taken by an agency for the first time after a later one of the report, or of a kind that cannot follow."""
    not_taken_back: list[str]
    """The report is withdrawn, and an agency that was told does not know."""
    unfinished: list[str]
    outside_agreement: list[str]
    repeated: list[str]
    """Sent more often than claimed: two sendings under one attempt."""
    untold_in_trail: list[str]
    unproved_in_trail: list[str]
    """What the trail's own verification finds."""
    wrong_follow_ups: list[str]
    needless_duplicates: list[str]
    """An agency got a notification again although every reply of its had come through."""
    mended_by_hand: list[str]
    duplicates: int

    def faults(self) -> dict[str, list[str]]:
        """Those lists that are not empty; a dict that is empty where all is well."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, list) and value}


def judge(database_url: str, promises: Path, journals: Path, config_dir: Path) -> Verdict:
    """Compare what was promised with what was stored and with what each agency saw."""
    return compare(read_records(database_url, promises, journals, config_dir))


def compare(records: Records) -> Verdict:
    """What is wrong in these."""
    stored = records.notifications
    requests = Counter((agency, line["message"]) for agency, lines in records.seen.items() for line in lines)
    taken = [(agency, line) for agency, lines in records.seen.items() for line in lines if 200 <= line["status"] < 300]
    processed = Counter((agency, line["message"]) for agency, line in taken if not line["duplicate"])
    again = Counter((agency, line["message"]) for agency, line in taken if line["duplicate"])
    known = {(agency, line["message"]): line for agency, line in taken if line["message"] in stored}
    return Verdict(
        reports=len({promise["reference"] for promise in records.promised}),
        versions=len(records.promised),
        lost=[*_never_stored(records), *_never_processed(records, processed)],
        doubled=[
            *(message for (_, message), times in processed.items() if times > 1),
            *(message for agency, message in processed if _is_not_for(stored.get(message), agency)),
            *_unasked(records),
        ],
        disordered=list(_disordered(taken, stored)),
        not_taken_back=_not_taken_back(records, processed),
        unfinished=[each.id for each in stored.values() if each.state not in _CLOSED],
        outside_agreement=[
            *(
                f"{agency}: {name}"
                for (agency, message), line in known.items()
                for name in set(line["fields"]) - (records.allowed[agency] & set(stored[message].fields))
            ),
            *(each.id for each in stored.values() if set(each.changed) - records.allowed[each.agency]),
        ],
        repeated=[each.id for each in stored.values() if requests[each.agency, each.id] > each.claims],
        untold_in_trail=[
            *(each.id for each in stored.values() if list(each.happened) != list(each.told_in_trail)),
            *(
                each.reference
                for each in records.reports.values()
                if not each.version == each.versions == each.versions_in_trail
            ),
        ],
        unproved_in_trail=[],
        wrong_follow_ups=[each.id for each in stored.values() if not _has_its_follow_ups(each)],
        needless_duplicates=[
            each.id for each in stored.values() if again[each.agency, each.id] > each.claims - each.answered
        ],
        mended_by_hand=list(records.by_hand),
        duplicates=again.total(),
    )


def _never_stored(records: Records) -> Iterator[str]:
    for promise in records.promised:
        report = records.reports.get(promise["reference"])
        if report is None or report.versions < promise.get("version", 1):
            yield promise["reference"]
        for told in promise["notifications"]:
            notification = records.notifications.get(told["id"])
            if notification is None or notification.agency != told["agency"]:
                yield told["id"]


def _never_processed(records: Records, processed: Counter[tuple[str, str]]) -> Iterator[str]:
    """Whatever was stored must have been processed, unless a later one that restates it took its place."""
    latest = _latest(records.notifications.values(), processed)
    for each in records.notifications.values():
        restated = each.state == "superseded" and (
            not each.claims or latest.get((each.reference, each.agency), each).sequence > each.sequence
        )
        if not (processed[each.agency, each.id] or restated):
            yield each.id


def _latest(
    notifications: Iterable[Notification], processed: Counter[tuple[str, str]]
) -> dict[tuple[str, str], Notification]:
    """The last that each agency processed of each report."""
    taken = sorted((each for each in notifications if processed[each.agency, each.id]), key=lambda each: each.sequence)
    return {(each.reference, each.agency): each for each in taken}


def _is_not_for(notification: Notification | None, agency: str) -> bool:
    return notification is None or notification.agency != agency


def _unasked(records: Records) -> Iterator[str]:
    """Reports and versions that nobody was promised: one request was carried out twice."""
    promised = Counter(promise["reference"] for promise in records.promised)
    yield from sorted(each.reference for each in records.reports.values() if each.versions > promised[each.reference])


def _disordered(taken: Iterable[tuple[str, Line]], stored: Mapping[str, Notification]) -> Iterator[str]:
    last: dict[tuple[str, str], tuple[int, str]] = {}
    for agency, line in taken:
        notification = stored.get(line["message"])
        if line["duplicate"] or notification is None or notification.by_people:
            continue
        sequence, kind = last.get((agency, line["subject"]), (0, "withdrawal"))
        new = line["type"].rpartition(".")[2]
        # An original tells who knows nothing of the report; the others build on what is known.
        if line["sequence"] <= sequence or line["late"] or (new == "original") != (kind == "withdrawal"):
            yield line["message"]
        last[agency, line["subject"]] = line["sequence"], new


def _not_taken_back(records: Records, processed: Counter[tuple[str, str]]) -> list[str]:
    withdrawn = {each.reference for each in records.reports.values() if each.withdrawn}
    return [
        each.id
        for (reference, _), each in _latest(records.notifications.values(), processed).items()
        if reference in withdrawn and each.kind != "withdrawal"
    ]


def _has_its_follow_ups(notification: Notification) -> bool:
    if notification.state in _CLOSED:
        return not notification.open_follow_ups
    needed = _ASKS_FOR.get(notification.state)
    return needed is None or list(notification.open_follow_ups).count(needed) == 1
