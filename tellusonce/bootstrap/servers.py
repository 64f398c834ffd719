"""PostgreSQL and the broker: those that the settings name, or embedded ones."""

import atexit
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tellusonce.embedded import EmbeddedServer, start_postgres, start_valkey
from tellusonce.settings import Settings


@dataclass(frozen=True)
class Servers:
    """Where PostgreSQL and the broker are."""

    database_url: str
    broker_url: str


def servers(settings: Settings) -> Servers:
    """Those that the settings name; embedded ones, found or started, where they name none.

    To be called from the main thread: embedded servers end with the thread that started them. Raises
    EmbeddedServerError.
    """
    return Servers(
        settings.database_url or _embedded(start_postgres, settings),
        settings.broker_url or _embedded(start_valkey, settings),
    )


def _embedded(start: Callable[[Path], EmbeddedServer], settings: Settings) -> str:
    server = start(settings.data_dir)
    atexit.register(server.stop)
    return server.url
