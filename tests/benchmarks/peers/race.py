"""One peer at work, in a process of its own: timed from the first submit to the last durable outcome."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context

import psycopg

from tests.benchmarks.meter import metered
from tests.benchmarks.peers import work
from tests.benchmarks.stage import Stage

START_AT_MOST_SECONDS = 90.0
SECONDS_A_REPORT_AT_MOST = 5.0
POLL_SECONDS = 0.02
STOP_AT_MOST_SECONDS = 20.0
IDLE_PAUSE_SECONDS = 0.2
WARM_UP_REPORTS = 4


@dataclass(frozen=True)
class Peer:
    """What a peer's module offers as PEER."""

    submit: Callable[[int], None]
    """Store so many reports, each with its four notifications, and hand them over."""
    programs: Sequence[Sequence[str]]
    """The processes that work, each as arguments for Python."""
    prepare: Callable[[], None] = lambda: None
    """Make what the peer itself needs in the database, which has the tables of `work` already."""
    started: Callable[[], None] = lambda: None
    """Wait until they are ready to be handed work, where they must be."""


def race(stage: Stage, name: str, reports: int, idle_reports: int) -> dict[str, float]:
    """The peer's figures: costs, and the delay when idle. Raises TimeoutError when reports stay undone."""
    with stage.database() as database_url, tempfile.TemporaryDirectory() as folder:
        environment = {
            work.DATABASE_URL: database_url,
            work.BROKER_URL: stage.broker_url,
            work.FOLDER: folder,
            work.AGENCIES: json.dumps([(code, stage.urls[code], stage.secrets[code]) for code in stage.urls]),
        }
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            return process.submit(_run, name, environment, stage.postgres_pid, reports, idle_reports).result()


def _run(
    name: str, environment: Mapping[str, str], postgres_pid: int, reports: int, idle_reports: int
) -> dict[str, float]:
    os.environ.update(environment)
    with psycopg.connect(os.environ[work.DATABASE_URL]) as connection:
        connection.execute(work.TABLES)
    peer: Peer = import_module(f"tests.benchmarks.peers.{name}").PEER
    peer.prepare()
    with _working(peer) as pids:
        _submit_and_wait(peer, WARM_UP_REPORTS, START_AT_MOST_SECONDS)
        for _ in range(idle_reports):
            _submit_and_wait(peer, 1, START_AT_MOST_SECONDS)
            time.sleep(IDLE_PAUSE_SECONDS)
        idle = work.delay_ms(idle_reports)
        with metered(os.environ[work.DATABASE_URL], postgres_pid, pids) as meter:
            _submit_and_wait(peer, reports, reports * SECONDS_A_REPORT_AT_MOST)
        assert work.acknowledged() == 4 * work.done(), "not all notifications have an acknowledgement"
    return {**meter.costs(reports), "idle p50 ms": idle["p50"], "idle p99 ms": idle["p99"]}


def _submit_and_wait(peer: Peer, reports: int, at_most_seconds: float) -> None:
    wanted = work.done() + reports
    deadline = time.monotonic() + at_most_seconds
    peer.submit(reports)
    while (done := work.done()) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{wanted - done} of {reports} reports are not done")
        time.sleep(POLL_SECONDS)


@contextmanager
def _working(peer: Peer) -> Iterator[list[int]]:
    processes: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryFile() as log:
        try:
            for program in peer.programs:
                processes.append(
                    subprocess.Popen(
                        [sys.executable, *program],
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
            peer.started()
            yield [process.pid for process in processes]
        except BaseException:
            log.seek(0)
            sys.stderr.buffer.write(log.read()[-4000:])
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
