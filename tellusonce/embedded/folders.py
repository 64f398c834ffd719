"""The folders of the embedded servers, and the account that must be able to enter them."""

import hashlib
import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from tellusonce.embedded.errors import EmbeddedServerError

SOCKET_PATH_LIMIT_BYTES = 100

_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")


@dataclass(frozen=True)
class Account:
    """The system account that a server runs as when root starts it."""

    name: str
    user_id: int
    group_id: int


def account_instead_of_root() -> Account | None:
    """`nobody` when we are root, as which PostgreSQL refuses to run; None when the server can run as ourselves."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def prepare_data_dir(data_dir: Path, account: Account | None) -> Path:
    """The data folder, created where missing and free of symbolic links, so that it has one name.

    Raises EmbeddedServerError where it cannot be made, is another user's, can be written by everyone, or is closed to
    the account.
    """
    folder = data_dir.resolve()
    if account:
        _require_enterable(folder, account)
    # The account that PostgreSQL runs as for root must be able to pass, not to look.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        _create_folder(folder, mode)
        status = folder.stat()
    except OSError as error:
        raise EmbeddedServerError(f"no data folder at {folder}: {error.strerror}; set TELLUSONCE_DATA_DIR") from error
    if status.st_uid != os.geteuid():
        raise EmbeddedServerError(f"the data folder {folder} belongs to another user; set TELLUSONCE_DATA_DIR")
    if status.st_mode & stat.S_IWOTH:
        raise EmbeddedServerError(f"everyone can write to the data folder {folder}; set TELLUSONCE_DATA_DIR")
    return folder


def private_folder(folder: Path, account: Account | None) -> Path:
    """The folder, created where missing, that the account alone (None: we alone) can enter.

    Raises EmbeddedServerError where something that is not ours, or is open to others, has that name.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    owners = {os.geteuid()} | ({account.user_id} if account else set())
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners or status.st_mode & 0o077:
        raise EmbeddedServerError(f"{folder} is not a private folder of ours; remove it, or set TELLUSONCE_DATA_DIR")
    if account:
        os.chown(folder, account.user_id, account.group_id, follow_symlinks=False)
    return folder


def socket_folder(data_dir: Path, server: str, socket_name: str) -> Path:
    """Where the server's socket lies: in the data folder, or where that name is long or odd, in /tmp.

    The name follows from the data folder alone, so every process finds the same one. Odd is what libpq or kombu would
    read as more than a path (a comma, a question mark).
    """
    folder = data_dir / f"{server}-socket"
    if len(os.fsencode(folder / socket_name)) < SOCKET_PATH_LIMIT_BYTES and _PLAIN_PATH.fullmatch(str(folder)):
        return folder
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    # Not gettempdir(): two processes may have different TMPDIRs.
    return Path("/tmp") / f"tellusonce-{digest}-{server}"  # noqa: S108 - checked to be ours before use


def _require_enterable(folder: Path, account: Account) -> None:
    for barrier in (*reversed(folder.parents), folder):
        if barrier.exists() and not barrier.stat().st_mode & stat.S_IXOTH:
            raise EmbeddedServerError(
                f"PostgreSQL runs as {account.name} when root starts it, and {account.name} cannot enter {barrier}; "
                "set TELLUSONCE_DATA_DIR to a folder outside it"
            )


def _create_folder(folder: Path, mode: int) -> None:
    """Create it, and its missing parents alike."""
    if folder.exists():
        return
    _create_folder(folder.parent, mode)
    folder.mkdir(mode, exist_ok=True)
    # The umask may have taken more away.
    folder.chmod(mode)
