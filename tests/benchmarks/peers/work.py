"""The work that every peer does, and the rows that show it done."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from pyreqwest.client import Client, ClientBuilder
from standardwebhooks import Webhook

from tests.benchmarks.meter import percentiles, scalar

DATABASE_URL = "BENCH_DATABASE_URL"
BROKER_URL = "BENCH_BROKER_URL"
FOLDER = "BENCH_FOLDER"
MACHINE = "BENCH_MACHINE"
AGENCIES = "BENCH_AGENCIES"
"""Environment variables; the folder is the peer's own, the agencies are a JSON list of [code, url, secret]."""
SEND_TIMEOUT_SECONDS = 15.0
FACTS = {
    "deceased.name": "Ann Example",
    "deceased.date_of_birth": "1941-03-02",
    "deceased.national_insurance_number": "QQ123456C",
    "deceased.died_on": "2026-11-01",
    "deceased.address": {"line_1": "1 High Street", "town": "Sampleton", "postcode": "AA1 1AA"},
    "informant.name": "Ben Example",
    "informant.email": "ben@example.org",
}
TABLES = """
CREATE SCHEMA peer;
CREATE TABLE peer.report (
    id uuid PRIMARY KEY,
    facts jsonb NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz
);
CREATE TABLE peer.notification (
    id uuid PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES peer.report,
    agency text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    attempted_at timestamptz,
    outcome text,
    acknowledgement jsonb
);
CREATE INDEX ON peer.notification (report_id);
"""
_DONE = "SELECT count(done_at) FROM peer.report"
_ACKNOWLEDGED = "SELECT count(*) FROM peer.notification WHERE outcome = 'actioned' AND acknowledgement IS NOT NULL"
_DELAYS = """
SELECT extract(epoch FROM attempted_at - accepted_at) * 1000
FROM peer.notification JOIN peer.report ON report.id = report_id
"""


@cache
def listed_agencies() -> dict[str, tuple[str, Webhook]]:
    """The address and the signer of each agency, by code."""
    listed = json.loads(os.environ[AGENCIES])
    return {code: (url, Webhook(secret)) for code, url, secret in listed}


def signed_push(notification_id: UUID, report_id: UUID, agency: str, facts: object) -> tuple[str, str, dict[str, str]]:
    """Where to post, the body, and its headers with the signature (Standard Webhooks)."""
    url, webhook = listed_agencies()[agency]
    now = datetime.now(UTC)
    body = json.dumps(_event(str(notification_id), str(report_id), facts, now))
    headers = {
        "content-type": "application/cloudevents+json",
        "webhook-id": str(notification_id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(str(notification_id), now, body),
    }
    return url, body, headers


@cache
def _client() -> Client:
    return ClientBuilder().error_for_status(enable=True).build()


async def push(notification_id: UUID, report_id: UUID, agency: str, facts: object) -> Mapping[str, Any]:
    """Post a notification over a kept connection; gives the acknowledgement that the agency answers."""
    url, body, headers = signed_push(notification_id, report_id, agency, facts)
    response = await _client().post(url).headers(headers).body_text(body).build().send()
    acknowledgement: Mapping[str, Any] = await response.json()
    return acknowledgement


def done() -> int:
    """How many reports have all their outcomes."""
    return int(scalar(os.environ[DATABASE_URL], _DONE))


def acknowledged() -> int:
    """How many notifications have a stored acknowledgement."""
    return int(scalar(os.environ[DATABASE_URL], _ACKNOWLEDGED))


def delay_ms(reports: int) -> Mapping[str, float]:
    """From accepted to delivered of the latest so many reports, in milliseconds."""
    latest = f"report.id IN (SELECT id FROM peer.report ORDER BY accepted_at DESC LIMIT {reports})"
    return percentiles(os.environ[DATABASE_URL], f"{_DELAYS} WHERE {latest}")


def _event(notification_id: str, report_id: str, facts: object, now: datetime) -> dict[str, Any]:
    """The CloudEvents 1.0 message of a notification."""
    return {
        "specversion": "1.0",
        "id": notification_id,
        "source": "https://tellusonce.example.org",
        "type": "tellusonce.bereavement.original",
        "subject": report_id,
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": "https://tellusonce.example.org/schemas/bereavement",
        "data": {"version": 1, "sequence": 1, "facts": facts},
    }
