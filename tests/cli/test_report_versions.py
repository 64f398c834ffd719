"""`tellusonce report correct`, `withdraw` and `import`."""

import json
from pathlib import Path

import pytest

from tellusonce.settings import PREFIX
from tests.builders import a_submission
from tests.cli.conftest import Run


@pytest.fixture
def reference(run: Run, submission_file: Path) -> str:
    """A report that was submitted."""
    return str(run("report", "submit", str(submission_file), "--json").json["reference"])


@pytest.fixture
def corrected_file(tmp_path: Path) -> Path:
    """The same report with another family name."""
    path = tmp_path / "corrected.json"
    path.write_text(json.dumps(a_submission(facts__deceased__family_name="Hollowey")))
    return path


def test_a_correction_makes_a_version(run: Run, reference: str, corrected_file: Path) -> None:
    """It says who gets what, and the report is at version 2."""
    said = run("report", "correct", reference, str(corrected_file), "--reason", "clerical", "--json")
    assert (said.status, said.json["version"], len(said.json["notifications"])) == (0, 2, 4)
    assert [each["kind"] for each in run("report", "show", reference, "--json").json["versions"]] == [
        "original",
        "correction",
    ]


def test_a_dry_run_changes_nothing(run: Run, reference: str, corrected_file: Path) -> None:
    """Both say who would be told what, and leave the report as it is."""
    corrected = run("report", "correct", reference, str(corrected_file), "--reason", "clerical", "--dry-run")
    withdrawn = run("report", "withdraw", reference, "--reason", "person-alive", "--dry-run")
    assert corrected.output.startswith(withdrawn.output.splitlines()[0])
    assert "Hollowey" not in corrected.output
    assert run("report", "show", reference, "--json").json["version"] == 1


def test_a_withdrawn_report_cannot_be_changed(run: Run, reference: str, corrected_file: Path) -> None:
    """Status 1, and a line that says why."""
    assert run("report", "withdraw", reference, "--reason", "reported-in-error").status == 0
    again = run("report", "correct", reference, str(corrected_file), "--reason", "clerical")
    assert (again.status, "was withdrawn" in again.errors) == (1, True)


def test_a_version_that_was_overtaken_is_not_changed(run: Run, reference: str, corrected_file: Path) -> None:
    """--version holds the change to what its author has seen."""
    said = run("report", "correct", reference, str(corrected_file), "--reason", "clerical", "--version", "7")
    assert (said.status, "at version 1 now" in said.errors) == (1, True)
    assert run("report", "withdraw", "000-000-000", "--reason", "person-alive").status == 4


def _lines(*submissions: object) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in submissions)


def test_a_file_is_imported_and_each_bad_line_named(run: Run, tmp_path: Path) -> None:
    """Good lines are registered; of bad ones the number, the place and what would be right are written, no value."""
    wrong = a_submission(facts__deceased__date_of_birth="1951-02-30")
    file, refused = tmp_path / "reports.jsonl", tmp_path / "refused.jsonl"
    file.write_text(_lines(a_submission(), wrong) + "\nnot JSON\n" + _lines(a_submission(permission=False)))
    said = run("report", "import", str(file), "--refused", str(refused), "--json")
    assert (said.status, said.json) == (3, {"registered": 2, "before": 0, "refused": 2})
    lines = [json.loads(line) for line in refused.read_text().splitlines()]
    assert [(each["line"], each["errors"][0]["pointer"]) for each in lines] == [
        (2, "/facts/deceased/date_of_birth"),
        (4, ""),
    ]
    assert "1951-02-30" not in refused.read_text()


def test_what_was_imported_before_is_not_registered_again(run: Run, tmp_path: Path) -> None:
    """A file that was cut short, or holds a line twice, is imported again without harm."""
    file = tmp_path / "reports.jsonl"
    file.write_text(_lines(a_submission(), a_submission()))
    assert run("report", "import", str(file), "--json").json == {"registered": 1, "before": 1, "refused": 0}
    file.write_text(_lines(a_submission(), a_submission(permission=False)))
    assert run("report", "import", str(file), "--json").json == {"registered": 1, "before": 1, "refused": 0}
    assert len(run("outstanding", "--json").json) == 7


def test_a_long_file_is_imported_by_all_cores(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal lines count once wherever they stand, and bad ones are named in their order."""
    monkeypatch.setenv(f"{PREFIX}IMPORT_BATCH_REPORTS", "2")
    file, refused = tmp_path / "reports.jsonl", tmp_path / "refused.jsonl"
    different = [a_submission(facts__registration__entry_number=f"HOL-2026-{number}") for number in range(20)]
    file.write_text(_lines(*different) + "not JSON\n" + _lines(*different) + "nor this\n" + _lines(*different))
    for registered in (20, 0):
        said = run("report", "import", str(file), "--refused", str(refused), "--json")
        assert said.json == {"registered": registered, "before": 60 - registered, "refused": 2}
        assert [json.loads(line)["line"] for line in refused.read_text().splitlines()] == [21, 42]


def test_a_dry_run_imports_nothing(run: Run, tmp_path: Path) -> None:
    """It only says what would be refused."""
    file = tmp_path / "reports.jsonl"
    file.write_text(_lines(a_submission()))
    assert run("report", "import", str(file), "--dry-run", "--json").json["registered"] == 1
    assert run("outstanding", "--json").json == []
