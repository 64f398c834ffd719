"""How often one may call: a bucket of tokens for each key in use, and for each address from which wrong keys come."""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from threading import Lock

from tellusonce.settings import Settings

HOLDERS_AT_MOST = 10_000
"""Most keys and most addresses remembered by one process; those longest unused are forgotten first."""

_NETWORK_BITS = 64  # of an IPv6 address, of which one subscriber has all others


class Buckets:
    """A bucket of tokens for each holder, full at first, filled steadily."""

    def __init__(self, per_second: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._now = now
        self._tokens: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, holder: bytes) -> bool:
        """Whether the holder is remembered."""
        return holder in self._tokens

    def wait_seconds(self, holder: bytes) -> float:
        """How long until the holder has a token; 0 where there is one."""
        with self._lock:
            return self._wait_seconds(self._filled(holder))

    def take(self, holder: bytes) -> float:
        """Take a token and give 0; where there is none, give how many seconds until there is."""
        with self._lock:
            tokens = self._filled(holder)
            wait_seconds = self._wait_seconds(tokens)
            self._tokens[holder] = (tokens - (0 if wait_seconds else 1), self._now())
            self._tokens.move_to_end(holder)
            while len(self._tokens) > HOLDERS_AT_MOST:
                self._tokens.popitem(last=False)
        return wait_seconds

    def forget(self, holder: bytes) -> None:
        """Remember the holder no more."""
        with self._lock:
            self._tokens.pop(holder, None)

    def _filled(self, holder: bytes) -> float:
        tokens, at = self._tokens.get(holder, (self._burst, 0.0))
        return min(self._burst, tokens + (self._now() - at) * self._per_second)

    def _wait_seconds(self, tokens: float) -> float:
        return 0.0 if tokens >= 1 else (1 - tokens) / self._per_second


class CallLimits:
    """Those of one process. A key that was in force lately has its own bucket alone, wherever it comes from."""

    def __init__(self, settings: Settings) -> None:
        self._by_key = Buckets(settings.requests_per_second, settings.requests_burst)
        self._by_address = Buckets(settings.wrong_keys_per_second, settings.wrong_keys_burst)

    def wait_seconds(self, key: str, address: str | None) -> int:
        """How long this call has to wait, in whole seconds; 0 where the key may be looked up now."""
        digest = _digest(key)
        if digest in self._by_key:
            return math.ceil(self._by_key.take(digest))
        return math.ceil(self._by_address.wait_seconds(network(address)))

    def note(self, key: str, address: str | None, *, in_force: bool) -> None:
        """What looking the key up has shown."""
        digest = _digest(key)
        if not in_force:
            self._by_key.forget(digest)
            self._by_address.take(network(address))
        elif digest not in self._by_key:
            self._by_key.take(digest)


class SignInLimits:
    """Tries to sign in to one account, whoever makes them; and wrong ones from one address, whatever the account."""

    def __init__(self, per_minute: int) -> None:
        self._by_name = Buckets(per_minute / 60, per_minute)
        self._by_address = Buckets(per_minute / 60, per_minute)

    def wait_seconds(self, name: str, address: str | None) -> int:
        """How long this try has to wait, in whole seconds; 0 where it may be made now, which then is counted."""
        return math.ceil(self._by_address.wait_seconds(network(address)) or self._by_name.take(_digest(name)))

    def note_wrong(self, address: str | None) -> None:
        """Count a wrong one."""
        self._by_address.take(network(address))


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def network(address: str | None) -> bytes:
    """The network that an address stands for: of IPv6 what one subscriber has, of IPv4 the address itself."""
    try:
        known = ip_address(address or "")
    except ValueError:  # a socket of this machine
        return b""
    return known.packed[: _NETWORK_BITS // 8] if isinstance(known, IPv6Address) else known.packed
