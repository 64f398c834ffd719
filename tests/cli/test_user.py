"""`tellusonce user`."""

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.cli.conftest import Run


def test_a_registrar_is_known_by_the_key_that_was_issued(run: Run, database_url: str) -> None:
    """With the role and the district given."""
    key = run("user", "add", "ines", "--role", "registrar", "--district", "holmshire", "--json").json["api_key"]
    service = Service(Settings(), database_url, SilentDoorbell())
    assert service.api_keys.principal(key) == Principal("ines", Role.REGISTRAR, district="holmshire")
    service.close()


def test_a_district_belongs_to_registrars_alone(run: Run) -> None:
    """A registrar without one, and staff with one, are wrong usage."""
    assert run("user", "add", "ines", "--role", "registrar").status == 2
    assert run("user", "add", "sam", "--role", "staff", "--district", "holmshire").status == 2
