"""Styles, scripts and images of pages: known by one digest of all, so that browsers may keep them for ever."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}
_DIGEST_CHARACTERS = 16


@dataclass(frozen=True)
class Asset:
    """One file."""

    content: bytes
    media_type: str


class Assets:
    """The files in one folder that browsers are given; nothing else in it can be asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def files(self) -> dict[str, Asset]:
        """By their paths in the folder."""
        return {
            path.relative_to(self._folder).as_posix(): Asset(path.read_bytes(), _MEDIA_TYPES[path.suffix])
            for path in sorted(self._folder.rglob("*"))
            if path.suffix in _MEDIA_TYPES
        }

    @cached_property
    def digest(self) -> str:
        """Stands in every address. Of all files, so that one may name another beside it."""
        digest = hashlib.sha256()
        for name, asset in self.files.items():
            digest.update(b"%s %d\n" % (name.encode(), len(asset.content)) + asset.content)
        return digest.hexdigest()[:_DIGEST_CHARACTERS]

    def address(self, name: str) -> str:
        """Where the file is served. Raises KeyError: there is none of this name."""
        _ = self.files[name]
        return f"/assets/{self.digest}/{name}"
