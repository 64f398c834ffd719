"""The names under which files lie in places."""

import re
import secrets

LISTING_LIMIT = 10_000
"""Most names looked at in one tray."""

# Neither a path nor hidden; short enough for what is added to it.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


def is_file_name(name: str) -> bool:
    """Whether it names a file in a tray, and nothing elsewhere."""
    return _NAME.fullmatch(name) is not None


def file_name(name: str) -> str:
    """The same name. Raises ValueError where it could name anything but a file in a tray."""
    if not is_file_name(name):
        raise ValueError("not a name of a file in a tray")
    return name


def temporary_name(name: str) -> str:
    """A name under which nobody looks for the file while it is being written, and that nobody can foresee."""
    return f".{file_name(name)}.{secrets.token_hex(8)}.part"


def is_temporary_name_of(name: str, candidate: str) -> bool:
    """Whether the candidate is such a name of that file."""
    return re.fullmatch(rf"\.{re.escape(name)}\.[0-9a-f]{{16}}\.part", candidate) is not None
