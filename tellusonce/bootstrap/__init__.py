"""The only place that wires: from settings to use cases. Nothing is built at import."""

from tellusonce.bootstrap.garbage import collect_garbage_rarely
from tellusonce.bootstrap.servers import Servers, servers
from tellusonce.bootstrap.service import Service

__all__ = ["Servers", "Service", "collect_garbage_rarely", "servers"]
