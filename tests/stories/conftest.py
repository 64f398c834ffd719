"""What stories are played with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tellusonce.bootstrap import Servers
from tellusonce.embedded import EmbeddedServer, start_valkey
from tellusonce.settings import Settings
from tests.stories.stage import Stage, stage

Play = Callable[..., AbstractContextManager[Stage]]


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A broker of the story's own."""
    server = start_valkey(tmp_path / "broker")
    yield server
    server.stop()


@pytest.fixture
def story_settings(tmp_path: Path) -> Settings:
    """Leases are short and retries quick, so that a story need not wait for either."""
    return Settings(
        data_dir=tmp_path,
        push_lease_seconds=3,
        breaker_open_seconds=0.3,
        breaker_open_limit_seconds=1,
        push_total_seconds=1,
        retry_delays_seconds=(0.3,),
        acknowledgement_files_sweep_seconds=1,
        seal_seconds=1,
        checkpoint_seconds=2,
        database_connections=4,
    )


@pytest.fixture
def play(tmp_path: Path, database_url: str, valkey: EmbeddedServer, story_settings: Settings) -> Play:
    """Starts the stage."""

    def played(
        agencies: Mapping[str, Sequence[str]], *, together: bool = False, at: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Stage]:
        return stage(tmp_path, Servers(database_url, valkey.url), story_settings, agencies, together=together, away=at)

    return played
