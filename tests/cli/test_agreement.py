"""`tellusonce agreement`, and taking a consent back."""

import json
from pathlib import Path

import pytest

from tests.builders import a_submission
from tests.cli.conftest import Run

CONFIG = Path(__file__).parents[2] / "config"
SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
TAX = (CONFIG / "agencies" / "hmrc-tax.yaml").read_text(encoding="utf-8")


def test_agreements_are_listed_with_where_they_stand(run: Run) -> None:
    """Each is listed once, councils' services together."""
    listed = run("agreement", "list", "--json").json
    assert {each["stands"] for each in listed} <= {"in-force", "review-due"}
    (library,) = [each for each in listed if each["agency"] == "COUNCIL-library"]
    assert len(library["agencies"]) > 1
    assert "hmrc-tax" in run("agreement", "list").output


def test_a_text_is_shown_as_it_was_when_something_was_told(run: Run, submission_file: Path) -> None:
    """After a report the version that its notifications name can be shown, the same as the one in force."""
    told = run("report", "submit", str(submission_file), "--json").json["notifications"][0]
    shown = run("agreement", "show", told["agency"], "--version", told["agreement_version"])
    assert shown.status == 0
    assert shown.output == run("agreement", "show", told["agency"]).output
    assert f"version: '{told['agreement_version']}'" in shown.output
    assert run("agreement", "show", told["agency"], "--version", "99.0").status == 4
    assert run("agreement", "show", "nobody").status == 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Will be told", "Nobody's permission is needed.", "The family can tell it themselves."]),
        ("cy", ["Dywedir wrth", "Nid oes angen caniatâd neb.", "Gall y teulu ddweud wrthi eu hunain."]),
    ],
)
def test_a_plan_explains_itself_in_both_languages(run: Run, tmp_path: Path, language: str, words: list[str]) -> None:
    """Who is told what and why, who is not, and what the family can do; nothing is stored."""
    report = tmp_path / "report.json"
    report.write_text(json.dumps(a_submission(permission=False)))
    explained = run("agreement", "explain", "--report", str(report), "--language", language)
    assert explained.status == 0
    assert all(each in explained.output for each in words)
    assert "Holloway" not in explained.output
    assert run("outstanding", "--json").json == []


def test_what_if_prints_who_would_hear_otherwise(run: Run, tmp_path: Path) -> None:
    """On the samples: an agency with the fields that it would newly get, and how often; others are not mentioned."""
    change = tmp_path / "hmrc-tax.yaml"
    change.write_text(TAX.replace("consent: permission-of-informant", "consent: statutory"))
    said = run("agreement", "what-if", "--change", str(change), "--samples", str(SAMPLES / "reports.jsonl"))
    assert said.status == 0
    assert "HM Revenue and Customs: Income Tax\n  would newly get, of the deceased: address lines (" in said.output
    assert "State Pension" not in said.output
    same = run("agreement", "what-if", "--change", str(CONFIG), "--samples", str(SAMPLES / "reports.jsonl"))
    assert same.output == "14 reports: no agency would be told otherwise.\n"


def test_the_change_that_ships_is_one(run: Run) -> None:
    """The repository's own changed agreements, over its own samples."""
    options = ("--change", str(SAMPLES / "changed"), "--samples", str(SAMPLES / "reports.jsonl"), "--json")
    compared = run("agreement", "what-if", *options).json
    changes = {each["agency"]: each for each in compared["agencies"]}
    assert changes.keys() == {"hmrc-tax", "dwp-attendance-allowance"}
    assert changes["hmrc-tax"]["newly_told"] > 0
    assert changes["hmrc-tax"]["fields_newly"]["partner.family_name"] > 0
    assert changes["dwp-attendance-allowance"]["told_after"] == 0


def test_what_if_goes_over_stored_reports(run: Run, tmp_path: Path, submission_file: Path) -> None:
    """Where no samples are given, the reports in the database are planned again."""
    run("report", "submit", str(submission_file))
    (tmp_path / "changed" / "agencies").mkdir(parents=True)
    pension = (CONFIG / "agencies" / "dwp-state-pension.yaml").read_text(encoding="utf-8")
    ended = pension.replace("    review_on:", "    ends_on: 2025-12-31\n    review_on:")
    (tmp_path / "changed" / "agencies" / "dwp-state-pension.yaml").write_text(ended)
    compared = run("agreement", "what-if", "--change", str(tmp_path / "changed"), "--json").json
    assert compared["reports"] == 1
    assert [(each["agency"], each["no_longer_told"]) for each in compared["agencies"]] == [("dwp-state-pension", 1)]
    assert compared["agencies"][0]["refused_newly"] == {"agreement-ended": 1}
    said = run("agreement", "what-if", "--change", str(tmp_path / "changed")).output
    assert "would be refused (1): The agreement with this agency has ended." in said


def test_a_sample_that_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    """With its file, its line and the field."""
    samples = tmp_path / "samples.jsonl"
    samples.write_text(f"{json.dumps(a_submission())}\n{json.dumps(a_submission(benefits=['free-lunch']))}\n")
    refused = run("agreement", "what-if", "--change", str(CONFIG), "--samples", str(samples))
    assert refused.status == 3
    assert f"{samples}:2: /benefits/0: " in refused.errors


def test_a_consent_is_withdrawn(run: Run, submission_file: Path) -> None:
    """What waits on its strength is not sent; the trail says who withdrew what, and the law's part waits on."""
    reference = run("report", "submit", str(submission_file), "--json").json["reference"]
    options = ("report", "withdraw-consent", reference, "--recorded", "telephone")
    dry = run(*options, "--dry-run", "--json")
    done = run(*options, "--agency", "holmshire-housing-benefit", "--json")
    assert dry.status == done.status == 0
    assert [each["agency"] for each in done.json["superseded"]] == ["holmshire-housing-benefit"]
    states = {
        each["agency"]: each["state"] for each in run("report", "show", reference, "--json").json["notifications"]
    }
    assert states["holmshire-housing-benefit"] == "superseded"
    assert states["dwp-state-pension"] == "queued"
    assert "consent-withdrawn" in run("trail", "show", reference).output
    assert run("report", "withdraw-consent", reference, "--recorded", "with-report").status == 2
    assert run(*options, "--agency", "nobody").status == 3
