"""The shipped configuration, with agencies reached in other ways."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from tellusonce.settings import Settings

PULL: dict[str, Any] = {"kind": "pull"}
INBOX: dict[str, Any] = {"kind": "inbox"}
EMAIL: dict[str, Any] = {"kind": "email", "address": "bereavements@example.org"}


def config_with(folder: Path, channels: dict[str, dict[str, Any]]) -> Path:
    """A configuration folder in which these agencies, by code, have these channels."""
    config = shutil.copytree(Settings().config_dir, folder / "config")
    for code, channel in channels.items():
        path = config / "agencies" / f"{code}.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"channel": channel}))
    return config
