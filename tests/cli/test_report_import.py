"""`tellusonce report import` of other systems' records."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

RECORDS = Path(__file__).parents[1] / "records"


@pytest.fixture
def rest_file(tmp_path: Path) -> Path:
    """What the records do not say."""
    path = tmp_path / "rest.json"
    informant = {"given_names": "Ruth", "family_name": "Amberley", "relationship": "niece"}
    path.write_text(json.dumps({"benefits": ["state-pension"], "permission": True, "facts": {"informant": informant}}))
    return path


def test_records_are_imported_one_document_or_one_a_line(run: Run, rest_file: Path, tmp_path: Path) -> None:
    """A message as it was published, then the same and its update as two lines."""
    submission, update = (RECORDS / f"vrdr/vrdr-DeathRecord{kind}Message.json" for kind in ("Submission", "Update"))
    lines = tmp_path / "messages.jsonl"
    lines.write_text("".join(f"{json.dumps(json.loads(each.read_bytes()))}\n" for each in (submission, update)))
    given = ("report", "import", "--form", "vrdr", "--with", str(rest_file), "--json")
    nothing = {"registered": 0, "corrected": 0, "withdrawn": 0, "before": 0, "refused": 0}
    assert run(*given, str(submission)).json == {**nothing, "registered": 1}
    assert run(*given, str(lines)).json == {**nothing, "corrected": 1, "before": 1}
    assert run(*given, str(lines)).json == {**nothing, "before": 2}


def test_a_refused_record_is_named_with_its_faults(run: Run, rest_file: Path) -> None:
    """Status 3, and where the record says what cannot be."""
    said = run("report", "import", "--form", "ije", "--with", str(rest_file), str(RECORDS / "vrdr/vrdr-1.MOR"))
    assert said.status == 3
    assert "/facts/deceased/date_of_death" in said.errors
    assert run("report", "import", "--with", str(rest_file), str(RECORDS / "vrdr/vrdr-1.MOR")).status == 2
