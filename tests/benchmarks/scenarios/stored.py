"""Does a notification cost more with many finished ones stored?"""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from statistics import median

import psycopg
from psycopg.types.json import Jsonb
from pydantic_core import to_json

from tests.benchmarks.bare_limit import fresh_tables
from tests.benchmarks.meter import database_bytes
from tests.benchmarks.ours import ours
from tests.benchmarks.peers.bare import Template
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.scenarios.comparison import REPORTS_A_TRANSACTION
from tests.benchmarks.stage import Stage

ROUNDS = 5
REPORTS_A_FILL = 25_000
"""In one transaction."""
Costs = Mapping[str, float]

# Every table as the flow leaves it, made by the server itself; ids go up with time, as ours do.
_FILL = """
WITH made AS (
    SELECT uuidv7() AS id, now() - interval '30 days' + number * interval '1 millisecond' AS at
    FROM generate_series(1, %(reports)s) AS number
), r AS (
    INSERT INTO report (id, reference, life_event, district, accepted_at, wrapped_key, master_key, retention_days,
        forget_on)
    SELECT id, 'FILL-' || id, 'bereavement', 'holmshire', at, decode(repeat('00', 60), 'hex'), 'none', 365,
        at::date + 365 FROM made
), b AS (
    INSERT INTO blind_index (digest, report_id)
    SELECT decode(md5(concat(term, id)), 'hex'), id FROM made, generate_series(1, 4) AS term
), v AS (
    INSERT INTO report_version (report_id, version, kind, registered_by, registered_at, facts)
    SELECT id, 1, 'original', 'operator:benchmark', at, %(facts)s FROM made
), told AS MATERIALIZED (
    SELECT uuidv7() AS id, made.id AS report_id, at, agency FROM made, unnest(%(agencies)s::text[]) AS agency
), n AS (
    INSERT INTO notification (id, report_id, version, agency, sequence, benefits, fields, gateway, agreement_version,
        receipt_due_on, outcome_due_on, accepted_at, state, attempts, next_attempt_at, delivered_at, received_at,
        closed_at)
    SELECT id, report_id, 1, agency, 1, %(benefits)s, %(fields)s, %(gateway)s, '1.0', at::date + 1, at::date + 10, at,
        'actioned', 1, NULL, at, at, at FROM told
), a AS (
    INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms, finished_at)
    SELECT id, 1, 'push', 'delivered', 200, 1, at FROM told
), k AS (
    INSERT INTO acknowledgement (notification_id, kind, outcome, effective_on, at, state_after, recorded_at)
    SELECT id, 'outcome', 'actioned', at::date, at, 'actioned', at FROM told
), t AS (
    INSERT INTO trail (report_id, at, action, actor, agency, notification_id, detail)
    SELECT id, at, 'registered', 'operator:benchmark', NULL::text, NULL::uuid, %(detail)s FROM made
    UNION ALL
    SELECT report_id, at, action, 'tellusonce', agency, id, '{}'
    FROM told, unnest(ARRAY['delivered', 'acknowledged']) AS action
    RETURNING report_id, id
)
INSERT INTO trail_link (number, report_id, position, entries, hashes, seed)
SELECT %(links)s + row_number() OVER (ORDER BY report_id), report_id, 1, array_agg(id ORDER BY id),
    decode(repeat('00', 32 * count(*)::integer), 'hex'), decode(repeat('00', 32), 'hex')
FROM t GROUP BY report_id
"""
# What is filled in is sealed by links and one checkpoint, whose hashes nobody verifies here.
_NOTE_NO_ENTRIES = "ALTER TABLE trail DISABLE TRIGGER trail_unsealed"
_NOTE_ENTRIES = "ALTER TABLE trail ENABLE TRIGGER trail_unsealed"
_CHECKPOINT = """
INSERT INTO checkpoint (number, at, first_link, last_link, entries, root, previous, key, signature)
SELECT 1, now(), 1, count(*), sum(cardinality(entries)), '', '', '', '' FROM trail_link
"""


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """A database for each number; each in turn, forwards and backwards, so that what else runs falls on all alike."""
    with ExitStack() as stack:
        filled = {number: _filled(stack.enter_context(stage.database()), stage, number) for number in sizes.stored}
        measured: dict[int, list[Costs]] = {number: [] for number in filled}
        for turn in range(ROUNDS):
            for number, database_url in list(filled.items())[:: -1 if turn % 2 else 1]:
                measured[number].append(_measured(stage, database_url, sizes.our_reports))
        bytes_stored = {number: database_bytes(database_url) for number, database_url in filled.items()}
    first = measured[min(measured)]
    rows = [_row(number, measured[number], first, bytes_stored[number]) for number in sorted(measured)]
    note = (
        f"Medians of {ROUNDS} runs of each, in turn, {sizes.our_reports:,} reports each, which stay. The ratios are of "
        "processor time, ours and PostgreSQL's, within a round; the lowest and highest in brackets."
    )
    return [Figures("With finished notifications stored", rows, note)]


def _filled(database_url: str, stage: Stage, number: int) -> str:
    template = fresh_tables(stage, database_url)
    _fill(database_url, template, number // 4)
    return database_url


def _measured(stage: Stage, database_url: str, reports: int) -> Costs:
    with ours(stage, database_url) as running:
        running.start_worker(os.cpu_count() or 1)
        running.warm_up()
        # What was pushed out of memory is read again.
        running.throughput(REPORTS_A_TRANSACTION, REPORTS_A_TRANSACTION)
        return running.throughput(reports, REPORTS_A_TRANSACTION)


def _row(number: int, runs: Sequence[Costs], first: Sequence[Costs], size_bytes: int) -> Row:
    ratios = [_cpu_ms(run) / _cpu_ms(beside) for run, beside in zip(runs, first, strict=True)]
    return {
        "finished before": f"{number:,}",
        "notifications/s": median(run["notifications/s"] for run in runs),
        "CPU ms a notification": median(map(_cpu_ms, runs)),
        "PostgreSQL CPU ms": median(run["PostgreSQL CPU s per 1,000"] / 4 for run in runs),
        "times the first": f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
        "database MB": size_bytes / 1e6,
    }


def _cpu_ms(run: Costs) -> float:
    return (run["CPU s per 1,000"] + run["PostgreSQL CPU s per 1,000"]) / 4


def _fill(database_url: str, template: Template, reports: int) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_NOTE_NO_ENTRIES)
        for start in range(0, reports, REPORTS_A_FILL):
            some = min(REPORTS_A_FILL, reports - start)
            connection.execute(_FILL, _parameters(template) | {"reports": some, "links": start})
        connection.execute(_CHECKPOINT)
        connection.execute(_NOTE_ENTRIES)
        connection.execute("VACUUM (FREEZE, ANALYZE)")
        connection.execute("CHECKPOINT")


def _parameters(template: Template) -> dict[str, object]:
    return {
        "facts": to_json(template.facts),
        "agencies": template.agencies,
        "benefits": template.benefits,
        "fields": template.fields,
        "gateway": template.gateway,
        "detail": Jsonb(template.trail_detail),
    }
