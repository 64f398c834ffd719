"""Secrets in files, made on first start; from the master secret those that agencies are signed by are derived."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_BYTES = 32


class SecretUnusable(Exception):
    """A secret's file cannot be used; the text says why."""


def master_secret(path: Path) -> bytes:
    """Read the secret; make it, with mode 600, where there is none. Raises SecretUnusable."""
    secret = made_once(path, lambda: secrets.token_bytes(_BYTES))
    if len(secret) < _BYTES:
        raise SecretUnusable(f"{path}: holds fewer than {_BYTES} bytes")
    return secret


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; it is made, with mode 600, where there is none. Raises SecretUnusable."""
    try:
        _make(path, make)
        return path.read_bytes()
    except OSError as failed:
        raise SecretUnusable(f"{path}: {failed.strerror}") from None


def _make(path: Path, make: Callable[[], bytes]) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written aside, with mode 600, and linked, so that of two first starts at once both read the same whole secret.
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.") as aside:
        aside.write(make())
        aside.flush()
        with suppress(FileExistsError):
            os.link(aside.name, path)
