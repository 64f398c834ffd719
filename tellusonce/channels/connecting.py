"""Ways to agencies that connect to nothing but what was looked up and checked."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from pyreqwest.client import Client, ClientBuilder

from tellusonce.channels.certificates import CertificateUnusable, read_identity
from tellusonce.channels.push_limits import PushLimits
from tellusonce.channels.targets import PushTarget, complaint, is_public, literal_address

_log = structlog.get_logger()

Resolve = Callable[[str, int], Sequence[str]]
"""The IP addresses of a host, for a port of it. Raises OSError."""


class TargetRefused(Exception):
    """An agency is not connected to; the text says why and holds no part of its address."""


def check_target(target: PushTarget) -> None:
    """What can be told when configured, without looking anything up. Raises TargetRefused."""
    _check_url(target)
    _identity(target)


def _check_url(target: PushTarget) -> None:
    if wrong := complaint(str(target.push.url), target.private_allowed):
        raise TargetRefused(f"url: {wrong}")


def system_addresses(host: str, port: int) -> list[str]:
    """As this machine resolves names, best first (RFC 6724). Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class _Way:
    addresses: Sequence[str]
    """Those checked; the first is connected to."""
    identity: bytes | None
    client: Client


class Connection:
    """The way to one agency. Its methods are for the event loop's thread."""

    def __init__(
        self,
        target: PushTarget,
        limits: PushLimits,
        authorities: Sequence[bytes],
        resolve: Resolve,
        threads: Executor,
    ) -> None:
        self._target = target
        self._url = target.url
        self._limits = limits
        self._authorities = authorities
        self._resolve = resolve
        self._threads = threads
        self._way: _Way | None = None
        self._refused: str | None = None
        self._look_at = 0.0
        self._looking: asyncio.Future[_Way] | None = None

    async def client(self) -> Client:
        """A client that connects to this agency's checked address alone. Raises TargetRefused, TimeoutError, OSError.

        A name is looked up by us and pinned, so that no other answer can come between the check and the connection.
        """
        if time.monotonic() >= self._look_at:
            await self._look_again()
        if self._refused is not None:
            raise TargetRefused(self._refused)
        assert self._way is not None
        return self._way.client

    def failed(self, client: Client) -> None:
        """This client was not let in: go on to the agency's next address, where it has another."""
        way = self._way
        if way is not None and way.client is client and len(way.addresses) > 1:
            addresses = [*way.addresses[1:], way.addresses[0]]
            self._way = _Way(addresses, way.identity, self._build(addresses[0], way.identity))

    async def close(self) -> None:
        """Drop the connections."""
        if self._way is not None:
            await self._way.client.close()

    async def _look_again(self) -> None:
        # One look at a time, which all pushes wait for; where it hangs, the next ones wait for it and start no other.
        if self._looking is None:
            self._looking = asyncio.get_running_loop().run_in_executor(self._threads, self._look)
            self._looking.add_done_callback(self._take)
        with suppress(TargetRefused):  # said to whoever asks for the client, until it is looked at again
            await asyncio.wait_for(asyncio.shield(self._looking), self._limits.connect_seconds)

    def _take(self, looked: "asyncio.Future[_Way]") -> None:
        self._looking = None
        if looked.cancelled():
            return
        failure = looked.exception()
        if isinstance(failure, TargetRefused):
            self._refused = str(failure)
            self._way = None
            _log.warning("push target refused", agency=self._target.agency, because=self._refused)
        elif failure is None:
            self._refused = None
            self._way = looked.result()
        else:
            return  # it could not be looked up: the next push tries again
        self._look_at = time.monotonic() + self._limits.checked_for_seconds

    def _look(self) -> _Way:
        _check_url(self._target)
        addresses = self._addresses()
        if not self._target.private_allowed and not all(map(is_public, addresses)):
            raise TargetRefused("url: its host has a private, loopback or other special address")
        identity = _identity(self._target)
        way = self._way
        if way is not None and way.identity == identity and way.addresses[0] in addresses:
            # Its open connections are still to a checked address.
            return _Way(sorted(addresses, key=lambda each: each != way.addresses[0]), identity, way.client)
        return _Way(addresses, identity, self._build(addresses[0], identity))

    def _addresses(self) -> Sequence[str]:
        literal = literal_address(self._url)
        if literal is not None:
            return [literal]
        assert self._url.host_str is not None
        addresses = self._resolve(self._url.host_str, self._port)
        if not addresses:
            raise OSError("the host has no address")
        return addresses

    @property
    def _port(self) -> int:
        assert self._url.port_or_known_default is not None
        return self._url.port_or_known_default

    def _build(self, address: str, identity: bytes | None) -> Client:
        assert self._url.host_str is not None
        builder = (
            ClientBuilder()
            .connect_timeout(timedelta(seconds=self._limits.connect_seconds))
            .timeout(timedelta(seconds=self._limits.total_seconds))
            .follow_redirects(False)
            .http1_only()
            .no_proxy()
            .resolve(self._url.host_str, address, self._port)
        )
        for authority in self._authorities:
            builder = builder.add_root_certificate_pem(authority)
        if identity is not None:
            builder = builder.identity_pem(identity)
        return builder.build()


def _identity(target: PushTarget) -> bytes | None:
    """Read at each look, so that a renewed certificate is used without a restart."""
    path = target.push.client_certificate
    try:
        return read_identity(path) if path else None
    except CertificateUnusable as unusable:
        raise TargetRefused(f"client_certificate: {unusable}") from None
