"""`tellusonce agency`."""

from pathlib import Path

from tellusonce.bootstrap import Service
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.cli.conftest import Run


def test_agencies_are_listed_with_their_gateways(run: Run) -> None:
    """Each is in the JSON with its agreement; the table has a council's services once, with their councils."""
    listed = run("agency", "list", "--json").json
    assert {each["code"] for each in listed} >= {"dwp-state-pension", "holmshire-library", "wendmoor-library"}
    assert all(each["agreements"]["bereavement"]["gateway"]["name"] for each in listed if each["agreements"])
    table = run("agency", "list").output
    assert table.count("dwp-state-pension") == 1
    assert table.count("blue-badge") == 1
    assert "holmshire-library" not in table


def test_a_faulty_file_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    """Status 1 and `file:line: key: what would be right`."""
    folder = tmp_path / "config" / "agencies"
    folder.mkdir(parents=True)
    (folder / "lost.yaml").write_text("code: lost\nname: Lost\nbenefits: []\n")
    checked = run("agency", "check", str(folder.parent))
    assert checked.status == 1
    assert f"{folder}/lost.yaml:3: benefits" in checked.errors


def test_a_right_configuration_has_no_complaints(run: Run) -> None:
    """Status 0, and how many agencies there are."""
    checked = run("agency", "check", "--json")
    assert (checked.status, checked.json["agencies"] > 30) == (0, True)


def test_a_new_key_takes_the_place_of_the_one_before(run: Run, database_url: str) -> None:
    """The agency is known by the second key and no longer by the first."""
    first = run("agency", "key", "holmshire-housing-benefit", "--json").json["api_key"]
    second = run("agency", "key", "holmshire-housing-benefit", "--json").json["api_key"]
    service = Service(Settings(), database_url, SilentDoorbell())
    principal = service.api_keys.principal(second)
    assert principal is not None
    assert principal.agency == "holmshire-housing-benefit"
    assert service.api_keys.principal(first) is None
    service.close()


def test_an_unknown_agency_ends_with_status_4(run: Run) -> None:
    """The message says where the agencies stand that there are."""
    missed = run("agency", "key", "nobody")
    assert missed.status == 4
    assert "agency list" in missed.errors
