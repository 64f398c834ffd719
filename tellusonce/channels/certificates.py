"""Certificates that operators keep in PEM files."""

from collections.abc import Sequence
from pathlib import Path

from pyreqwest.client import ClientBuilder

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_END = b"-----END CERTIFICATE-----"


class CertificateUnusable(Exception):
    """A file holds no certificate that can be used; the text says so without naming it."""


def read_authorities(path: Path) -> Sequence[bytes]:
    """Each certificate of a file of authorities, as PEM. Raises CertificateUnusable."""
    *parts, rest = _read(path).split(_END)
    authorities = [part + _END for part in parts]
    try:
        for authority in authorities:
            ClientBuilder().add_root_certificate_pem(authority).build()
    except ValueError:
        authorities = []
    if not authorities or _BEGIN in rest:  # the last one is cut
        raise CertificateUnusable("should hold certificates as PEM")
    return authorities


def read_identity(path: Path) -> bytes:
    """A file with a certificate and its key, as PEM. Raises CertificateUnusable."""
    identity = _read(path)
    try:
        ClientBuilder().identity_pem(identity).build()
    except ValueError:
        raise CertificateUnusable("should hold a certificate and its key as PEM") from None
    return identity


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failed:
        raise CertificateUnusable(f"cannot be read: {failed.strerror}") from None
