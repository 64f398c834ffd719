"""`tellusonce bench`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tellusonce.cli import bench
from tests.cli.conftest import Run


def test_it_runs_the_benchmark_of_the_checkout(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the options as they were given, and ends as the benchmark does."""
    started: list[list[str]] = []

    def start(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        started.append(command)
        return subprocess.CompletedProcess(command, returncode=2)

    monkeypatch.setattr(subprocess, "run", start)
    assert run("bench", "comparison", "--our-reports", "100").status == 2
    assert started == [[sys.executable, "-m", "tests.benchmarks", "comparison", "--our-reports", "100"]]


def test_without_a_checkout_it_says_what_is_needed(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Status 1: an installed package has no tests."""
    monkeypatch.setattr(bench, "_CHECKOUT", tmp_path)
    said = run("bench")
    assert (said.status, "`make bench` in a checkout" in said.errors) == (1, True)
