"""Whether the broker answers."""

from workers.app import app

_TIMEOUT_SECONDS = 1


def broker_reachable() -> bool:
    """Try to connect, for a second at most."""
    bounds = {"socket_timeout": _TIMEOUT_SECONDS, "socket_connect_timeout": _TIMEOUT_SECONDS}
    try:
        with app.connection_for_write(connect_timeout=_TIMEOUT_SECONDS, transport_options=bounds) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=_TIMEOUT_SECONDS)
    except Exception:  # every transport has its own exceptions; each means no
        return False
    return True
