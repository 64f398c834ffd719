"""What the judge compares: promises, agencies' journals and the database; read without any code of ours."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import yaml

_NOTIFICATIONS = """
WITH tries AS (
    SELECT notification_id, count(*) AS made,
           count(status) FILTER (WHERE result NOT IN ('timed-out', 'unreachable')) AS answered,
           bool_or(channel IN ('inbox', 'email')) AS by_people
    FROM attempt GROUP BY 1
), words AS (
    SELECT notification_id, count(*) AS given FROM acknowledgement GROUP BY 1
), wanted AS (
    SELECT notification_id, count(*) AS opened, count(closed_at) AS closed,
           array_agg(kind) FILTER (WHERE closed_at IS NULL) AS kinds
    FROM follow_up GROUP BY 1
), told AS (
    SELECT notification_id,
           count(*) FILTER (WHERE action IN ('delivered', 'attempt-failed', 'parked')) AS tries,
           count(*) FILTER (WHERE action = 'acknowledged') AS words,
           bool_or(action = 'opened') AS by_people,
           count(*) FILTER (WHERE action = 'superseded') AS superseded,
           count(*) FILTER (WHERE action = 'follow-up-opened') AS opened,
           count(*) FILTER (WHERE action = 'follow-up-closed') AS closed
    FROM trail GROUP BY 1
)
SELECT notification.id::text, reference, notification.agency, notification.kind, sequence, state, attempts, fields,
       changed, coalesce(tries.by_people, false) OR coalesce(told.by_people, false), coalesce(answered, 0),
       coalesce(kinds, '{}'),
       ARRAY[coalesce(made, 0), coalesce(given, 0), (state = 'superseded')::int, coalesce(wanted.opened, 0),
             coalesce(wanted.closed, 0)],
       ARRAY[coalesce(told.tries, 0), coalesce(told.words, 0), coalesce(told.superseded, 0), coalesce(told.opened, 0),
             coalesce(told.closed, 0)]
FROM notification JOIN report ON report.id = report_id
LEFT JOIN tries ON tries.notification_id = notification.id
LEFT JOIN words ON words.notification_id = notification.id
LEFT JOIN wanted ON wanted.notification_id = notification.id
LEFT JOIN told ON told.notification_id = notification.id
"""
_REPORTS = """
SELECT reference, report.version,
       (SELECT count(*) FROM report_version WHERE report_id = report.id),
       (SELECT count(*) FROM trail
        WHERE report_id = report.id AND action IN ('registered', 'corrected', 'withdrawn')),
       (SELECT kind FROM report_version WHERE report_id = report.id AND version = report.version) = 'withdrawal'
FROM report
"""
_BY_HAND = """
SELECT action || ' by ' || actor FROM trail WHERE action = 'replayed' OR actor LIKE 'operator:%'
UNION ALL SELECT 'paused: ' || agency FROM lane WHERE paused_at IS NOT NULL
"""


@dataclass(frozen=True)
class Notification:
    """One as the database has it."""

    id: str
    reference: str
    agency: str
    kind: str
    sequence: int
    state: str
    claims: int
    fields: Sequence[str]
    changed: Sequence[str]
    by_people: bool
    """Opened in the inbox, in whichever order its readers like."""
    answered: int
    """Attempts whose reply came through whole."""
    open_follow_ups: Sequence[str]
    happened: Sequence[int]
    """Attempts, words, supersession, follow-ups opened and closed, as their tables have them."""
    told_in_trail: Sequence[int]
    """The same as the trail has them."""


@dataclass(frozen=True)
class Report:
    """One as the database has it."""

    reference: str
    version: int
    versions: int
    versions_in_trail: int
    withdrawn: bool


@dataclass(frozen=True)
class Records:
    """All of it."""

    promised: Sequence[Mapping[str, Any]]
    notifications: Mapping[str, Notification]
    reports: Mapping[str, Report]
    by_hand: Sequence[str]
    seen: Mapping[str, Sequence[Mapping[str, Any]]]
    """Every request that an agency saw, by its code, in the order of their coming."""
    allowed: Mapping[str, set[str]]
    """The fields that each agency may know."""


def read_records(database_url: str, promises: Path, journals: Path, config_dir: Path) -> Records:
    """Everything there is to compare."""
    with psycopg.connect(database_url) as connection:
        notifications = [Notification(*row) for row in connection.execute(_NOTIFICATIONS)]
        reports = [Report(*row) for row in connection.execute(_REPORTS)]
        by_hand = [row[0] for row in connection.execute(_BY_HAND)]
    return Records(
        _lines(promises),
        {each.id: each for each in notifications},
        {each.reference: each for each in reports},
        by_hand,
        {path.stem: _lines(path) for path in journals.iterdir()},
        _allowed(config_dir),
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def _allowed(config_dir: Path) -> dict[str, set[str]]:
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (config_dir / "agencies").glob("*.yaml")]
    services = yaml.safe_load((config_dir / "councils.yaml").read_text(encoding="utf-8"))["services"]
    with (config_dir / "authorities.csv").open(encoding="utf-8") as table:
        councils = [row["code"] for row in csv.DictReader(table)]
    by_code = {each["code"]: each for each in documents}
    by_code |= {f"{council}-{each['code']}": each for council in councils for each in services}
    return {code: set(each["agreements"]["bereavement"]["fields"]) for code, each in by_code.items()}
