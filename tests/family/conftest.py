"""A service over an empty database, and a family's report in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tellusonce.bootstrap import Service
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.family.stage import Stage, a_stage


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = Service(Settings(data_dir=tmp_path), database_url, SilentDoorbell())
    yield made
    made.close()


@pytest.fixture
def stage(service: Service) -> Stage:
    """With one report, of which nothing was sent yet."""
    return a_stage(service)
