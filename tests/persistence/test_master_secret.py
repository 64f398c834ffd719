"""The master secret: made once, kept to its owner, refused where it cannot be one."""

import os
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tellusonce.persistence.master_secret import SecretUnusable, master_secret
from tests.persistence.racing import at_once

_READ = "import sys, pathlib; from tellusonce.persistence.master_secret import master_secret as read; "
_READ_WHEN_TOLD = f"{_READ}input(); print(read(pathlib.Path(sys.argv[1])).hex())"


def test_the_first_start_makes_it(tmp_path: Path) -> None:
    """Where there is no secret one of 32 bytes is made, and it is the same from then on."""
    path = tmp_path / "new folder" / "secret.key"
    made = master_secret(path)
    assert len(made) == 32
    assert master_secret(path) == made == path.read_bytes()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """The file is made with mode 600, whatever the umask, and nothing else is left beside it."""
    path = tmp_path / "secret.key"
    master_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_two_first_starts_at_once_read_the_same(tmp_path: Path) -> None:
    """Two processes that start at once for the first time agree on one whole secret."""
    path = tmp_path / "secret.key"
    command = [sys.executable, "-c", _READ_WHEN_TOLD, str(path)]
    starts = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for start in starts:
        assert start.stdin is not None
        start.stdin.write("now\n")
        start.stdin.flush()
    read = {start.communicate()[0].strip() for start in starts}
    assert read == {path.read_bytes().hex()}


def test_many_first_reads_at_once_give_the_same(tmp_path: Path) -> None:
    """However many threads read for the first time at once, all get the one secret that stays."""
    for attempt in range(20):
        path = tmp_path / f"{attempt}.key"
        assert set(at_once([partial(master_secret, path)] * 8)) == {path.read_bytes()}


def test_a_start_that_died_half_way_hinders_none(tmp_path: Path) -> None:
    """What a first start left behind when it was killed keeps no later one, of the same process id, from starting."""
    for left_behind in ("secret.key.1", f"secret.key.{os.getpid()}"):
        (tmp_path / left_behind).write_bytes(b"")
    assert len(master_secret(tmp_path / "secret.key")) == 32


@pytest.mark.parametrize("size", [0, 31])
def test_a_short_secret_is_refused(tmp_path: Path, size: int) -> None:
    """A file with fewer than 32 bytes, as an interrupted copy leaves it, is refused by name and kept as it is."""
    path = tmp_path / "secret.key"
    path.write_bytes(b"x" * size)
    with pytest.raises(SecretUnusable, match=r"secret\.key: holds fewer than 32 bytes"):
        master_secret(path)
    assert path.read_bytes() == b"x" * size


def test_a_secret_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A path that is no file is refused by name, and the text holds nothing but the reason."""
    path = tmp_path / "secret.key"
    path.mkdir()
    with pytest.raises(SecretUnusable, match=r"secret\.key: Is a directory"):
        master_secret(path)
