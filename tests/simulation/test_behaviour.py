"""How a sample agency misbehaves when it is told to, and how it starts and stops."""

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tellusonce.simulation import Behaviour

from .running import API_KEY, PROMPT_SECONDS, SECRET, Reply, Start, an_event, command, journal_of


def test_fail_first(start: Start, tmp_path: Path) -> None:
    """The first N attempts at each message are answered 503; the next one is taken, and as no duplicate."""
    path = tmp_path / "journal"
    running = start("--fail-first", "2", "--journal", str(path))
    statuses = [running.notify(an_event(message)).status for message in ("a", "a", "b", "a", "b", "b")]
    assert statuses == [503, 503, 503, 200, 503, 200]
    assert not any(entry["duplicate"] for entry in journal_of(path))


@pytest.mark.parametrize("outcome", ["not-held", "query", "rejected"])
def test_other_outcomes(start: Start, outcome: str) -> None:
    """The outcome asked for is given without an effective date, with a note where a person must read on."""
    acknowledgement = start("--outcome", outcome).notify(an_event()).acknowledgement
    assert acknowledgement["outcome"] == outcome
    assert "effective_on" not in acknowledgement
    assert ("note" in acknowledgement) == (outcome != "not-held")


@pytest.mark.parametrize("status", [204, 302, 410, 500])
def test_status(start: Start, status: int, tmp_path: Path) -> None:
    """The status asked for is always answered, with no body, and only a 2xx takes the notification."""
    path = tmp_path / "journal"
    running = start("--status", str(status), "--journal", str(path))
    replies = [running.notify(an_event()) for _ in range(2)]
    assert replies == [Reply(status, b"")] * 2
    assert journal_of(path)[1]["duplicate"] == (status == 204)


def test_latency(start: Start) -> None:
    """The answer waits as long as asked."""
    running = start("--latency-seconds", "0.3")
    started = time.monotonic()
    assert running.notify(an_event()).status == 200
    assert 0.3 <= time.monotonic() - started < PROMPT_SECONDS


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_stops_when_told(sent: signal.Signals, start: Start) -> None:
    """SIGTERM and SIGINT end the agency with status 0, an open connection notwithstanding."""
    running = start()
    connection = http.client.HTTPConnection(running.address)
    connection.connect()
    running.process.send_signal(sent)
    assert running.process.wait(PROMPT_SECONDS) == 0
    connection.close()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--acknowledge", "post"), "address"),
        (("--twice",), "address"),
        (("--secret-env", "NOT_SET"), "NOT_SET"),
    ],
)
def test_wrong_usage(options: tuple[str, ...], named: str) -> None:
    """Options that cannot be served end the start with status 2 and a message that says which."""
    environment = os.environ | {"SECRET": SECRET, "API_KEY": API_KEY}
    ended = subprocess.run(command(*options), env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert named in ended.stderr


@pytest.mark.parametrize("option", [{"fail_first": -1}, {"latency_seconds": -0.1}, {"status": 600}])
def test_impossible_behaviour(option: dict[str, Any]) -> None:
    """A behaviour out of bounds is an error that names the option."""
    with pytest.raises(ValueError, match=next(iter(option))):
        Behaviour(**option)


def test_stands_alone() -> None:
    """The agency's program loads no module of the product but its own."""
    program = "import sys, tellusonce.simulation, tellusonce.simulation.options; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    ).stdout.split()
    ours = [module for module in loaded if module.startswith("tellusonce.")]
    assert ours
    assert all(module.startswith("tellusonce.simulation") for module in ours)
