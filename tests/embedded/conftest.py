"""Folders for embedded servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .starting import reachable_folder


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """A data folder that does not exist yet."""
    with reachable_folder() as folder:
        yield folder / "data"


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """The tests' common data folder, which saves them the first start; every test leaves it without a server."""
    with reachable_folder() as folder:
        yield folder / "data"
