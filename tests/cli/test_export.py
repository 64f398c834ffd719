"""`tellusonce report export`."""

from pathlib import Path

from pypdf import PdfReader

from tests.cli.conftest import Run


def test_everything_held_is_printed_as_json(run: Run, submission_file: Path) -> None:
    """For one person, with what is left out for the others; and the trail says who had it."""
    reference = run("report", "submit", str(submission_file), "--json").json["reference"]
    given = run("report", "export", reference, "--for", "partner")
    assert given.status == 0
    assert given.json["made_for"] == "partner"
    assert "QQ654321A" in given.output
    assert "daniel.holloway" not in given.output
    assert [entry["action"] for entry in run("trail", "show", reference, "--json").json] == ["registered", "exported"]


def test_a_pdf_is_written_for_its_owner_alone(run: Run, submission_file: Path, tmp_path: Path) -> None:
    """To the file that is named."""
    reference = run("report", "submit", str(submission_file), "--json").json["reference"]
    file = tmp_path / "held.pdf"
    assert run("report", "export", reference, "--format", "pdf", "--output", str(file)).status == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert "Margaret Ann" in PdfReader(file).pages[0].extract_text()


def test_a_person_that_is_none_of_the_report_is_refused(run: Run, submission_file: Path) -> None:
    """Status 3, with who there is."""
    reference = run("report", "submit", str(submission_file), "--json").json["reference"]
    refused = run("report", "export", reference, "--for", "neighbour")
    assert refused.status == 3
    assert "/for: This must be one of: deceased, informant, partner, estate-contact" in refused.errors


def test_a_reference_that_leads_nowhere_ends_with_status_4(run: Run) -> None:
    """And leaves no file."""
    assert run("report", "export", "000-000-000").status == 4


def test_trail_show_says_for_whom_it_was(run: Run, submission_file: Path) -> None:
    """In words for people."""
    reference = run("report", "submit", str(submission_file), "--json").json["reference"]
    run("report", "export", reference, "--for", "informant")
    shown = run("trail", "show", reference).output
    assert "for informant, format json" in shown


def test_data_protection_has_keys_of_its_own(run: Run) -> None:
    """Neither of a district nor of an agency."""
    assert run("user", "add", "ines", "--role", "data-protection").status == 0
    assert run("user", "add", "ines", "--role", "data-protection", "--district", "holmshire").status == 2
