"""The only place that wires: from settings to use cases. Nothing is built at import."""

from tellusonce.bootstrap.servers import Servers, servers
from tellusonce.bootstrap.service import Service

__all__ = ["Servers", "Service", "servers"]
