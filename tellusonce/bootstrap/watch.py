"""What those who watch the service see, wired."""

import os
import socket
from functools import cached_property

from tellusonce.persistence.database import Database
from tellusonce.persistence.tallies import Heartbeats
from tellusonce.persistence.watching import Watching
from tellusonce.services.pulse import Kind, Pulse, Tallies
from tellusonce.settings import Settings


class Watch:
    """Being heard from, and hearing."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    @cached_property
    def reading(self) -> Watching:
        """What there is to see."""
        return Watching(self._database)

    def pulse(self, kind: Kind, tallies: Tallies) -> Pulse:
        """This process's, named by its machine and its number there."""
        process = f"{socket.gethostname()} {os.getpid()}"
        return Pulse(Heartbeats(self._database), kind, process, self._settings.heartbeat_seconds, tallies)
