"""`tellusonce agency check --live`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.simulation.running import SECRET, running_agency

AGENCY = "dwp-state-pension"


def test_right_endpoint_ends_with_status_0(run: Run) -> None:
    """Signed by the agency's own secret; a row for each trial."""
    secret = run("agency", "key", AGENCY, "--json").json["signing_secret"]
    with running_agency(secret=secret) as running:
        checked = run("agency", "check", "--live", AGENCY, "--url", f"http://{running.address}/", "--json")
    assert checked.status == 0
    assert checked.json["wrong"] == 0
    assert all(finding["holds"] for finding in checked.json["findings"])


def test_endpoint_with_another_secret_ends_with_status_1(run: Run) -> None:
    """What it did stands in the table beside what would be right."""
    with running_agency(secret=SECRET) as running:
        checked = run("agency", "check", "--live", AGENCY, "--url", f"http://{running.address}/")
    assert checked.status == 1
    assert "answered 401" in checked.output
    assert "answer 2xx" in checked.output


def test_secrets_of_a_change_are_both_used(run: Run) -> None:
    """An agency that still knows the older one alone is right."""
    secret = run("agency", "key", AGENCY, "--json").json["signing_secret"]
    run("agency", "key", AGENCY, "--rotate", "--json")
    with running_agency(secret=secret) as running:
        checked = run("agency", "check", "--live", AGENCY, "--url", f"http://{running.address}/", "--json")
    assert checked.json["wrong"] == 0


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--live", "nobody"), 4, "There is no agency nobody"),
        (("--live", "armed-forces-compensation"), 1, "is not pushed to"),
        (("--live", AGENCY, "--url", "nonsense"), 2, "--url"),
        (("--url", "http://127.0.0.1:9/"), 2, "--live"),
        ((str(Path(__file__).parent), "--live", AGENCY), 2, "--live"),
    ],
)
def test_what_cannot_be_tried_is_said(run: Run, arguments: tuple[str, ...], status: int, said: str) -> None:
    """With the status that belongs to it."""
    checked = run("agency", "check", *arguments)
    assert checked.status == status
    assert said in checked.errors


def test_private_address_is_refused_as_for_a_push(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that the operator has not named for the agency."""
    agencies = tmp_path / "config" / "agencies"
    agencies.mkdir(parents=True)
    shipped = Path(__file__).parents[2] / "config" / "agencies" / f"{AGENCY}.yaml"
    text = shipped.read_text(encoding="utf-8")
    address = "https://notifications.state-pension.example.org/"
    assert address in text
    (agencies / f"{AGENCY}.yaml").write_text(text.replace(address, "https://127.0.0.1/"), encoding="utf-8")
    monkeypatch.setenv("TELLUSONCE_CONFIG_DIR", str(tmp_path / "config"))
    checked = run("agency", "check", "--live", AGENCY)
    assert checked.status == 1
    assert "private" in checked.errors
