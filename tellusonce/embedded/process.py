"""The life cycle that both servers share: found or started, awaited, stopped, never two on one data folder.

The server inherits a locked file (flock) and so holds the lock until its last process ends. Whoever gets the lock knows
that no server runs on the folder, whatever a pid file left behind says and whoever has that pid now.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, ClassVar

from tellusonce.embedded.errors import EmbeddedServerError
from tellusonce.embedded.folders import Account

POLL_SECONDS = 0.01
START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 10.0
LOG_LIMIT_BYTES = 10_000_000

_LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Server(ABC):
    """One kind of server on one data folder: what the life cycle must know of it."""

    name: ClassVar[str]
    file_name: ClassVar[str]
    stop_signals: ClassVar[Sequence[signal.Signals]]
    """From the gentlest on; the first is also what it gets when its parent dies."""

    data_dir: Path
    socket_dir: Path
    account: Account | None
    """Whom it runs as; None: as ourselves."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients reach it."""

    @property
    def log_path(self) -> Path:
        """The server's log, written by its standard output."""
        return self.data_dir / f"{self.file_name}.log"

    @property
    def lock_path(self) -> Path:
        """The file that a running server keeps locked."""
        return self.data_dir / f"{self.file_name}.lock"

    @abstractmethod
    def ready_pid(self) -> int | None:
        """The pid of the server on this folder, whoever started it, once it answers; None before."""

    @abstractmethod
    def prepare(self, lock: int) -> Sequence[str]:
        """Put in place what the server needs, and give its command. No server runs meanwhile, as we hold the lock."""


class ServerProcess:
    """A child process of ours, from its start to its end."""

    def __init__(self, server: Server, command: Sequence[str], lock: int) -> None:
        self.server = server
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedServerError(f"{server.name} ends with the thread that starts it; start it from the main one")
        with _open_log(server.log_path) as log:
            self._popen = subprocess.Popen(
                [*_launcher(server), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # The account may not be able to enter our own folder.
                cwd="/",
                pass_fds=(lock,),
                # Ctrl-C in a terminal is for us alone, who stop the servers last.
                start_new_session=True,
            )
        self.pid = self._popen.pid

    def wait_until_ready(self) -> None:
        """Wait until the server answers; EmbeddedServerError where it ends before that or takes too long."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self.server.ready_pid() != self.pid:
            if self._popen.poll() is not None:
                raise self._error(f"ended while starting (status {self._popen.returncode})")
            if time.monotonic() > deadline:
                raise self._error(f"was not ready within {START_TIMEOUT_SECONDS:.0f} seconds")
            time.sleep(POLL_SECONDS)

    def wait_for_success(self) -> None:
        """Wait until the program has done its work; EmbeddedServerError where it fails or takes too long."""
        try:
            status = self._popen.wait(START_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            raise self._error(f"was not set up within {START_TIMEOUT_SECONDS:.0f} seconds") from None
        if status != 0:
            raise self._error(f"could not be set up (status {status})")

    def stop(self) -> None:
        """End the process, gently first; again, and after its own end, without effect."""
        for stop_signal in self.server.stop_signals:
            self._popen.send_signal(stop_signal)
            try:
                self._popen.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return
        raise self._error("could not be stopped")

    def _error(self, what_failed: str) -> EmbeddedServerError:
        return EmbeddedServerError(f"{self.server.name} {what_failed}; see {self.server.log_path}")


@dataclass(frozen=True)
class EmbeddedServer:
    """A server that answers, started here or found running on the data folder.

    One that was found ends with the process that started it.
    """

    url: str
    pid: int
    _process: ServerProcess | None = field(default=None, repr=False, compare=False)

    @property
    def started_here(self) -> bool:
        """False: another process's server was found running on this data folder."""
        return self._process is not None

    def stop(self) -> None:
        """Stop what was started here, within seconds; again, or where it was found running, without effect."""
        if self._process is not None:
            self._process.stop()
            _remove_socket_folder(self._process.server)


def find_or_start(server: Server) -> EmbeddedServer:
    """The server on this folder, found or else started; while another process starts or stops it, wait for what comes.

    Raises EmbeddedServerError.
    """
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    lock = os.open(server.lock_path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while (pid := server.ready_pid()) is None:
            if _try_lock(lock):
                return _start(server, lock)
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"{server.name} of another process did not answer within {START_TIMEOUT_SECONDS:.0f} seconds; "
                    f"see {server.log_path}"
                )
            time.sleep(POLL_SECONDS)
        return EmbeddedServer(server.url, pid)
    except OSError as error:
        raise EmbeddedServerError(f"{server.name} could not be started: {error}; see {server.log_path}") from error
    finally:
        os.close(lock)


def _start(server: Server, lock: int) -> EmbeddedServer:
    process = ServerProcess(server, server.prepare(lock), lock)
    try:
        process.wait_until_ready()
    except BaseException:
        process.stop()
        raise
    return EmbeddedServer(server.url, process.pid, process)


def _remove_socket_folder(server: Server) -> None:
    """It may lie in /tmp, where nobody else would. Another process that starts a server here meanwhile keeps it."""
    with contextlib.suppress(OSError):
        lock = os.open(server.lock_path, os.O_RDWR)
        try:
            if _try_lock(lock):
                server.socket_dir.rmdir()
        finally:
            os.close(lock)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _launcher(server: Server) -> list[str]:
    account = f"{server.account.user_id}:{server.account.group_id}" if server.account else ""
    death_signal = str(int(server.stop_signals[0]))
    return [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), death_signal, account]


def _open_log(log_path: Path) -> BinaryIO:
    """The log to append to; a long one is put aside first, over the one before it."""
    if log_path.exists() and log_path.stat().st_size > LOG_LIMIT_BYTES:
        log_path.replace(log_path.with_name(f"{log_path.name}.old"))
    return open(log_path, "ab", opener=lambda path, flags: os.open(path, flags, 0o600))
