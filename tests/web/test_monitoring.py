"""The dashboard, the alert rules, the table of metrics and `/metrics` speak of the same."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.follow_up_moves import Close
from tellusonce.domain.tally import Counted
from tellusonce.persistence.tallies import Heartbeats
from tellusonce.services.pulse import Kind, Pulse, Tallies
from tests.persistence.following_up import a_follow_up, seeing_to
from tests.persistence.stored import delivered, record
from tests.web.calling import Caller, scraped

DOCS = Path(__file__).parents[2] / "docs"
OPERATING = (DOCS / "operating.md").read_text(encoding="utf-8")
ALERTS: list[dict[str, Any]] = yaml.safe_load((DOCS / "monitoring/alerts.yaml").read_text(encoding="utf-8"))["groups"][
    0
]["rules"]
DASHBOARD = json.loads((DOCS / "monitoring/grafana-dashboard.json").read_text(encoding="utf-8"))
NAMED = re.compile(r"tellusonce_[a-z_]+")


@pytest.fixture
def exposed(client: TestClient, service: Service, registrar: Caller, broker: None) -> dict[str, set[str]]:
    """Every metric that is exposed where something has happened, with the names of its labels."""
    registrar.register()
    seeing_to(service.database).act(a_follow_up(service.database), Close(because="seen to"), "staff:gwen")
    for agency in ("dwp-state-pension", "holmshire-council-tax"):
        for claimed in service.delivery.lanes.claim(agency, 100, 60):
            record(service.database, delivered(claimed, acknowledged=True))
    a_follow_up(service.database, FollowUpKind.UNDELIVERABLE)
    service.trail.seal.seal()
    tallies = Tallies()
    tallies.add(Counted.DOORBELLS, "rung")
    for kind in (Kind.API, Kind.WORKER):
        pulse = Pulse(Heartbeats(service.database), kind, f"here {kind}", 60, tallies)
        pulse.look("sweep", lambda: None)
        pulse.beat()
    families = text_string_to_metric_families(scraped(client))
    samples = [sample for family in families for sample in family.samples if sample.name.startswith("tellusonce_")]
    labels: dict[str, set[str]] = {}
    for sample in samples:
        labels.setdefault(sample.name, set()).update(sample.labels)
    return {name: of for name, of in labels.items() if not name.endswith("_created")}


def expressions() -> Iterator[tuple[str, str]]:
    """What alerts and panels ask for, by who asks."""
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def test_what_is_asked_for_is_exposed(exposed: dict[str, set[str]]) -> None:
    """Neither an alert nor a panel names a metric or a label that there is not."""
    asked = dict(expressions())
    assert len(asked) > 40
    assert {(who, name) for who, asks in asked.items() for name in NAMED.findall(asks) if name not in exposed} == set()
    for who, asks in asked.items():
        labels = set().union(*(exposed[name] for name in NAMED.findall(asks)))
        grouped = re.findall(r"by \(([a-z, ]+)\)", asks)
        selected = re.findall(r"[{,]\s*([a-z_]+)(?:=|!)", asks)
        assert {label for group in grouped for label in group.split(", ")} | set(selected) <= labels, who


def test_every_metric_is_described_and_shown(exposed: dict[str, set[str]]) -> None:
    """It stands in the table of the operator's guide and in a panel, and the table holds no other."""
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed}
    table = OPERATING[OPERATING.index("| metric | labels |") : OPERATING.index("and the usual `process_…`")]
    assert set(NAMED.findall(table)) == families
    shown = {name for _, asks in expressions() for name in NAMED.findall(asks)}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown} == families


def test_every_alert_says_what_to_do() -> None:
    """Each has a section in the operator's guide, which names it; and no alert is named there that there is not."""
    anchors = {"#" + re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-") for line in headings()}
    for rule in ALERTS:
        path, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert (path, f"#{anchor}" in anchors) == ("docs/operating.md", True), rule["alert"]
        assert rule["annotations"]["action"].endswith(".")
        assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(re.findall(r"`(Tellusonce[A-Za-z]+)`", OPERATING)) == {rule["alert"] for rule in ALERTS}


def headings() -> list[str]:
    return [line.lstrip("# ") for line in OPERATING.splitlines() if line.startswith("#")]


def test_no_metric_names_a_report(exposed: dict[str, set[str]]) -> None:
    """Labels are codes of which there are few: of agencies, kinds, states and routes."""
    few = {"agency", "state", "kind", "due_for", "word", "result", "sweep", "what", "le", "method", "route", "status"}
    assert set().union(*exposed.values()) == few
