"""The long runs are made when asked for by `-m long`; what stories are played with serves here too."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.conftest import play, story_settings, valkey

__all__ = ["play", "story_settings", "valkey"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes."""
    if config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture
def postgres_folder() -> Iterator[Path]:
    """A folder that the account which PostgreSQL runs as can enter; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory(prefix="tu-faults-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)
