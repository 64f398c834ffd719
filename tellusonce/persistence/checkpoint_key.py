"""The key that signs checkpoints, made on first start, and those by which others check (Ed25519, RFC 8032)."""

from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from tellusonce.persistence.master_secret import master_secret

_SEED_BYTES = 32
_ID_CHARACTERS = 16


class KeyUnusable(Exception):
    """A public key's file cannot be used; the text says why."""


class CheckpointKey:
    """The port `Signer`, with the key of a file: 32 random bytes."""

    def __init__(self, path: Path) -> None:
        """Read the key; make it, with mode 600, where there is none. Raises SecretUnusable."""
        self._key = Ed25519PrivateKey.from_private_bytes(master_secret(path)[:_SEED_BYTES])

    @cached_property
    def key_id(self) -> str:
        """The first 16 hexadecimal digits of the public key's SHA-256."""
        return _id_of(self.public)

    @cached_property
    def public(self) -> Ed25519PublicKey:
        """What others check by."""
        return self._key.public_key()

    def public_pem(self) -> str:
        """The same as PEM, to be published."""
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, message: bytes) -> bytes:
        """Its signature."""
        return self._key.sign(message)


class PublicKeys:
    """Keys to check by, each known by its id."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys = {_id_of(key): key for key in keys}

    def __call__(self, key_id: str, signature: bytes, message: bytes) -> bool:
        """Whether the key of this id is among them and made this signature of this message."""
        if (key := self._keys.get(key_id)) is None:
            return False
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def read_public_key(path: Path) -> Ed25519PublicKey:
    """A public key from a PEM file. Raises KeyUnusable."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as failed:
        raise KeyUnusable(f"{path}: {failed.strerror}") from None
    except ValueError:
        raise KeyUnusable(f"{path}: holds no public key as PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(f"{path}: holds a key that is not of Ed25519")
    return key


def _id_of(key: Ed25519PublicKey) -> str:
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:_ID_CHARACTERS]
