"""`tellusonce report`, `outstanding` and `trail`."""

import json
import re
from pathlib import Path

from tests.builders import a_submission
from tests.cli.conftest import Run


def test_a_submitted_report_is_registered_and_can_be_shown(run: Run, submission_file: Path) -> None:
    """Submitting prints the reference, by which the report and its trail are found."""
    submitted = run("report", "submit", str(submission_file), "--json")
    reference = submitted.json["reference"]
    shown = run("report", "show", reference, "--json")
    assert submitted.status == shown.status == 0
    assert {each["state"] for each in shown.json["notifications"]} == {"queued"}
    assert [entry["action"] for entry in run("trail", "show", reference, "--json").json] == [
        "registered",
        "consent-given",
    ]


def test_times_are_those_of_the_api(run: Run, submission_file: Path) -> None:
    """RFC 3339, in UTC."""
    reference = run("report", "submit", str(submission_file), "--json").json["reference"]
    accepted_at = run("report", "show", reference, "--json").json["accepted_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", accepted_at)


def test_a_dry_run_shows_the_plan_and_stores_nothing(run: Run, submission_file: Path) -> None:
    """Who would be told what is shown, and nothing is outstanding afterwards."""
    planned = run("report", "submit", str(submission_file), "--dry-run", "--json")
    assert len(planned.json["notifications"]) == 4
    assert run("outstanding", "--json").json == []


def test_what_is_outstanding_can_be_narrowed_to_one_agency(run: Run, submission_file: Path) -> None:
    """Four notifications wait, one of them for housing benefit."""
    run("report", "submit", str(submission_file))
    assert len(run("outstanding", "--json").json) == 4
    assert [each["agency"] for each in run("outstanding", "--agency", "holmshire-housing-benefit", "--json").json] == [
        "holmshire-housing-benefit"
    ]


def test_people_read_tables_and_text(run: Run, submission_file: Path) -> None:
    """Without --json the same is shown for people, and says no fact of the deceased."""
    registered = run("report", "submit", str(submission_file)).output
    reference = registered.split("Registered as ")[1].split()[0]
    shown = run("report", "show", reference).output + run("outstanding").output + run("trail", "show", reference).output
    assert "holmshire-housing-benefit" in shown
    assert a_submission()["facts"]["deceased"]["family_name"] not in registered + shown


def test_a_refused_report_names_every_fault_and_stores_nothing(run: Run, tmp_path: Path) -> None:
    """Status 3, a line for each fault with its path, and nothing outstanding."""
    wrong = a_submission()
    wrong["facts"]["deceased"]["date_of_birth"] = "1951-02-30"
    del wrong["facts"]["informant"]["family_name"]
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong))
    refused = run("report", "submit", str(file))
    assert refused.status == 3
    assert "/facts/deceased/date_of_birth: " in refused.errors
    assert "/facts/informant/family_name: Enter the informant's family name" in refused.errors
    assert "1951-02-30" not in refused.errors
    assert run("outstanding", "--json").json == []


def test_a_reference_that_leads_nowhere_ends_with_status_4(run: Run) -> None:
    """Whether a character was mistyped or no such report exists."""
    assert run("report", "show", "000-000-001").status == 4
    assert run("report", "show", "000-000-000").status == 4
    assert run("trail", "show", "000-000-000").status == 4
