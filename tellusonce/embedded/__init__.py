"""A real PostgreSQL and a real Valkey in a data folder of our own, for when no URL is set.

Call the start functions from the main thread: the servers end with the thread that started them.
"""

from tellusonce.embedded.errors import EmbeddedServerError
from tellusonce.embedded.postgres import start_postgres
from tellusonce.embedded.process import EmbeddedServer
from tellusonce.embedded.valkey import start_valkey

__all__ = ["EmbeddedServer", "EmbeddedServerError", "start_postgres", "start_valkey"]
