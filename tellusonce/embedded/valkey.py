"""Valkey in a data folder of our own, as Celery's broker.

It keeps nothing on disk: what it holds only wakes workers, and losing it costs delay.
"""

import signal
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tellusonce.embedded.folders import prepare_data_dir, private_folder, socket_folder
from tellusonce.embedded.process import EmbeddedServer, Server, find_or_start
from tellusonce.embedded.programs import valkey_program

PING_TIMEOUT_SECONDS = 1.0

_SOCKET_NAME = "valkey.sock"

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "no",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
    "logfile": "",
}


def start_valkey(data_dir: Path) -> EmbeddedServer:
    """A Valkey for this data folder: found running, or else started.

    Its url is "redis+socket://<socket>?virtual_host=0", as kombu and Celery take it. It ends when the thread that
    started it ends, so call this from the main thread. Raises EmbeddedServerError.
    """
    folder = prepare_data_dir(data_dir, account=None)
    return find_or_start(_Valkey(folder, socket_folder(folder, "valkey", _SOCKET_NAME), account=None))


@dataclass(frozen=True)
class _Valkey(Server):
    name: ClassVar[str] = "Valkey"
    file_name: ClassVar[str] = "valkey"
    stop_signals: ClassVar[Sequence[signal.Signals]] = (signal.SIGTERM, signal.SIGKILL)

    @property
    def url(self) -> str:
        return f"redis+socket://{self._socket}?virtual_host=0"

    @property
    def _socket(self) -> Path:
        return self.socket_dir / _SOCKET_NAME

    @property
    def _pid_file(self) -> Path:
        return self.data_dir / "valkey.pid"

    def ready_pid(self) -> int | None:
        # In this order: a server that answers has written the file, over any left behind.
        if not self._answers():
            return None
        try:
            return int(self._pid_file.read_text())
        except FileNotFoundError:
            # It is ending.
            return None

    def prepare(self, lock: int) -> Sequence[str]:  # noqa: ARG002 - only PostgreSQL's preparation takes it
        private_folder(self.socket_dir, self.account)
        settings = SETTINGS | {
            "unixsocket": str(self._socket),
            "pidfile": str(self._pid_file),
            "dir": str(self.data_dir),
        }
        arguments = [argument for name, value in settings.items() for argument in (f"--{name}", value)]
        return [str(valkey_program()), *arguments]

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PING_TIMEOUT_SECONDS)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False
