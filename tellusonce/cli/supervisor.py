"""Child processes that are kept running: started again when they die, ended with us."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tellusonce.embedded.launch import end_with_parent

_STOP_SECONDS = 25
_RESTART_PAUSES_SECONDS = (0.2, 1.0, 5.0, 30.0)
_STEADY_SECONDS = 60
_LOG_LIMIT_BYTES = 10_000_000


@dataclass
class _Child:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_path: Path
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0
    restarts: int = 0
    restart_at: float = field(default=0)

    def start(self) -> None:
        _put_long_log_aside(self.log_path)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us alone, who stop the children in order
                preexec_fn=partial(end_with_parent, os.getpid(), signal.SIGTERM),  # noqa: PLW1509 - no thread of ours runs yet
            )
        self.started_at = time.monotonic()


class Supervisor:
    """Runs children, each with its own log file in `log_dir`. To be used from the main thread."""

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._children: list[_Child] = []
        log_dir.mkdir(parents=True, exist_ok=True, mode=0o700)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a child and keep it running."""
        child = _Child(name, command, environment, self._log_dir / f"{name}.log")
        child.start()
        self._children.append(child)

    def pid(self, name: str) -> int:
        """The child's process id now."""
        process = self._child(name).process
        assert process is not None
        return process.pid

    def log_path(self, name: str) -> Path:
        """Where the child's messages are."""
        return self._child(name).log_path

    def revive(self, *, at_once: bool = False) -> list[str]:
        """Start again who has died and whose pause is over, or `at_once`; gives their names.

        To be called a few times a second.
        """
        return [child.name for child in self._children if self._revived(child, at_once)]

    def stop(self) -> None:
        """End all in turn, the last started first, so that each sees through what is under way with those before it."""
        give_up_at = time.monotonic() + _STOP_SECONDS
        while self._children:
            process = self._children.pop().process
            if process and process.poll() is None:
                _stop(process, max(1, give_up_at - time.monotonic()))

    def _child(self, name: str) -> _Child:
        return next(child for child in self._children if child.name == name)

    def _revived(self, child: _Child, at_once: bool) -> bool:
        now = time.monotonic()
        if child.process is None or child.process.poll() is None:
            return False
        if not child.restart_at:
            if now - child.started_at > _STEADY_SECONDS:
                child.restarts = 0
            child.restart_at = now + _RESTART_PAUSES_SECONDS[min(child.restarts, len(_RESTART_PAUSES_SECONDS) - 1)]
            child.restarts += 1
        if now < child.restart_at and not at_once:
            return False
        child.restart_at = 0
        child.start()
        return True


def _stop(process: "subprocess.Popen[bytes]", within_seconds: float) -> None:
    process.terminate()
    try:
        process.wait(within_seconds)
    except subprocess.TimeoutExpired:
        # The whole group, which its own session made it the leader of.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _put_long_log_aside(path: Path) -> None:
    if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
        path.replace(path.with_name(f"{path.name}.old"))


@contextmanager
def supervisor(log_dir: Path) -> Iterator[Supervisor]:
    """A supervisor whose children end with the block."""
    supervised = Supervisor(log_dir)
    try:
        yield supervised
    finally:
        supervised.stop()
