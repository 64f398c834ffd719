"""A new version takes the place of the one that works: first its tables, then one process after another."""

import os
import subprocess
import sys
from contextlib import suppress

import psutil

from tests.stories.stage import Stage


class Deployment:
    """Goes on a step at a time, as far as it can at the moment."""

    def __init__(self, stage: Stage, names: tuple[str, ...]) -> None:
        self._stage = stage
        self._waiting = list(names)
        self._ending: tuple[str, int] | None = None
        self._upgrade: subprocess.Popen[bytes] | None = self._upgraded()

    def go_on(self) -> bool:
        """Do the next step, if the one before it is done; whether all of it is."""
        if self._upgrade:
            if self._upgrade.poll() is not None:
                # What met a database that was away is tried again, as whoever deploys would.
                self._upgrade = self._upgraded() if self._upgrade.returncode else None
            return False
        if self._ending and self._stage.children.pid(self._ending[0]) == self._ending[1]:
            return False
        if not self._waiting:
            return True
        name = self._waiting.pop(0)
        self._ending = name, self._stage.children.pid(name)
        self._stage.doom(name)
        with suppress(psutil.NoSuchProcess):
            psutil.Process(self._ending[1]).terminate()
        return False

    def close(self) -> None:
        """Leave it as it is."""
        if self._upgrade:
            self._upgrade.kill()
            self._upgrade.wait()

    def _upgraded(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tellusonce", "db", "upgrade"]
        environment = {**os.environ, **self._stage.town.environment}
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
