"""Ports for the servers that a demo, a run or a test starts on this machine."""

import secrets
import socket

_OUT_OF_THE_SYSTEMS_WAY = range(20_000, 32_768)
"""Below those from which Linux takes one for each connection made (ip_local_port_range, from 32768 on): it could be the
one just found free."""


def free_port() -> int:
    """A port of the loopback address that nobody listens on now, and that no connection is given meanwhile."""
    port = secrets.choice(_OUT_OF_THE_SYSTEMS_WAY)
    try:
        with socket.create_server(("127.0.0.1", port)):
            return port
    except OSError:
        return free_port()
