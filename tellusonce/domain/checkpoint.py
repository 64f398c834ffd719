"""Checkpoints: what the trail was at a time, signed. Each covers the links since the one before, and names that one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from tellusonce.domain.sealing import canonical, canonical_time

FORMAT = "tellusonce-checkpoint/1"
NONE_BEFORE = bytes(32)
"""What the first checkpoint has for the hash of the one before."""

_PURPOSE = b"tellusonce checkpoint\n"

Verifier = Callable[[str, bytes, bytes], bool]
"""Whether the key of this id is known and made this signature of this message."""


class Signer(Protocol):
    """Who signs checkpoints."""

    @property
    def key_id(self) -> str:
        """The key's short name."""

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature (RFC 8032)."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The root over a run of links, and its signature."""

    number: int
    """Counts up by one."""
    at: datetime
    first_link: int
    last_link: int
    entries: int
    """How many entries these links have."""
    root: bytes
    """Of a Merkle tree whose leaves are the chain's hash after each link, by the links' numbers."""
    previous: bytes
    """The hash of the checkpoint before."""
    key: str
    signature: bytes = b""

    def document(self) -> dict[str, Any]:
        """As it is published."""
        return {**self._signed(), "signature": self.signature.hex()}

    def line(self) -> bytes:
        """The document in its canonical form."""
        return canonical(self.document())

    def hash(self) -> bytes:
        """What the next one names as the one before."""
        return sha256(self.line()).digest()

    def message(self) -> bytes:
        """What is signed."""
        return _PURPOSE + canonical(self._signed())

    def _signed(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "number": self.number,
            "at": canonical_time(self.at),
            "first_link": self.first_link,
            "last_link": self.last_link,
            "entries": self.entries,
            "root": self.root.hex(),
            "previous": self.previous.hex(),
            "key": self.key,
        }

    @property
    def size(self) -> int:
        """How many leaves its tree has."""
        return self.last_link - self.first_link + 1


def read_checkpoint(document: Mapping[str, Any]) -> Checkpoint:
    """A checkpoint from its document. Raises ValueError where this is none; the signature is not looked at."""
    try:
        read = Checkpoint(
            number=document["number"],
            at=datetime.fromisoformat(document["at"]),
            first_link=document["first_link"],
            last_link=document["last_link"],
            entries=document["entries"],
            root=bytes.fromhex(document["root"]),
            previous=bytes.fromhex(document["previous"]),
            key=document["key"],
            signature=bytes.fromhex(document["signature"]),
        )
        same = canonical(read.document()) == canonical(document)
    except (KeyError, TypeError, AttributeError, OverflowError) as wrong:
        raise ValueError("not a checkpoint") from wrong
    if not same:
        raise ValueError("not a checkpoint")
    return read
