"""Slow digests of passwords: Argon2id (RFC 9106, its second recommended choice of parameters)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

PARAMETERS = RFC_9106_LOW_MEMORY


class Argon2Passwords:
    """The port `Passwords`."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(PARAMETERS)
        self._nobodys = self._hasher.hash("nobody has this password")

    def hashed(self, password: str) -> str:
        """The digest to keep, with its salt."""
        return self._hasher.hash(password)

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """Whether the password has this digest. Takes as long where there is none."""
        try:
            return self._hasher.verify(password_hash or self._nobodys, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False
