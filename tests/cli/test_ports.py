"""Where a server that a demo or a test starts listens."""

import socket

from tellusonce.cli.ports import free_port


def test_a_port_is_free_and_none_that_a_connection_could_be_given_first() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as listener, socket.create_connection(("127.0.0.1", port)) as made:
        assert listener.getsockname()[1] < 32_768 <= made.getsockname()[1]
