"""Data folders that every account can reach, and processes of their own that start servers on them."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

import tellusonce

END_TIMEOUT_SECONDS = 20.0

STARTER_SCRIPT = """
import signal, sys
from pathlib import Path
from tellusonce import embedded
# As a supervisor that waits for its signals does.
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
server = getattr(embedded, sys.argv[1])(Path(sys.argv[2]))
print(server.pid, server.started_here, flush=True)
sys.stdin.read()
"""


class Starter:
    """A process that starts a server, or finds it, and then waits until it is killed."""

    def __init__(self, start_name: str, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", STARTER_SCRIPT, start_name, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(tellusonce.__file__).parents[1])},
        )

    def server(self) -> tuple[int, bool]:
        """The server's pid, and whether this process started it; waits for it."""
        assert self.process.stdout
        pid, started_here = self.process.stdout.readline().split()
        return int(pid), started_here == "True"

    def kill(self) -> None:
        """End it with SIGKILL, so that it cannot stop anything."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def starter(start_name: str, data_dir: Path) -> Iterator[Starter]:
    """A starter that is killed at the end; its server ends with it."""
    running = Starter(start_name, data_dir)
    try:
        yield running
    finally:
        running.kill()


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A new folder that `nobody` can enter, as pytest's own are closed to it; its servers are killed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tu-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for process in psutil.process_iter(["cmdline"]):
            if any(str(folder) in argument for argument in process.info["cmdline"] or ()):
                process.kill()
                wait_until(partial(has_ended, process.pid))
        shutil.rmtree(folder)


def has_ended(pid: int) -> bool:
    """Whether no process has the pid, or only a dead one that nobody has waited for."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for the condition; an AssertionError where it takes more than END_TIMEOUT_SECONDS."""
    deadline = time.monotonic() + END_TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def mode(path: Path) -> int:
    """The path's permission bits."""
    return path.stat().st_mode & 0o777
