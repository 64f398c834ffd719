"""The ring of master keys: made once, kept to its owner, changed under running processes."""

import stat
from base64 import b64encode
from pathlib import Path

import pytest

from tellusonce.persistence.master_keys import LOOK_SECONDS, CannotBeDecrypted, MasterKeyMissing, MasterKeys, Wrapped
from tellusonce.persistence.master_secret import SecretUnusable
from tellusonce.services.keys import KeysGiven

KEY = b"k" * 32
OLD, NEW = (b64encode(letter * 32).decode() for letter in (b"o", b"n"))


def a_ring(path: Path, *keys: str) -> MasterKeys:
    path.write_text("\n".join(keys))
    return MasterKeys(path)


def test_the_first_start_makes_it(tmp_path: Path) -> None:
    """Where there is no file one with one key is made, with mode 600, and all read the same from then on."""
    path = tmp_path / "new folder" / "master.keys"
    wrapped = MasterKeys(path).wrap(KEY, b"here")
    assert MasterKeys(path).unwrap(wrapped, b"here") == KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_the_first_wraps_and_all_unwrap(tmp_path: Path) -> None:
    """Of several keys the first is taken for what is new; what the others have wrapped is unwrapped as well."""
    by_old = a_ring(tmp_path / "before", OLD).wrap(KEY, b"here")
    ring = a_ring(tmp_path / "after", NEW, OLD)
    assert ring.unwrap(by_old, b"here") == KEY
    by_new = ring.wrap(KEY, b"here")
    assert [by_new.master_key, by_old.master_key] == ring.ids


def test_a_key_is_wrapped_for_one_place(tmp_path: Path) -> None:
    """A wrapped key that was put elsewhere, or changed in one bit, is not unwrapped."""
    ring = a_ring(tmp_path / "master.keys", OLD)
    wrapped = ring.wrap(KEY, b"here")
    changed = Wrapped(wrapped.wrapped_key[:-1] + bytes([wrapped.wrapped_key[-1] ^ 1]), wrapped.master_key)
    for each, place in ((wrapped, b"there"), (changed, b"here"), (Wrapped(b"", wrapped.master_key), b"here")):
        with pytest.raises(CannotBeDecrypted):
            ring.unwrap(each, place)


def test_a_running_process_takes_up_a_key_that_it_meets(tmp_path: Path) -> None:
    """What another process has wrapped by a key added since is unwrapped without a restart."""
    path = tmp_path / "master.keys"
    running, rotating = a_ring(path, OLD), MasterKeys(path)
    running.wrap(KEY, b"here")
    added = rotating.add()
    assert running.unwrap(rotating.wrap(KEY, b"here"), b"here") == KEY
    assert running.ids[0] == added
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_running_process_wraps_by_the_new_key_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that meets no new key looks for one all the same, every few seconds."""
    path = tmp_path / "master.keys"
    running, rotating = a_ring(path, OLD), MasterKeys(path)
    before = running.wrap(KEY, b"here")
    added = rotating.add()
    assert running.wrap(KEY, b"here").master_key == before.master_key
    monkeypatch.setattr("time.monotonic", lambda: running._looked_at + LOOK_SECONDS)
    assert running.wrap(KEY, b"here").master_key == added


def test_a_file_that_is_away_for_a_moment_is_not_made_anew(tmp_path: Path) -> None:
    """Who has read the ring goes on with it; another in its place would lose what it has wrapped."""
    path = tmp_path / "master.keys"
    ring = a_ring(path, OLD)
    wrapped = ring.wrap(KEY, b"here")
    path.unlink()
    assert ring.ids == [wrapped.master_key]
    assert ring.unwrap(wrapped, b"here") == KEY
    assert not path.exists()


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    """What an unknown key has wrapped is refused with the file and the key's id, so that it can be brought."""
    wrapped = a_ring(tmp_path / "elsewhere", NEW).wrap(KEY, b"here")
    with pytest.raises(MasterKeyMissing, match=rf"master\.keys: does not hold the master key {wrapped.master_key}"):
        a_ring(tmp_path / "master.keys", OLD).unwrap(wrapped, b"here")


@pytest.mark.parametrize("content", ["", "  \n", "not base64!", OLD + "\nc2hvcnQ=", "é"])
def test_what_is_no_ring_is_refused_by_name(tmp_path: Path, content: str) -> None:
    """A file cut short, or of something else, is refused and kept as it is; its content is not repeated."""
    path = tmp_path / "master.keys"
    ring = a_ring(path, content)
    with pytest.raises(SecretUnusable, match=r"master\.keys: ") as refused:
        ring.check()
    assert "c2hvcnQ" not in str(refused.value)
    assert path.read_text() == content


def test_a_ring_from_the_environment_cannot_be_changed_here(tmp_path: Path) -> None:
    """It wraps and unwraps like the file, which is not made then; to change it is the operator's."""
    ring = MasterKeys(tmp_path / "master.keys", f"{NEW} {OLD}")
    assert ring.unwrap(ring.wrap(KEY, b"here"), b"here") == KEY
    assert len(ring.ids) == 2
    with pytest.raises(KeysGiven):
        ring.add()
    assert list(tmp_path.iterdir()) == []
