"""PostgreSQL found, stopped, ended with its starter, and never at the price of what was committed."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from tellusonce.embedded import EmbeddedServerError, folders, programs, start_postgres

from .starting import Starter, has_ended, starter, wait_until


def test_stopping_ends_the_server_and_may_be_repeated(data_dir: Path) -> None:
    server = start_postgres(data_dir)
    assert server.started_here
    server.stop()
    server.stop()
    assert has_ended(server.pid)
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


def test_a_server_deaf_to_fast_shutdown_is_ended_all_the_same(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tellusonce.embedded.process.STOP_TIMEOUT_SECONDS", 0.2)
    server = start_postgres(data_dir)
    psutil.Process(server.pid).suspend()
    server.stop()
    assert has_ended(server.pid)


def test_finds_the_server_of_another_process_and_leaves_it_running(data_dir: Path) -> None:
    with starter("start_postgres", data_dir) as other:
        pid, _ = other.server()
        found = start_postgres(data_dir)
        assert (found.pid, found.started_here) == (pid, False)
        found.stop()
        with psycopg.connect(found.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_two_starts_at_one_moment_on_what_a_killed_first_start_left_half_done_make_one_server(new_dir: Path) -> None:
    with starter("start_postgres", new_dir) as killed:
        wait_until((new_dir / "postgres.partial" / "PG_VERSION").exists)
        killed.kill()
    assert not (new_dir / "postgres").exists()

    with starter("start_postgres", new_dir) as one, starter("start_postgres", new_dir) as other:
        (pid, started), (other_pid, other_started) = one.server(), other.server()

    assert pid == other_pid
    assert {started, other_started} == {True, False}


def test_a_killed_starter_takes_the_server_along_and_committed_rows_survive(data_dir: Path) -> None:
    with starter("start_postgres", data_dir) as killed:
        pid, _ = killed.server()
        found = start_postgres(data_dir)
        with psycopg.connect(found.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        killed.kill()
        wait_until(lambda: has_ended(pid))

    server = start_postgres(data_dir)

    assert server.started_here
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    server.stop()


def test_a_start_while_a_killed_starters_server_still_shuts_down_waits_and_starts_its_own(data_dir: Path) -> None:
    with starter("start_postgres", data_dir) as killed:
        pid, _ = killed.server()
        with held_up(checkpointer(pid)):
            killed.kill()
            pid_file = data_dir / "postgres" / "postmaster.pid"
            wait_until(lambda: "stopping" in pid_file.read_text())
            waiting = Starter("start_postgres", data_dir)
            with pytest.raises(subprocess.TimeoutExpired):
                waiting.process.wait(0.5)
            assert not has_ended(pid)
    new_pid, started_here = waiting.server()
    waiting.kill()
    assert started_here
    assert new_pid != pid


def test_starts_at_once_after_its_starter_and_itself_were_killed(data_dir: Path) -> None:
    with starter("start_postgres", data_dir) as killed:
        pid, _ = killed.server()
        os.kill(pid, signal.SIGKILL)
        killed.kill()
    server = start_postgres(data_dir)
    assert server.started_here
    server.stop()


def test_a_pid_file_left_behind_whose_pid_another_process_has_by_now_is_no_server(data_dir: Path) -> None:
    start_postgres(data_dir).stop()
    account = folders.account_instead_of_root()
    foreign = subprocess.Popen(["sleep", "60"], user=account.user_id if account else None)
    lines = [foreign.pid, data_dir / "postgres", 1, 5432, data_dir / "postgres-socket", "", "1 1", "ready"]
    (data_dir / "postgres" / "postmaster.pid").write_text("".join(f"{line}\n" for line in lines))

    server = start_postgres(data_dir)

    assert server.started_here
    server.stop()
    assert foreign.poll() is None
    foreign.kill()
    foreign.wait()


def test_a_server_that_someone_started_by_hand_is_left_alone(data_dir: Path) -> None:
    start_postgres(data_dir).stop()
    bin_dir = programs.postgres_programs_for_all(data_dir) if os.geteuid() == 0 else programs.postgres_programs()
    account = folders.account_instead_of_root()
    pid_file = data_dir / "postgres" / "postmaster.pid"
    by_hand = subprocess.Popen(
        [bin_dir / "postgres", "-D", data_dir / "postgres", "-k", "", "-p", "47391"],
        user=account.user_id if account else None,
        cwd="/",
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: pid_file.exists() and "ready" in pid_file.read_text())

    with pytest.raises(EmbeddedServerError, match=r"PostgreSQL ended while starting .*postgres\.log"):
        start_postgres(data_dir)

    assert pid_file.read_text().startswith(f"{by_hand.pid}\n")
    by_hand.send_signal(signal.SIGINT)
    assert by_hand.wait(5) == 0


def test_is_refused_outside_the_main_thread(data_dir: Path) -> None:
    errors = []

    def start() -> None:
        with pytest.raises(EmbeddedServerError, match="main") as raised:
            start_postgres(data_dir)
        errors.append(raised)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(errors) == 1


def checkpointer(postmaster_pid: int) -> psutil.Process:
    """The server process that must work once more before the server can end."""
    for process in psutil.process_iter(["ppid", "cmdline"]):
        if process.info["ppid"] == postmaster_pid and "checkpointer" in " ".join(process.info["cmdline"]):
            return process
    raise AssertionError("no checkpointer")


@contextmanager
def held_up(process: psutil.Process) -> Iterator[None]:
    process.suspend()
    try:
        yield
    finally:
        process.resume()
