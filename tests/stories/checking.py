"""The judge: reads what registrars were promised, the agencies' own journals and the database, and no code of ours."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import psycopg
import yaml

_NOTIFICATIONS = """
WITH tries AS (
    SELECT notification_id, count(*) AS made, count(status) AS answered FROM attempt GROUP BY 1
), words AS (
    SELECT notification_id, count(*) AS given FROM acknowledgement GROUP BY 1
), told AS (
    SELECT notification_id,
           count(*) FILTER (WHERE action IN ('delivered', 'attempt-failed', 'parked')) AS tries,
           count(*) FILTER (WHERE action = 'acknowledged') AS words
    FROM trail GROUP BY 1
)
SELECT notification.id::text, reference, notification.agency, state, attempts, fields,
       coalesce(made, 0), coalesce(answered, 0), coalesce(told.tries, 0), coalesce(given, 0), coalesce(told.words, 0)
FROM notification JOIN report ON report.id = report_id
LEFT JOIN tries ON tries.notification_id = notification.id
LEFT JOIN words ON words.notification_id = notification.id
LEFT JOIN told ON told.notification_id = notification.id
"""
_CLOSED = {"actioned", "not-held", "reversed", "superseded"}
_REPORTS = """
SELECT reference, count(trail.id) FROM report
LEFT JOIN trail ON report_id = report.id AND action = 'registered' GROUP BY 1
"""


@dataclass(frozen=True)
class _Notification:
    id: str
    reference: str
    agency: str
    state: str
    claims: int
    fields: list[str]
    attempts: int
    answered: int
    attempts_in_trail: int
    acknowledgements: int
    acknowledgements_in_trail: int


@dataclass(frozen=True)
class Verdict:
    """What was found wrong, each with what it is about; `duplicates` are no fault where a reply was cut."""

    reports: int
    lost: list[str]
    doubled: list[str]
    unfinished: list[str]
    outside_agreement: list[str]
    repeated: list[str]
    """Sent more often than claimed: two sendings under one attempt."""
    untold_in_trail: list[str]
    needless_duplicates: list[str]
    """An agency got a notification again although every reply of its had come through."""
    duplicates: int

    def faults(self) -> dict[str, list[str]]:
        """Those lists that are not empty; a dict that is empty where all is well."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, list) and value}


def judge(database_url: str, promises: Path, journals: Path, config_dir: Path) -> Verdict:
    """Compare what was promised with what was stored and with what each agency saw."""
    promised = _lines(promises)
    stored, reports, unregistered = _stored(database_url)
    seen = {path.stem: _lines(path) for path in journals.iterdir()}
    allowed = _allowed(config_dir)
    requests = Counter((agency, line["message"]) for agency, lines in seen.items() for line in lines)
    taken = [(agency, line) for agency, lines in seen.items() for line in lines if 200 <= line["status"] < 300]
    processed = Counter((agency, line["message"]) for agency, line in taken if not line["duplicate"])
    again = Counter((agency, line["message"]) for agency, line in taken if line["duplicate"])
    return Verdict(
        reports=len(promised),
        lost=[
            *_never_stored(promised, stored, reports),
            *(each.id for each in stored.values() if each.claims and not processed[each.agency, each.id]),
            *(each.id for each in stored.values() if not each.claims and each.state != "superseded"),
        ],
        doubled=[
            *(message for (_, message), times in processed.items() if times > 1),
            *_at_another_agency(processed, stored),
            *sorted(reports - {promise["reference"] for promise in promised}),
        ],
        unfinished=[each.id for each in stored.values() if each.state not in _CLOSED],
        outside_agreement=[
            f"{agency}: {name}"
            for agency, line in taken
            for name in _outside(line["fields"], allowed[agency], stored[line["message"]].fields)
        ],
        repeated=[each.id for each in stored.values() if requests[each.agency, each.id] > each.claims],
        untold_in_trail=[*unregistered, *(each.id for each in stored.values() if not _told_in_trail(each))],
        needless_duplicates=[
            each.id for each in stored.values() if again[each.agency, each.id] > each.claims - each.answered
        ],
        duplicates=again.total(),
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _stored(database_url: str) -> tuple[dict[str, _Notification], set[str], list[str]]:
    with psycopg.connect(database_url) as connection:
        notifications = [_Notification(*row) for row in connection.execute(_NOTIFICATIONS)]
        rows = connection.execute(_REPORTS).fetchall()
    unregistered = [reference for reference, entries in rows if entries != 1]
    return {each.id: each for each in notifications}, {reference for reference, _ in rows}, unregistered


def _allowed(config_dir: Path) -> dict[str, set[str]]:
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (config_dir / "agencies").glob("*.yaml")]
    services = yaml.safe_load((config_dir / "councils.yaml").read_text(encoding="utf-8"))["services"]
    with (config_dir / "authorities.csv").open(encoding="utf-8") as table:
        councils = [row["code"] for row in csv.DictReader(table)]
    by_code = {each["code"]: each for each in documents}
    by_code |= {f"{council}-{each['code']}": each for council in councils for each in services}
    return {code: set(each["agreements"]["bereavement"]["fields"]) for code, each in by_code.items()}


def _never_stored(
    promised: Iterable[dict[str, Any]], stored: dict[str, _Notification], reports: set[str]
) -> Iterator[str]:
    for promise in promised:
        if promise["reference"] not in reports:
            yield promise["reference"]
        for told in promise["notifications"]:
            notification = stored.get(told["id"])
            if notification is None or notification.agency != told["agency"]:
                yield told["id"]


def _at_another_agency(processed: Iterable[tuple[str, str]], stored: dict[str, _Notification]) -> list[str]:
    return [message for agency, message in processed if message not in stored or stored[message].agency != agency]


def _outside(received: Iterable[str], allowed: set[str], planned: Iterable[str]) -> set[str]:
    return set(received) - (allowed & set(planned))


def _told_in_trail(notification: _Notification) -> bool:
    return (
        notification.attempts == notification.attempts_in_trail
        and notification.acknowledgements == notification.acknowledgements_in_trail
    )
