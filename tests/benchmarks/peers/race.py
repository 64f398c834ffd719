"""One peer at work, in a process of its own: timed from the first submit to the last durable outcome."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import psycopg

from tests.benchmarks.meter import Machine, metered
from tests.benchmarks.peers import work

if TYPE_CHECKING:  # what the product needs is not installed where every peer runs
    from tests.benchmarks.stage import Stage

START_AT_MOST_SECONDS = 90.0
SECONDS_A_REPORT_AT_MOST = 5.0
POLL_SECONDS = 0.02
STOP_AT_MOST_SECONDS = 20.0
IDLE_PAUSE_SECONDS = 0.2
WARM_UP_REPORTS = 4
_PYTHON_OF_ITS_OWN = {"prefect": ".venv/peers/bin/python"}


@dataclass(frozen=True)
class Peer:
    """What a peer's module offers as PEER."""

    submit: Callable[[int], None]
    """Store so many reports, each with its four notifications, and hand them over."""
    programs: Sequence[Sequence[str]]
    """The processes that work, each as a command."""
    prepare: Callable[[], object] = lambda: None
    """Make what the peer itself needs in the database, which has the tables of `work` already."""
    started: Callable[[], None] = lambda: None
    """Wait until they are ready to be handed work, where they must be."""


def race(stage: "Stage", name: str, reports: int, idle_reports: int) -> dict[str, float]:
    """The peer's figures: costs, and the delay when idle. Raises CalledProcessError when reports stay undone."""
    with stage.database() as database_url, tempfile.TemporaryDirectory() as folder:
        environment = {
            work.DATABASE_URL: database_url,
            work.BROKER_URL: stage.broker_url,
            work.FOLDER: folder,
            work.MACHINE: json.dumps(asdict(stage.machine)),
            work.AGENCIES: json.dumps([(code, stage.urls[code], stage.secrets[code]) for code in stage.urls]),
        }
        python = _PYTHON_OF_ITS_OWN.get(name, sys.executable)
        command = [python, "-m", __name__, name, str(reports), str(idle_reports)]
        with subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            try:
                said, _ = process.communicate()
            finally:
                process.terminate()  # it then ends its own
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        figures: dict[str, float] = json.loads(said.splitlines()[-1])
        return figures


def _run(name: str, reports: int, idle_reports: int) -> dict[str, float]:
    with psycopg.connect(os.environ[work.DATABASE_URL]) as connection:
        connection.execute(work.TABLES)
    peer: Peer = import_module(f"tests.benchmarks.peers.{name}").PEER
    peer.prepare()
    with _working(peer) as processes:
        _submit_and_wait(peer, WARM_UP_REPORTS, START_AT_MOST_SECONDS, processes)
        for _ in range(idle_reports):
            _submit_and_wait(peer, 1, START_AT_MOST_SECONDS, processes)
            time.sleep(IDLE_PAUSE_SECONDS)
        idle = work.delay_ms(idle_reports)
        pids = [process.pid for process in processes]
        machine = Machine(**json.loads(os.environ[work.MACHINE]))
        with metered(os.environ[work.DATABASE_URL], machine, pids) as meter:
            _submit_and_wait(peer, reports, reports * SECONDS_A_REPORT_AT_MOST, processes)
        assert work.acknowledged() == 4 * work.done(), "not all notifications have an acknowledgement"
    return {**meter.costs(reports), "idle p50 ms": idle["p50"], "idle p99 ms": idle["p99"]}


Processes = Sequence["subprocess.Popen[bytes]"]


def _submit_and_wait(peer: Peer, reports: int, at_most_seconds: float, processes: Processes) -> None:
    wanted = work.done() + reports
    deadline = time.monotonic() + at_most_seconds
    peer.submit(reports)
    while (done := work.done()) < wanted:
        if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
            raise TimeoutError(f"{wanted - done} of {reports} reports are not done")
        time.sleep(POLL_SECONDS)


@contextmanager
def _working(peer: Peer) -> Iterator[Processes]:
    processes: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryFile() as log:
        try:
            processes.extend(
                subprocess.Popen(program, stdout=log, stderr=log, start_new_session=True) for program in peer.programs
            )
            peer.started()
            yield processes
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-4000:].decode(errors="replace"))
            raise
        finally:
            for process in reversed(processes):
                _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_AT_MOST_SECONDS)
    except subprocess.TimeoutExpired:
        # The whole group, which its own session made it the leader of.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    _, wanted, *numbers = sys.argv
    print(json.dumps(_run(wanted, *map(int, numbers))))
