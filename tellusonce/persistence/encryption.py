"""Facts and words as they are stored: encrypted by AES-256-GCM-SIV (RFC 8452) under a key of the report's own.

What is encrypted is bound to its place, so that what is moved to another report, version, notification or follow-up
cannot be decrypted there. An encrypted value begins with its nonce.
"""

import hmac
import os
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from pydantic_core import from_json, to_json

from tellusonce.domain.field import Facts
from tellusonce.persistence.master_keys import KEY_BYTES, CannotBeDecrypted, MasterKeys, Wrapped, decrypted

NONCE_BYTES = 12


class ReportKey:
    """A report's own key."""

    __slots__ = ("_cipher", "_key", "_report", "wrapped")

    def __init__(self, report: UUID, key: bytes, wrapped: Wrapped) -> None:
        self.wrapped = wrapped
        self._report = report.bytes
        self._key = key
        self._cipher = AESGCMSIV(key)

    def encrypt_facts(self, version: int, facts: Mapping[str, Any]) -> bytes:
        """A version's facts as they are stored."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, to_json(facts), self._of_version(version))

    def decrypt_facts(self, version: int, encrypted: bytes) -> Facts:
        """A version's facts. Raises CannotBeDecrypted."""
        facts: Facts = from_json(decrypted(self._cipher, encrypted, self._of_version(version)))
        return facts

    def encrypt_words(self, subject: UUID, words: str | None) -> bytes | None:
        """What was said of a notification, or of a follow-up, as it is stored; None for nothing.

        The nonce is a keyed digest of the words: the same words are the same again, and only those.
        """
        if words is None:
            return None
        text = words.encode()
        nonce = hmac.digest(self._key, subject.bytes + text, "sha256")[:NONCE_BYTES]
        return nonce + self._cipher.encrypt(nonce, text, self._report + subject.bytes)

    def decrypt_words(self, subject: UUID, encrypted: bytes | None) -> str | None:
        """What an agency said. Raises CannotBeDecrypted."""
        if encrypted is None:
            return None
        return decrypted(self._cipher, encrypted, self._report + subject.bytes).decode()

    def shown_words(self, subject: UUID, encrypted: bytes | None) -> str | None:
        """What an agency said, for a person to read; where it cannot be decrypted, that this is so."""
        try:
            return self.decrypt_words(subject, encrypted)
        except CannotBeDecrypted as failed:
            return f"({failed})"

    def _of_version(self, version: int) -> bytes:
        return self._report + version.to_bytes(2, "big")


class Encryption:
    """Makes and unwraps reports' keys."""

    def __init__(self, master_keys: MasterKeys) -> None:
        self.master_keys = master_keys

    def new_key(self, report: UUID) -> ReportKey:
        """A key for a new report. Raises SecretUnusable."""
        key = os.urandom(KEY_BYTES)
        return ReportKey(report, key, self.master_keys.wrap(key, _whose(report)))

    def key(self, report: UUID, wrapped_key: bytes, master_key: str) -> ReportKey:
        """A report's key from its columns. Raises CannotBeDecrypted, SecretUnusable."""
        wrapped = Wrapped(wrapped_key, master_key)
        return ReportKey(report, self.master_keys.unwrap(wrapped, _whose(report)), wrapped)

    def key_if_any(self, report: UUID, wrapped_key: bytes | None, master_key: str | None) -> ReportKey | None:
        """The same; None where the facts are destroyed or the key cannot be decrypted. Raises SecretUnusable."""
        if wrapped_key is None or master_key is None:
            return None
        try:
            return self.key(report, wrapped_key, master_key)
        except CannotBeDecrypted:
            return None

    def wrapped_anew(self, report: UUID, wrapped: Wrapped) -> Wrapped:
        """The same key under the master key that wraps now. Raises CannotBeDecrypted, SecretUnusable."""
        return self.master_keys.wrap(self.master_keys.unwrap(wrapped, _whose(report)), _whose(report))


def _whose(report: UUID) -> bytes:
    return b"report key\0" + report.bytes
