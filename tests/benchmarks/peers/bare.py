"""The bare limit: the product's rows, calls and signatures from a hand-written loop, and nothing else.

It stores reports, posts their notifications and records the outcomes, all by `unnest`; it validates, plans, claims,
leases, encrypts, retries and checks nothing, and would lose its place if it were killed.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import uvloop
from psycopg.types.json import Jsonb
from pydantic_core import from_json, to_json
from pyreqwest.client import Client, ClientBuilder
from standardwebhooks import Webhook
from uuid_utils.compat import uuid7

from tellusonce.services.reference import new_reference

STORE_REPORTS = 100
"""In one transaction."""
RECORD_NOTIFICATIONS = 200
"""In one transaction."""
AT_ONCE = 64
"""Calls under way to one agency."""

_STORE = """
WITH r AS (
    INSERT INTO report (id, reference, life_event, district, wrapped_key, master_key, retention_days, forget_on)
    SELECT id, reference, 'bereavement', 'holmshire', '\\x00', 'none', 365, current_date + 365
    FROM unnest(%b::uuid[], %b::text[]) AS row (id, reference)
), v AS (
    INSERT INTO report_version (report_id, version, kind, registered_by, facts)
    SELECT id, 1, 'original', 'operator:benchmark', facts FROM unnest(%b::uuid[], %b::bytea[]) AS row (id, facts)
), n AS (
    INSERT INTO notification (id, report_id, version, agency, sequence, benefits, fields, gateway, agreement_version,
                              receipt_due_on, outcome_due_on)
    SELECT id, report_id, 1, agency, 1, %b::text[], %b::text[], %b, %b, %b, %b
    FROM unnest(%b::uuid[], %b::uuid[], %b::text[]) AS row (id, report_id, agency)
)
INSERT INTO trail (report_id, action, actor, detail)
SELECT id, 'registered', 'operator:benchmark', detail FROM unnest(%b::uuid[], %b::jsonb[]) AS row (id, detail)
"""
_RECORD = """
WITH answer AS (
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::date[], %b::timestamptz[])
        AS row (id, report_id, agency, effective_on, at)
), n AS (
    UPDATE notification
    SET attempts = 1, state = 'actioned', next_attempt_at = NULL, delivered_at = now(), received_at = now(),
        closed_at = now()
    FROM answer WHERE notification.id = answer.id
), a AS (
    INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms)
    SELECT id, 1, 'push', 'delivered', 200, 1 FROM answer
), k AS (
    INSERT INTO acknowledgement (notification_id, kind, outcome, effective_on, at, state_after)
    SELECT id, 'outcome', 'actioned', effective_on, at, 'actioned' FROM answer
)
INSERT INTO trail (report_id, action, actor, agency, notification_id, detail)
SELECT report_id, action, actor, agency, id, detail
FROM answer, LATERAL (VALUES
    ('delivered', 'tellusonce', '{"attempt": 1, "result": "delivered", "status": 200}'::jsonb),
    ('acknowledged', 'agency:' || agency, '{"kind": "outcome", "outcome": "actioned", "state": "actioned"}')
) AS entry (action, actor, detail)
"""


@dataclass(frozen=True)
class Template:
    """What the product made of the report: the same for every one."""

    facts: dict[str, Any]
    allowed: dict[str, Any]
    """The facts that the agreement lets through."""
    benefits: list[str]
    fields: list[str]
    gateway: str
    agreement_version: str
    receipt_due_on: date
    outcome_due_on: date
    trail_detail: dict[str, Any]
    agencies: list[str]


Notification = tuple[UUID, UUID, str, str]
"""Its id, its report's id and reference, and its agency."""


def store(connection: "psycopg.Connection[Any]", template: Template, reports: int) -> list[Notification]:
    """Store so many reports with their notifications in one transaction."""
    ids = [(uuid7(), new_reference()) for _ in range(reports)]
    notifications = [(uuid7(), id_, reference, agency) for id_, reference in ids for agency in template.agencies]
    report_ids, references = [id_ for id_, _ in ids], [reference for _, reference in ids]
    parameters = [
        report_ids,
        references,
        report_ids,
        [to_json(template.facts)] * reports,
        template.benefits,
        template.fields,
        template.gateway,
        template.agreement_version,
        template.receipt_due_on,
        template.outcome_due_on,
        [each[0] for each in notifications],
        [each[1] for each in notifications],
        [each[3] for each in notifications],
        report_ids,
        [Jsonb(template.trail_detail)] * reports,
    ]
    connection.execute(_STORE, parameters)
    return notifications


