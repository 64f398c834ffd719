"""`tellusonce demo`: the road-accident family, told once."""

import json
import re
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tellusonce.bootstrap import Service, servers
from tellusonce.cli.ports import free_port
from tellusonce.cli.sample import ROAD_ACCIDENT
from tellusonce.cli.town import Town, town
from tellusonce.cli.trail import print_trail
from tellusonce.domain.notification import CLOSED
from tellusonce.persistence.migrations import upgrade
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings

_SEED_CONTACTS, _SEED_DAYS = 44, 180
_GIVE_UP_AFTER_SECONDS = 90
_LOOK_SECONDS = 0.05
_QUIET_SECONDS = 1
_DISTRICT = "holmshire"
_BEHAVIOUR = {
    "holmshire-council-tax": ("--acknowledge", "post", "--twice"),
    "dwp-disability-living-allowance": ("--fail-first", "2"),
    "dwp-state-pension": ("--acknowledge", "post", "--delay-seconds", "1.5"),
    "holmshire-housing-benefit": ("--outcome", "not-held"),
}


@click.command()
@click.option("--json", "json_wanted", is_flag=True, help="End with one JSON line, the only one on standard output.")
def demo(json_wanted: bool) -> None:
    """Watch one death be reported once and four agencies told, on servers of its own, until all have acted.

    One agency fails twice before it accepts, one acknowledges everything twice, one holds nothing.
    """
    console = Console(stderr=json_wanted, highlight=False)
    with _fresh_folder() as data_dir:
        settings = Settings(
            data_dir=data_dir,
            database_url=None,
            broker_url=None,
            retry_delays_seconds=(1, 2, 5),
            push_lease_seconds=5,
            push_total_seconds=3,
        )
        console.print("Starting PostgreSQL, Valkey, the API, a worker, beat and four sample agencies …")
        at = servers(settings)
        service = Service(settings, at.database_url, SilentDoorbell())
        upgrade(service.database)
        with town(settings, at, service, host="127.0.0.1", port=free_port(), sample_agencies=_BEHAVIOUR) as running:
            figures = _tell(console, running, service)
        service.close()
    if json_wanted:
        click.echo(json.dumps(figures))
    if figures["outcomes"] < figures["notifications"]:
        raise click.ClickException("not every agency ended in an outcome")


@contextmanager
def _fresh_folder() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="tellusonce-demo-"))
    parent.chmod(0o711)  # PostgreSQL runs as another account where we are root
    try:
        yield parent / "data"
    finally:
        shutil.rmtree(parent)


def _tell(console: Console, running: Town, service: Service) -> dict[str, Any]:
    _await_ready(running)
    console.print(f"Ready. The worker is process {running.children.pid('worker')}: kill -9 it if you like.\n")
    started = time.monotonic()
    reference = _submit(running.api_url, service)
    _watch(console, running, service, reference, started)
    seconds = time.monotonic() - started
    time.sleep(_QUIET_SECONDS)  # for the words that come twice
    report = service.reading.report(reference)
    assert report is not None
    trail = service.reading.trail(reference)
    figures = {
        "reference": reference,
        "contacts_by_family": 1,
        "notifications": len(report["notifications"]),
        "outcomes": sum(each["state"] in CLOSED for each in report["notifications"]),
        "open_follow_ups": sum(service.reading.open_follow_ups().values()),
        "attempts": sum(each["attempts"] for each in report["notifications"]),
        "acknowledgements_repeated": _posted(running.api_url) - sum(_came_by_post(entry) for entry in trail),
        "seconds": round(seconds, 2),
    }
    _print_end(console, figures, trail)
    return figures


def _await_ready(running: Town) -> None:
    give_up_at = time.monotonic() + _GIVE_UP_AFTER_SECONDS
    while not running.ready():
        running.children.revive()
        if time.monotonic() > give_up_at:
            raise click.ClickException(f"the service was not ready in time; see {running.children.log_path('api')}")
        time.sleep(_LOOK_SECONDS)


def _submit(api_url: str, service: Service) -> str:
    key = service.api_keys.issue(Principal("demo", Role.REGISTRAR, district=_DISTRICT))
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{api_url}/v1/reports",
        json.dumps(ROAD_ACCIDENT).encode(),
        {"Authorization": f"Bearer {key}", "Idempotency-Key": "demo", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(json.load(answer)["reference"])


def _watch(console: Console, running: Town, service: Service, reference: str, started: float) -> None:
    """Print every line of the trail as it is written, until all notifications are closed."""
    accepted_at, shown = None, 0
    while time.monotonic() < started + _GIVE_UP_AFTER_SECONDS:
        for name in running.children.revive():
            console.print(f"         [bold red]{name} had ended; it was started again[/]")
        entries = service.reading.trail(reference)
        accepted_at = accepted_at or entries[0]["at"]
        for entry in entries[shown:]:
            for agency, news in _news(entry):
                console.print(f"{(entry['at'] - accepted_at) / timedelta(seconds=1):7.3f} s  {agency:32} {news}")
        shown = len(entries)
        report = service.reading.report(reference)
        if report and all(each["state"] in CLOSED for each in report["notifications"]):
            return
        time.sleep(_LOOK_SECONDS)


def _news(entry: dict[str, Any]) -> list[tuple[str, str]]:
    detail = entry["detail"]
    match entry["action"]:
        case "registered":
            return [(each["agency"], "queued") for each in detail["notifications"]]
        case "consent-given":
            return []
        case "delivered":
            return [(entry["agency"], f"[blue]delivered[/] at attempt {detail['attempt']}")]
        case "acknowledged" if detail["outcome"]:
            return [(entry["agency"], f"outcome [bold green]{detail['outcome']}[/]")]
        case "acknowledged":
            return [(entry["agency"], "[green]received[/]")]
        case action:
            return [(entry["agency"], f"[yellow]{action.replace('-', ' ')}[/]: {detail.get('status') or ''}")]


def _came_by_post(entry: Mapping[str, Any]) -> bool:
    return entry["action"] == "acknowledged" and "post" in _BEHAVIOUR[entry["agency"]]


def _posted(api_url: str) -> int:
    """How many acknowledgements the agencies posted, beside those in their replies."""
    with urllib.request.urlopen(f"{api_url}/metrics", timeout=5) as answer:  # noqa: S310 - our own address
        counts = re.findall(
            r'^tellusonce_http_request_duration_seconds_count\{.*/acknowledgements".*\} ([0-9.]+)$',
            answer.read().decode(),
            re.MULTILINE,
        )
    return sum(int(float(count)) for count in counts)


def _print_end(console: Console, figures: dict[str, Any], trail: Sequence[dict[str, Any]]) -> None:
    console.print()
    console.print("[bold]The trail: who was told what, under which gateway[/]")
    print_trail(console, trail)
    console.print()
    table = Table("", "this family", "the family of the study", title="One death, four agencies")
    table.add_row("contacts with government", str(figures["contacts_by_family"]), str(_SEED_CONTACTS))
    table.add_row("until nothing was open", f"{figures['seconds']} seconds", f"{_SEED_DAYS} days")
    console.print(table)
    console.print(
        f"{figures['outcomes']} of {figures['notifications']} agencies ended in an outcome, "
        f"after {figures['attempts']} attempts. {figures['acknowledgements_repeated']} acknowledgements came a second "
        f"time and changed nothing. {figures['open_follow_ups']} follow-ups are open."
    )
