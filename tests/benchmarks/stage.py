"""What all measurements stand on: one PostgreSQL with durable commits, a broker, and four sample agencies."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tellusonce.channels.signing import signing_secret
from tellusonce.embedded import start_postgres, start_valkey
from tellusonce.persistence.master_secret import master_secret
from tests.benchmarks.configuration import AGENCIES
from tests.benchmarks.meter import Machine


@dataclass(frozen=True)
class Stage:
    """Where everything is."""

    data_dir: Path
    postgres_url: str
    machine: Machine
    broker_url: str
    secrets: Mapping[str, str]
    """By which pushes to each agency are signed."""
    urls: Mapping[str, str]
    """Where each agency is pushed to; it verifies every signature and acknowledges in its reply."""

    @contextmanager
    def database(self) -> Iterator[str]:
        """A database of one's own, and its address."""
        name = f"bench_{uuid4().hex[:12]}"
        with psycopg.connect(self.postgres_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            try:
                yield make_url(self.postgres_url).set(database=name).render_as_string(hide_password=False)
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def told_to(self, codes: Iterable[str]) -> Iterator["Stage"]:
        """The same with sample agencies of these codes."""
        master = master_secret(self.data_dir / "secret.key")
        secrets = {code: signing_secret(master, code) for code in codes}
        with _agencies(secrets) as (urls, pids):
            yield replace(self, secrets=secrets, urls=urls, machine=replace(self.machine, agencies=pids))


@contextmanager
def stage() -> Iterator[Stage]:
    """Start all of it; it ends with the block."""
    data_dir = Path(tempfile.mkdtemp(prefix="tellusonce-bench-"))
    data_dir.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, data_dir)
        postgres, valkey = start_postgres(data_dir), start_valkey(data_dir)
        stack.callback(postgres.stop)
        stack.callback(valkey.stop)
        _assert_durable(postgres.url)
        empty = Stage(data_dir, postgres.url, Machine(postgres.pid, ()), valkey.url, {}, {})
        yield stack.enter_context(empty.told_to(AGENCIES))


def _assert_durable(url: str) -> None:
    with psycopg.connect(url) as connection:
        for name in (b"fsync", b"synchronous_commit", b"full_page_writes"):
            assert connection.execute(b"SHOW " + name).fetchone() == ("on",), f"{name.decode()} is off"


@contextmanager
def _agencies(secrets: Mapping[str, str]) -> Iterator[tuple[dict[str, str], list[int]]]:
    processes: list[subprocess.Popen[str]] = []
    try:
        for code, secret in secrets.items():
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "tellusonce.simulation", "--agency", code, "--secret-env", "SECRET"],
                    env={**os.environ, "SECRET": secret},
                    stdout=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
            )
        urls = {code: _url(process) for code, process in zip(secrets, processes, strict=True)}
        yield urls, [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _url(agency: "subprocess.Popen[str]") -> str:
    assert agency.stdout is not None
    return str(json.loads(agency.stdout.readline())["url"])
