"""What stories are played with serves here too."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.conftest import play, story_settings, valkey

__all__ = ["play", "story_settings", "valkey"]


@pytest.fixture
def postgres_folder() -> Iterator[Path]:
    """A folder that the account which PostgreSQL runs as can enter; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory(prefix="tu-faults-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)
