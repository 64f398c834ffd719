"""The command line as people run it, against a database and a broker given by URL."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tellusonce.cli import main
from tellusonce.settings import PREFIX
from tests.builders import a_submission


@dataclass(frozen=True)
class Said:
    """What a command said, and the status it ended with."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        """Standard output, which is to hold JSON and nothing else."""
        return json.loads(self.output)


Run = Callable[..., Said]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    database_url: str,
    broker_url: str,
) -> Run:
    """Run `tellusonce` with these arguments."""
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", database_url)
    monkeypatch.setenv(f"{PREFIX}BROKER_URL", broker_url)
    monkeypatch.setenv(f"{PREFIX}DATA_DIR", str(tmp_path))

    def run_it(*arguments: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main.main(list(arguments))
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run_it


@pytest.fixture
def submission_file(tmp_path: Path) -> Path:
    """A report to submit."""
    path = tmp_path / "report.json"
    path.write_text(json.dumps(a_submission()))
    return path