class _Loop:
    """One process's share of the work."""

    def __init__(self, database_url: str, template: Template, agencies: Sequence[tuple[str, str, str]]) -> None:
        self._template = template
        self._agencies = {code: (url, Webhook(secret)) for code, url, secret in agencies}
        self._storing = psycopg.connect(database_url, autocommit=True)
        self._recording = psycopg.connect(database_url, autocommit=True)
        self._client: Client = ClientBuilder().error_for_status(enable=True).build()
        self._waiting: asyncio.Queue[Notification | None] = asyncio.Queue(20 * RECORD_NOTIFICATIONS)
        self._answered: list[tuple[Any, ...]] = []

    async def run(self, reports: int) -> None:
        """Store, post and record so many reports."""
        senders = [asyncio.create_task(self._send()) for _ in range(AT_ONCE * len(self._agencies))]
        recorder = asyncio.create_task(self._record(4 * reports))
        for start in range(0, reports, STORE_REPORTS):
            count = min(STORE_REPORTS, reports - start)
            for each in await asyncio.to_thread(store, self._storing, self._template, count):
                await self._waiting.put(each)
        for _ in senders:
            await self._waiting.put(None)
        await asyncio.gather(*senders, recorder)

    async def _send(self) -> None:
        while notification := await self._waiting.get():
            id_, report_id, reference, agency = notification
            url, webhook = self._agencies[agency]
            now = datetime.now(UTC)
            body = to_json(self._event(id_, reference, now))
            headers = {
                "content-type": "application/cloudevents+json",
                "webhook-id": str(id_),
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": webhook.sign(str(id_), now, body.decode()),
            }
            response = await self._client.post(url).headers(headers).body_bytes(body).build().send()
            word = from_json(bytes(await response.bytes()))
            assert word["outcome"] == "actioned"
            effective_on = date.fromisoformat(word["effective_on"])
            self._answered.append((id_, report_id, agency, effective_on, datetime.fromisoformat(word["at"])))

    async def _record(self, notifications: int) -> None:
        while notifications:
            if len(self._answered) < min(RECORD_NOTIFICATIONS, notifications):
                await asyncio.sleep(0.002)
                continue
            rows, self._answered = self._answered, []
            columns = [list(column) for column in zip(*rows, strict=True)]
            await asyncio.to_thread(self._recording.execute, _RECORD, columns)
            notifications -= len(rows)

    def _event(self, id_: UUID, reference: str, now: datetime) -> dict[str, Any]:
        template = self._template
        return {
            "specversion": "1.0",
            "id": id_,
            "source": "http://127.0.0.1:8000",
            "type": "tellusonce.bereavement.original",
            "subject": reference,
            "time": now,
            "datacontenttype": "application/json",
            "dataschema": "http://127.0.0.1:8000/v1/schemas/bereavement",
            "data": {
                "version": 1,
                "sequence": 1,
                "benefits": template.benefits,
                "provisional": False,
                "facts": template.allowed,
                "gateway": template.gateway,
                "agreement_version": template.agreement_version,
                "receipt_due_on": template.receipt_due_on,
                "outcome_due_on": template.outcome_due_on,
            },
        }


def template_from(text: str) -> Template:
    """Read a template from JSON."""
    read = json.loads(text)
    dates = {name: date.fromisoformat(read[name]) for name in ("receipt_due_on", "outcome_due_on")}
    return Template(**{**read, **dates})


def _lines() -> Iterator[str]:
    while line := sys.stdin.readline():
        yield line


def main() -> None:
    """Work off a number of reports for each line on standard input, and say `done` after each."""
    database_url, template, agencies = os.environ["BENCH_DATABASE_URL"], *sys.argv[1:]
    loop = _Loop(database_url, template_from(template), json.loads(agencies))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print("ready", flush=True)
        for line in _lines():
            runner.run(loop.run(int(line)))
            print("done", flush=True)


if __name__ == "__main__":
    main()
