"""A process's pulse: every few seconds it says that it lives, what it looked at, and what it has counted."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tellusonce.domain.tally import Counted, Tally
from tellusonce.services.storage import StorageOutdated, StorageUnreachable


class Kind(StrEnum):
    """What is heard from."""

    API = "api"
    WORKER = "worker"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class Looked:
    """How a sweep ended the last time."""

    seconds_ago: float
    succeeded: bool


class PulseStore(Protocol):
    """Where it is known who was heard from."""

    def beat(self, kind: Kind, process: str, looked: Mapping[str, Looked], tally: Tally) -> None:
        """Note that the process lives, how its sweeps ended, and what it counted since the last time."""

    def end(self, process: str) -> None:
        """Forget the process, which ends in good order."""


class Tallies:
    """What this process has counted and not told yet. For any thread."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._tally: Tally = defaultdict(float)

    def add(self, name: str, *labels: str, value: float = 1) -> None:
        """Count so much more."""
        with self._changing:
            self._tally[name, labels] += value

    def take(self) -> Tally:
        """All of it, which is counted here no more."""
        with self._changing:
            taken, self._tally = self._tally, defaultdict(float)
            return taken

    def give_back(self, tally: Tally) -> None:
        """Count again what could not be told."""
        with self._changing:
            for key, value in tally.items():
                self._tally[key] += value


class Pulse:
    """Beats in a thread of its own, so that a process whose lanes are all busy is heard from all the same."""

    def __init__(self, store: PulseStore, kind: Kind, process: str, every_seconds: float, tallies: Tallies) -> None:
        self._store = store
        self._kind = kind
        self._process = process
        self._every_seconds = every_seconds
        self._tallies = tallies
        self._looked: dict[str, tuple[float, bool]] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin, at once."""
        self._thread.start()

    def look(self, name: str, look: Callable[[], object]) -> None:
        """Look for what a sweep looks for, and note how long it took and whether it succeeded."""
        started, succeeded = time.monotonic(), False
        try:
            look()
            succeeded = True
        finally:
            ended = time.monotonic()
            sweep = name.partition(" ")[0]  # of those that are for one agency each, all together
            self._looked[sweep] = ended, succeeded
            self._tallies.add(Counted.SWEEPS, sweep, "done" if succeeded else "failed")
            self._tallies.add(Counted.SWEEP_SECONDS, sweep, value=ended - started)

    def close(self) -> None:
        """Tell what is left, and that the process ends."""
        self._ending.set()
        self._thread.join()
        with suppress(StorageUnreachable, StorageOutdated):
            self.beat()
            self._store.end(self._process)

    def beat(self) -> None:
        """Tell now. Raises StorageUnreachable; then it is told the next time."""
        tally, now = self._tallies.take(), time.monotonic()
        looked = {name: Looked(now - at, succeeded) for name, (at, succeeded) in list(self._looked.items())}
        try:
            self._store.beat(self._kind, self._process, looked, tally)
        except BaseException:
            self._tallies.give_back(tally)
            raise

    def _run(self) -> None:
        while True:
            with suppress(StorageUnreachable, StorageOutdated):
                self.beat()
            if self._ending.wait(self._every_seconds):
                return
