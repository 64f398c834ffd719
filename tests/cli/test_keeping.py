"""`tellusonce report find|hold|release` and `tellusonce keys`."""

from pathlib import Path

import pytest

from tellusonce.persistence.database import Database
from tests.cli.conftest import Run
from tests.persistence.stored import query


@pytest.fixture
def reference(run: Run, submission_file: Path) -> str:
    """Of a report that is registered."""
    submitted: str = run("report", "submit", str(submission_file), "--json").json["reference"]
    return submitted


def test_a_report_is_found_by_exact_facts(run: Run, reference: str) -> None:
    """Only references are printed; where nobody fits, nothing."""
    found = run("report", "find", "--family-name", "holloway", "--date-of-birth", "1948-05-02", "--json")
    assert found.json == [{"reference": reference}]
    assert run("report", "find", "--national-insurance-number", "QQ 12 34 56 C").output == f"{reference}\n"
    assert run("report", "find", "--family-name", "Amberley").output == ""


def test_a_search_that_cannot_be_is_refused(run: Run) -> None:
    """Nothing to search by, or a date that is none, is refused with status 3 and its place, not repeated."""
    assert run("report", "find").status == 3
    refused = run("report", "find", "--date-of-death", "2026-02-30")
    assert refused.status == 3
    assert "/date_of_death" in refused.errors
    assert "2026-02-30" not in refused.errors


def test_a_report_is_held_and_released(run: Run, reference: str) -> None:
    """Both are said, and stand in the trail; what was so already is said too, and a dry run changes nothing."""
    assert "would be held" in run("report", "hold", reference, "--because", "court order 12", "--dry-run").errors
    assert "is held" in run("report", "hold", reference, "--because", "court order 12").errors
    assert "was held already" in run("report", "hold", reference, "--because", "court order 12").errors
    assert "held since" in run("report", "show", reference).output
    assert "is released" in run("report", "release", reference, "--because", "the case is closed").errors
    assert "was not held" in run("report", "release", reference, "--because", "the case is closed").errors
    actions = [entry["action"] for entry in run("trail", "show", reference, "--json").json]
    assert actions == ["registered", "consent-given", "held", "released"]
    assert run("report", "hold", "7K4-M92-QX1", "--because", "court order 12").status == 4


def test_a_forgotten_report_says_so(run: Run, reference: str, database: Database, submission_file: Path) -> None:
    """It is shown with the day on which its facts were destroyed, and can be neither corrected nor held."""
    query(
        database,
        "UPDATE report SET wrapped_key = NULL, master_key = NULL, facts_destroyed_at = '2026-11-22T10:00:00Z'",
    )
    assert "facts were destroyed on 2026-11-22" in run("report", "show", reference).output
    corrected = run("report", "correct", reference, str(submission_file), "--reason", "clerical")
    held = run("report", "hold", reference, "--because", "court order 12")
    for said in (corrected, held):
        assert said.status == 1
        assert "the report's facts were destroyed on 2026-11-22" in said.errors


def test_master_keys_are_rotated_and_retired(
    run: Run, submission_file: Path, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    """A key is added, all is wrapped by it, and the one before can go once nobody can still be using it."""
    monkeypatch.delenv("TELLUSONCE_MASTER_KEYS")
    monkeypatch.setattr("tellusonce.bootstrap.keeping.LOOK_SECONDS", 0)
    run("report", "submit", str(submission_file))
    (old,) = run("keys", "list", "--json").json
    assert (old["wraps"], old["in_ring"], old["in_use"]) == (True, True, True)
    assert "a key would be added" in run("keys", "rotate", "--dry-run").errors
    assert run("keys", "retire", old["id"]).status == 1
    assert run("keys", "rotate").status == 0
    new, _ = run("keys", "list", "--json").json
    assert query(database, "SELECT DISTINCT master_key FROM report") == [(new["id"],)]
    assert new["id"] in run("keys", "list").output
    assert run("keys", "retire", old["id"]).status == 0
    assert [each["id"] for each in run("keys", "list", "--json").json] == [new["id"]]
    assert run("keys", "retire", old["id"]).status == 4


def test_keys_in_the_environment_are_the_operators(run: Run) -> None:
    """They are changed there, which the command says."""
    assert "TELLUSONCE_MASTER_KEYS" in run("keys", "rotate").errors
