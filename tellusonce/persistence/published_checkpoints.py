"""The file of checkpoints that the operator publishes: a line each, only ever appended to."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tellusonce.domain.checkpoint import Checkpoint, read_checkpoint
from tellusonce.services.seal import NotPublished

_LINE_LIMIT_BYTES = 2_000


class PublishedFile:
    """The port `Published` on a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def last(self) -> Checkpoint | None:
        """The last that is in it; a line that was cut short by a crash is taken away. Raises NotPublished."""
        length = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(0, length - 2 * _LINE_LIMIT_BYTES))
        lines = self._file.read().split(b"\n")
        if cut := len(lines.pop()):
            self._file.truncate(length - cut)
        try:
            return read_line(lines[-1]) if lines else None
        except ValueError:
            raise NotPublished("the last line of the published file is no checkpoint") from None

    def append(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Add these."""
        self._file.seek(0, os.SEEK_END)
        self._file.writelines(each.line() + b"\n" for each in checkpoints)


@contextmanager
def published_file(path: Path) -> Iterator[PublishedFile]:
    """The file, made where there is none, held against others on this machine. Raises NotPublished."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield PublishedFile(file)
    except OSError as failed:
        raise NotPublished(f"{path}: {failed.strerror}") from failed


def read_published(path: Path) -> Iterator[Checkpoint]:
    """All that are in a file. Raises ValueError where a line is none, OSError where it cannot be read."""
    with path.open("rb") as file:
        while line := file.readline(_LINE_LIMIT_BYTES):
            yield read_line(line.removesuffix(b"\n"))


def read_line(line: bytes) -> Checkpoint:
    """A checkpoint from its line. Raises ValueError."""
    read = read_checkpoint(json.loads(line))
    if read.line() != line:
        raise ValueError("not a checkpoint as it was published")
    return read
