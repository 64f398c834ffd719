"""PostgreSQL in a data folder of our own."""

import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import psycopg

from tellusonce.embedded.folders import (
    account_instead_of_root,
    prepare_data_dir,
    private_folder,
    socket_folder,
)
from tellusonce.embedded.process import EmbeddedServer, Server, ServerProcess, find_or_start
from tellusonce.embedded.programs import postgres_programs, postgres_programs_for_all

DATABASE = "tellusonce"
USER = "tellusonce"
# It only names the socket file; said to both sides, as PGPORT or the build may have another.
PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
CONNECT_TIMEOUT_SECONDS = 5

SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Messages and details of failed statements repeat values, and no fact may reach the log: what is logged
    # is the server's own state ("log" ranks above "error").
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}


def start_postgres(data_dir: Path) -> EmbeddedServer:
    """A PostgreSQL that runs on `data_dir`/postgres, with the database `tellusonce`: found there, or else started.

    Its url is "postgresql://tellusonce@/tellusonce?host=<socket folder>&port=5432". It ends when the thread that
    started it ends, so call this from the main thread. Raises EmbeddedServerError.
    """
    account = account_instead_of_root()
    folder = prepare_data_dir(data_dir, account)
    return find_or_start(_Postgres(folder, socket_folder(folder, "postgres", SOCKET_NAME), account))


@dataclass(frozen=True)
class _Postgres(Server):
    name: ClassVar[str] = "PostgreSQL"
    file_name: ClassVar[str] = "postgres"
    # Fast shutdown, immediate shutdown, and the end.
    stop_signals: ClassVar[Sequence[signal.Signals]] = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.socket_dir), safe='')}&port={PORT}"

    @property
    def _cluster(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def _pid_file(self) -> Path:
        return self._cluster / "postmaster.pid"

    def ready_pid(self) -> int | None:
        try:
            lines = self._pid_file.read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 8 or lines[7].strip() != "ready":
            return None
        try:
            self._create_database_if_missing()
        except psycopg.OperationalError:
            # The file was left behind, or the server is ending.
            return None
        return int(lines[0])

    def prepare(self, lock: int) -> Sequence[str]:
        private_folder(self.socket_dir, self.account)
        programs = postgres_programs_for_all(self.data_dir) if self.account else postgres_programs()
        if not self._cluster.exists():
            self._create_cluster(programs / "initdb", lock)
        self._remove_stale_pid_files()
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_dir)}
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        return [str(programs / "postgres"), "-D", str(self._cluster), *arguments]

    def _create_cluster(self, initdb: Path, lock: int) -> None:
        """Create it under another name first, so that a half made one is never taken for whole."""
        partial = self.data_dir / "postgres.partial"
        if partial.exists():
            shutil.rmtree(partial)
        private_folder(partial, self.account)
        options = ["--encoding=UTF8", "--locale=C", "--auth=trust", "--no-sync", "--no-instructions"]
        process = ServerProcess(self, [str(initdb), "-D", str(partial), "-U", USER, *options], lock)
        try:
            process.wait_for_success()
        except BaseException:
            process.stop()
            raise
        partial.rename(self._cluster)

    def _remove_stale_pid_files(self) -> None:
        """A postmaster refuses to start where they name a living process, though another has that pid by now."""
        # One that was started by hand holds no lock of ours; the refusal is right then.
        if self._pid_file.exists() and _working_folder(_first_line(self._pid_file)) == self._cluster:
            return
        self._pid_file.unlink(missing_ok=True)
        (self.socket_dir / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _create_database_if_missing(self) -> None:
        with psycopg.connect(
            host=str(self.socket_dir),
            port=PORT,
            user=USER,
            dbname="postgres",
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            autocommit=True,
        ) as connection:
            # Several processes may look at once; the lock ends with the connection.
            connection.execute("SELECT pg_advisory_lock(hashtext('create database'))")
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
            if found.rowcount == 0:
                connection.execute(f"CREATE DATABASE {DATABASE}")


def _first_line(file: Path) -> str:
    return file.read_text().partition("\n")[0]


def _working_folder(pid: str) -> Path | None:
    """The process's working folder (a postmaster's is its data folder); None where there is no process, or no /proc."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None
