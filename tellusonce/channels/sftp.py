"""A place on an SFTP server whose host key is known. Asynchronous inside, on an event loop of its own for each run."""

import asyncio
import math
import stat
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, TypeVar

import asyncssh

from tellusonce.channels.file_names import (
    LISTING_LIMIT,
    file_name,
    is_file_name,
    is_temporary_name_of,
    temporary_name,
)
from tellusonce.domain.channel import Sftp
from tellusonce.services.batch_files import FileTooLong, NoSuchFile, PlaceTimedOut, PlaceUnreachable, Tray

_CLOSE_SECONDS = 2
_Given = TypeVar("_Given")


@dataclass(frozen=True)
class SftpLimits:
    """The bounds of every run."""

    connect_seconds: float
    total_seconds: float
    """From connecting to the last answer; less than the part of a lease that is left when a batch is begun."""


@contextmanager
def sftp_place(place: Sftp, limits: SftpLimits) -> Iterator["SftpPlace"]:
    """The place on its server, over one connection. Raises PlaceUnreachable, PlaceTimedOut."""
    with asyncio.Runner() as runner:
        run = _Run(runner, time.monotonic() + limits.total_seconds)
        connection = run(lambda: _connected(place, limits.connect_seconds))
        try:
            client = run(lambda: _opened(connection))
            yield SftpPlace(run, client, PurePosixPath(place.path.as_posix()))
        finally:
            runner.run(_closed(connection))


class _Run:
    """What is asked of a server until the run's time is over."""

    def __init__(self, runner: asyncio.Runner, end_at: float) -> None:
        self._runner = runner
        self._end_at = end_at

    def __call__(self, call: Callable[[], Coroutine[Any, Any, _Given]]) -> _Given:
        """What the call gives. Raises PlaceUnreachable, PlaceTimedOut."""
        try:
            return self._runner.run(self._in_time(call))
        except TimeoutError as late:
            raise PlaceTimedOut from late
        except (OSError, asyncssh.Error, ValueError) as failed:  # ValueError: a key file that is none
            raise PlaceUnreachable(type(failed).__name__) from failed

    async def _in_time(self, call: Callable[[], Coroutine[Any, Any, _Given]]) -> _Given:
        async with asyncio.timeout(max(0.0, self._end_at - time.monotonic())):
            return await call()


async def _connected(place: Sftp, connect_seconds: float) -> asyncssh.SSHClientConnection:
    # Only what the agency's file names counts: neither this machine's known hosts, keys and agent, nor its settings.
    known_hosts = asyncssh.read_known_hosts(str(place.known_hosts_file))
    async with asyncio.timeout(connect_seconds):
        return await asyncssh.connect(
            place.host,
            place.port,
            username=place.user,
            client_keys=[str(place.key_file)],
            known_hosts=known_hosts,
            preferred_auth=["publickey"],
            disable_trivial_auth=True,
            agent_path=None,
            x509_trusted_certs=None,
            config=None,
        )


async def _opened(connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
    # A name that is not UTF-8 is none of ours, and must not spoil the listing.
    return await connection.start_sftp_client(path_errors="surrogateescape")


async def _closed(connection: asyncssh.SSHClientConnection) -> None:
    connection.abort()
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await connection.wait_closed()


class SftpPlace:
    """The port `Place` on an SFTP server."""

    def __init__(self, run: _Run, client: asyncssh.SFTPClient, path: PurePosixPath) -> None:
        self._run = run
        self._client = client
        self._path = path

    def write(self, tray: Tray, name: str, content: bytes) -> None:
        """Put a file there: sent under a temporary name, then renamed."""
        path = self._in(tray, name)
        self._run(lambda: self._write(tray, path, content))

    def names(self, tray: Tray, changed_before: datetime | None = None) -> list[str]:
        """The plain files there."""
        before = changed_before.timestamp() if changed_before else math.inf
        return self._run(lambda: self._names(tray, before))

    def read(self, tray: Tray, name: str, limit_bytes: int) -> bytes:
        """All of a file."""
        path = self._in(tray, name)
        content = self._run(lambda: self._read(path, limit_bytes + 1))
        if len(content) > limit_bytes:
            raise FileTooLong
        return content

    def remove(self, tray: Tray, name: str) -> None:
        """Take a file away, if it is there."""
        path = self._in(tray, name)
        self._run(lambda: self._remove(path))

    def move(self, name: str, tray: Tray, to: Tray) -> None:
        """Put a file into another tray."""
        path, new_path = self._in(tray, name), self._in(to, name)
        self._run(lambda: self._move(path, to, new_path))

    def _in(self, tray: Tray, name: str) -> PurePosixPath:
        return self._path / tray / file_name(name)

    async def _write(self, tray: Tray, path: PurePosixPath, content: bytes) -> None:
        await self._make(tray)
        # Of a process that died; or that has lost its turn, and must not rename it over ours.
        async for entry in self._client.scandir(path.parent):
            if is_temporary_name_of(path.name, _name(entry)):
                await self._client.remove(path.with_name(_name(entry)))
        temporary = path.with_name(temporary_name(path.name))
        async with self._client.open(temporary, "xb") as file:
            await file.write(content)
        await self._rename(temporary, path)

    async def _names(self, tray: Tray, changed_before: float) -> list[str]:
        names: list[str] = []
        seen = 0
        with suppress(asyncssh.SFTPNoSuchFile):
            async for entry in self._client.scandir(self._path / tray):
                is_older = changed_before == math.inf or (entry.attrs.mtime or math.inf) < changed_before
                if is_file_name(_name(entry)) and _is_plain(entry.attrs) and is_older:
                    names.append(_name(entry))
                seen += 1
                if seen == LISTING_LIMIT:
                    break
        return sorted(names)

    async def _read(self, path: PurePosixPath, at_most_bytes: int) -> bytes:
        with _no_such_file():
            if not _is_plain(await self._client.lstat(path)):
                raise NoSuchFile
            async with self._client.open(path, "rb", encoding=None) as file:
                content = await file.read(at_most_bytes)
        assert isinstance(content, bytes)
        return content

    async def _move(self, path: PurePosixPath, to: Tray, new_path: PurePosixPath) -> None:
        with _no_such_file():
            await self._client.lstat(path)
            await self._make(to)
            await self._rename(path, new_path)

    async def _remove(self, path: PurePosixPath) -> None:
        with suppress(asyncssh.SFTPNoSuchFile):
            await self._client.remove(path)

    async def _make(self, tray: Tray) -> None:
        folder = self._path
        for step in tray.split("/"):
            folder /= step
            if not await self._client.exists(folder):
                with suppress(asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists):  # another was faster
                    await self._client.mkdir(folder)

    async def _rename(self, path: PurePosixPath, new_path: PurePosixPath) -> None:
        try:
            await self._client.posix_rename(path, new_path)
        except asyncssh.SFTPOpUnsupported:
            # The protocol's own does not replace, and nothing else is at the name for the moment between.
            await self._remove(new_path)
            await self._client.rename(path, new_path)


def _name(entry: asyncssh.SFTPName) -> str:
    assert isinstance(entry.filename, str)
    return entry.filename


@contextmanager
def _no_such_file() -> Iterator[None]:
    try:
        yield
    except asyncssh.SFTPNoSuchFile as missing:
        raise NoSuchFile from missing


def _is_plain(attributes: asyncssh.SFTPAttrs) -> bool:
    return attributes.permissions is not None and stat.S_ISREG(attributes.permissions)
