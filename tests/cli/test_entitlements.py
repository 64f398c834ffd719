"""`tellusonce report entitlements`."""

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_help_is_told_in_either_language(run: Run, submission_file: Path) -> None:
    """By name, with what it turns on and by when."""
    reference = run("report", "submit", str(submission_file), "--json").json["reference"]
    english = run("report", "entitlements", reference)
    welsh = run("report", "entitlements", reference, "--language", "cy")
    assert english.status == welsh.status == 0
    assert "Funeral Expenses Payment: " in english.output
    assert "Taliad Costau Angladd: " in welsh.output


def test_json_holds_both_languages(run: Run, submission_file: Path) -> None:
    """The same as the API answers."""
    reference = run("report", "submit", str(submission_file), "--json").json["reference"]
    found = run("report", "entitlements", reference, "--json").json
    assert found["reference"] == reference
    names = [each["name"] for each in found["entitlements"]]
    assert {"en": "Funeral Expenses Payment", "cy": "Taliad Costau Angladd"} in names


def test_a_reference_that_leads_nowhere_ends_with_status_4(run: Run) -> None:
    """As everywhere."""
    assert run("report", "entitlements", "000-000-000").status == 4


def test_a_mistake_in_the_rules_is_found_by_checking(run: Run, tmp_path: Path) -> None:
    """`agency check` names its file and line."""
    folder = tmp_path / "config"
    (folder / "agencies").mkdir(parents=True)
    shipped = Path(__file__).parents[2] / "config"
    for file in (shipped / "agencies").glob("*.yaml"):
        (folder / "agencies" / file.name).write_text(file.read_text())
    (folder / "entitlements.yaml").write_text(json.dumps({"bereavement": [{"code": "x"}]}))
    checked = run("agency", "check", str(folder))
    assert checked.status == 1
    assert "entitlements.yaml:1: bereavement.0.code: " in checked.errors
