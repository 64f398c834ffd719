"""The master keys, which wrap the reports' own: several at once, of which the first wraps and all unwrap."""

import hashlib
import math
import os
import secrets
import tempfile
import threading
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from tellusonce.persistence.master_secret import SecretUnusable, made_once
from tellusonce.services.keys import KeysGiven
from tellusonce.settings import Settings

LOOK_SECONDS = 5
"""How often a process looks whether the file has changed, before it wraps."""
KEY_BYTES = 32
_NONCE_BYTES = 12


class MasterKeyMissing(SecretUnusable):
    """What was read is wrapped by a master key that the ring does not hold."""


class CannotBeDecrypted(Exception):
    """What is stored was not encrypted for this place by this key."""

    def __init__(self) -> None:
        super().__init__("What is stored cannot be decrypted: it was changed, or put where something else was.")


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A key as it is stored: under the master key with this id."""

    wrapped_key: bytes
    master_key: str


class MasterKeys:
    """The ring in a file, one key a line in base64, or as it was given in the environment.

    The file is made on first start. A process that meets a key it does not know looks at the file again, and one that
    wraps does so every `LOOK_SECONDS`: nothing needs a restart.
    """

    def __init__(self, path: Path, given: str | None = None) -> None:
        self._path = path
        self._given = given
        self._keys: dict[str, AESGCMSIV] = {}
        self._read = b""
        self._looked_at = -float(LOOK_SECONDS)
        self._reading = threading.Lock()

    @classmethod
    def of(cls, settings: Settings) -> "MasterKeys":
        """The ring that the settings name."""
        given = settings.master_keys
        return cls(settings.master_keys_path, given.get_secret_value() if given else None)

    def check(self) -> None:
        """See that the ring can be used. Raises SecretUnusable."""
        self._look()

    @property
    def ids(self) -> list[str]:
        """The keys' ids, the one that wraps first. Raises SecretUnusable."""
        self._look()
        return list(self._keys)

    def wrap(self, key: bytes, whose: bytes) -> Wrapped:
        """Wrap a key for one place, under the first. Raises SecretUnusable."""
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._look()
        master_key, cipher = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        return Wrapped(nonce + cipher.encrypt(nonce, key, whose), master_key)

    def unwrap(self, wrapped: Wrapped, whose: bytes) -> bytes:
        """The key that was wrapped for this place. Raises CannotBeDecrypted, MasterKeyMissing, SecretUnusable."""
        cipher = self._keys.get(wrapped.master_key) or self._after_a_look(wrapped.master_key)
        return decrypted(cipher, wrapped.wrapped_key, whose)

    def add(self) -> str:
        """Put a new key first in the file; gives its id. One process at a time. Raises KeysGiven, SecretUnusable."""
        key = secrets.token_bytes(KEY_BYTES)
        self._write([key, *self._own_keys()])
        return _id(key)

    def remove(self, master_key: str) -> None:
        """Take a key out of the file. One process at a time. Raises KeysGiven, SecretUnusable."""
        self._write([key for key in self._own_keys() if _id(key) != master_key])

    @property
    def unchanged_seconds(self) -> float:
        """For how long the file has been as it is. Raises KeysGiven, SecretUnusable."""
        self._own_keys()
        try:
            return time.time() - self._path.stat().st_mtime
        except OSError as failed:
            raise SecretUnusable(f"{self._path}: {failed.strerror}") from None

    def _after_a_look(self, master_key: str) -> AESGCMSIV:
        self._look()
        try:
            return self._keys[master_key]
        except KeyError:
            raise MasterKeyMissing(f"{self._where}: does not hold the master key {master_key}") from None

    def _look(self) -> None:
        """Read the ring where it has changed since."""
        with self._reading:
            if self._given is not None:
                self._keys = self._keys or self._ciphers(self._given)
                self._looked_at = math.inf  # it cannot change
                return
            looked_at = time.monotonic()
            content = self._content()
            if content != self._read or not content:
                self._keys = self._ciphers(_text(content, self._path))
                self._read = content
            self._looked_at = looked_at

    def _content(self) -> bytes:
        if not self._read:
            return made_once(self._path, _first)
        try:
            return self._path.read_bytes()
        except OSError:  # another ring must not be made where one was; what was read serves until it is back
            return self._read

    def _ciphers(self, text: str) -> dict[str, AESGCMSIV]:
        return {_id(key): AESGCMSIV(key) for key in _read(text, self._where)}

    def _own_keys(self) -> list[bytes]:
        if self._given is not None:
            raise KeysGiven
        return _read(_text(made_once(self._path, _first), self._path), self._where)

    def _write(self, keys: list[bytes]) -> None:
        try:
            with tempfile.NamedTemporaryFile(
                dir=self._path.parent, prefix=f"{self._path.name}.", delete=False
            ) as aside:
                aside.write(b"".join(b64encode(key) + b"\n" for key in keys))
                aside.flush()
                os.fsync(aside.fileno())
            Path(aside.name).replace(self._path)
        except OSError as failed:
            raise SecretUnusable(f"{self._path}: {failed.strerror}") from None
        self._look()

    @property
    def _where(self) -> str:
        return str(self._path) if self._given is None else "TELLUSONCE_MASTER_KEYS"


def decrypted(cipher: AESGCMSIV, encrypted: bytes, bound_to: bytes) -> bytes:
    """What was encrypted, nonce first, and bound to this place. Raises CannotBeDecrypted."""
    try:
        return cipher.decrypt(encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise CannotBeDecrypted from None


def _first() -> bytes:
    return b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n"


def _text(content: bytes, path: Path) -> str:
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise SecretUnusable(f"{path}: holds something else than keys in base64") from None


def _read(text: str, where: str) -> list[bytes]:
    try:
        keys = [b64decode(line, validate=True) for line in text.split()]
    except (NotBase64, ValueError):
        raise SecretUnusable(f"{where}: holds something else than keys in base64") from None
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SecretUnusable(f"{where}: must hold keys of {KEY_BYTES} bytes each, and at least one")
    return keys


def _id(key: bytes) -> str:
    """A key's name, which says nothing of the key."""
    return hashlib.sha256(b"tellusonce master key\0" + key).hexdigest()[:12]
