"""A place on this machine: plain files in folders. No path is followed out of it, and no symbolic link."""

import errno
import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from pathlib import Path

from tellusonce.channels.file_names import (
    LISTING_LIMIT,
    file_name,
    is_file_name,
    is_temporary_name_of,
    temporary_name,
)
from tellusonce.services.batch_files import FileTooLong, NoSuchFile, PlaceUnreachable, Tray

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# What is no plain file must neither be followed nor waited for (a named pipe).
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# The agency reads what is written by its group.
_FILE_MODE = 0o640
_FOLDER_MODE = 0o770


@contextmanager
def folder_place(path: Path) -> Iterator["FolderPlace"]:
    """The place in this folder, which is made where it is missing. Raises PlaceUnreachable."""
    with _reachable():
        path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    yield FolderPlace(path)


class FolderPlace:
    """The port `Place` in a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, tray: Tray, name: str, content: bytes) -> None:
        """Put a file there: written under a temporary name, flushed to the disk, then renamed."""
        temporary = temporary_name(name)
        with self._opened(tray) as folder:
            # Of a process that died; or that has lost its turn, and must not rename it over ours.
            with os.scandir(folder) as entries:
                for entry in entries:
                    if is_temporary_name_of(name, entry.name):
                        os.unlink(entry.name, dir_fd=folder)
            with os.fdopen(os.open(temporary, _WRITE, _FILE_MODE, dir_fd=folder), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)

    def names(self, tray: Tray, changed_before: datetime | None = None) -> list[str]:
        """The plain files there."""
        before = changed_before.timestamp() if changed_before else math.inf
        with self._opened(tray) as folder, os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in islice(entries, LISTING_LIMIT)
                if is_file_name(entry.name)
                and entry.is_file(follow_symlinks=False)
                and entry.stat(follow_symlinks=False).st_mtime < before
            )

    def read(self, tray: Tray, name: str, limit_bytes: int) -> bytes:
        """All of a file."""
        with self._opened(tray) as folder:
            try:
                number = os.open(file_name(name), _READ, dir_fd=folder)
            except OSError as failed:
                if failed.errno in (errno.ENOENT, errno.ELOOP):  # missing, or a link
                    raise NoSuchFile from failed
                raise
            try:
                if not stat.S_ISREG(os.fstat(number).st_mode):
                    raise NoSuchFile
                with os.fdopen(number, "rb", closefd=False) as file:
                    content = file.read(limit_bytes + 1)
            finally:
                os.close(number)
        if len(content) > limit_bytes:
            raise FileTooLong
        return content

    def remove(self, tray: Tray, name: str) -> None:
        """Take a file away, if it is there."""
        with self._opened(tray) as folder, suppress(FileNotFoundError):
            os.unlink(file_name(name), dir_fd=folder)

    def move(self, name: str, tray: Tray, to: Tray) -> None:
        """Put a file into another tray."""
        with self._opened(tray) as here, self._opened(to) as there:
            try:
                os.rename(file_name(name), name, src_dir_fd=here, dst_dir_fd=there)
            except FileNotFoundError as missing:
                raise NoSuchFile from missing

    @contextmanager
    def _opened(self, tray: Tray) -> Iterator[int]:
        """The tray's folder, each step of the way checked to be no link; made where it is missing."""
        with _reachable():
            folder = os.open(self._path, _FOLDER)  # the operator's, who may link to it
            try:
                for step in tray.split("/"):
                    folder = _entered(folder, step)
                yield folder
            finally:
                os.close(folder)


def _entered(parent: int, name: str) -> int:
    with suppress(FileExistsError):
        os.mkdir(name, _FOLDER_MODE, dir_fd=parent)
    folder = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    os.close(parent)
    return folder


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OSError as failed:
        raise PlaceUnreachable(type(failed).__name__) from failed
