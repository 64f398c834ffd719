"""An agency's SFTP server on loopback, with keys of its own, that can be made to fail."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from tellusonce.domain.channel import Sftp

Behaviour = type[asyncssh.SFTPServer]
USER = "tellusonce"


class CutInMidUpload(asyncssh.SFTPServer):
    """Breaks the connection off within a file."""

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Take half of what has come."""
        super().write(file_obj, offset, data[: len(data) // 2])
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("cut")


class CutBeforeRenaming(asyncssh.SFTPServer):
    """Breaks the connection off when the file is whole, and has its temporary name still."""

    def posix_rename(self, *_: bytes) -> None:
        """Rename nothing."""
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("cut")


class Stalling(asyncssh.SFTPServer):
    """Answers no opening of a file."""

    async def open(self, *_: Any) -> object:
        """Never end."""
        await asyncio.sleep(3600)
        return None


class WithoutPosixRename(asyncssh.SFTPServer):
    """Knows the protocol's own renaming alone, which does not replace."""

    def posix_rename(self, *_: bytes) -> None:
        """Say that it is not known."""
        raise asyncssh.SFTPOpUnsupported("not here")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Refuse to replace."""
        if Path(self.map_path(newpath).decode()).exists():
            raise asyncssh.SFTPFailure("exists")
        super().rename(oldpath, newpath)


@dataclass(frozen=True)
class Server:
    """Where it is, and what is in it."""

    place: Sftp
    folder: Path
    host_key: asyncssh.SSHKey


@contextmanager
def sftp_server(home: Path, behaviour: Behaviour = asyncssh.SFTPServer) -> Iterator[Server]:
    """A server with one user, whose key and known hosts lie in `home`; stopped afterwards."""
    host_key, user_key = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    folder = home / "server"
    (folder / "exchange").mkdir(parents=True)
    user_key.write_private_key(str(home / "user_key"))
    user_key.write_public_key(str(home / "authorized_keys"))

    async def listening() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            authorized_client_keys=str(home / "authorized_keys"),
            sftp_factory=lambda channel: behaviour(channel, chroot=str(folder).encode()),
        )

    with _loop() as run:
        acceptor = run(listening)
        port = acceptor.get_port()
        known_hosts_file = home / "known_hosts"
        known_hosts_file.write_text(f"[127.0.0.1]:{port} {host_key.export_public_key().decode()}")
        place = Sftp(
            kind="sftp",
            host="127.0.0.1",
            port=port,
            user=USER,
            key_file=home / "user_key",
            known_hosts_file=known_hosts_file,
            path=Path("/exchange"),
        )
        yield Server(place, folder / "exchange", host_key)

        async def close() -> None:
            acceptor.close()
            await acceptor.wait_closed()

        run(close)


@contextmanager
def _loop() -> Iterator[Callable[[Callable[[], Any]], Any]]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sftp server", daemon=True)
    thread.start()
    yield lambda call: asyncio.run_coroutine_threadsafe(call(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
