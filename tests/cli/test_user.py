"""`tellusonce user`."""

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.cli.conftest import Run

INES = Principal("ines", Role.REGISTRAR, district="holmshire")


def test_a_registrar_is_known_by_the_key_that_was_issued(run: Run, database_url: str) -> None:
    """With the role and the district given."""
    key = run("user", "add", "ines", "--role", "registrar", "--district", "holmshire", "--json").json["api_key"]
    service = Service(Settings(), database_url, SilentDoorbell())
    assert service.api_keys.principal(key) == Principal("ines", Role.REGISTRAR, district="holmshire")
    service.close()


def test_a_person_of_an_agency_is_known_by_name(run: Run, database_url: str) -> None:
    """The trail names the agency and the person."""
    options = ("--role", "agency", "--agency", "dwp-state-pension", "--json")
    key = run("user", "add", "priya", *options).json["api_key"]
    service = Service(Settings(), database_url, SilentDoorbell())
    principal = service.api_keys.principal(key)
    assert principal == Principal("priya", Role.AGENCY, agency="dwp-state-pension")
    assert principal.actor == "agency:dwp-state-pension/priya"
    service.close()


def test_an_agency_belongs_to_its_people_alone(run: Run) -> None:
    """A person without one, staff with one, and the name of the agency's own key are wrong usage."""
    of_agency = ("--role", "agency", "--agency", "dwp-state-pension")
    assert run("user", "add", "priya", "--role", "agency").status == 2
    assert run("user", "add", "sam", "--role", "staff", "--agency", "dwp-state-pension").status == 2
    assert run("user", "add", "agency key", *of_agency).status == 2


def test_an_agency_must_be_configured(run: Run) -> None:
    """Nobody gets a key for one that is not there."""
    assert run("user", "add", "priya", "--role", "agency", "--agency", "dwp-state-pensoin").status == 4


def test_a_district_belongs_to_registrars_alone(run: Run) -> None:
    """A registrar without one, and staff with one, are wrong usage."""
    assert run("user", "add", "ines", "--role", "registrar").status == 2
    assert run("user", "add", "sam", "--role", "staff", "--district", "holmshire").status == 2


def test_who_is_added_can_sign_in_on_pages(run: Run, database_url: str) -> None:
    """With a password that is shown once, beside the API key, which stands alone on standard output."""
    said = run("user", "add", "ines", "--role", "registrar", "--district", "holmshire")
    service = Service(Settings(), database_url, SilentDoorbell())
    assert service.api_keys.principal(said.output.strip()) == INES
    password = said.errors.strip().rpartition(" ")[2]
    account = service.sign_in.accounts.sign_in("ines", password)
    assert account
    assert account.principal == INES
    service.close()


def test_adding_again_keeps_the_account(run: Run, database_url: str) -> None:
    """A further key, of the same role or of another, leaves who signs in as they are."""
    options = ("--role", "registrar", "--district", "holmshire", "--json")
    password = run("user", "add", "ines", *options).json["password"]
    assert run("user", "add", "ines", *options).json["password"] is None
    assert run("user", "add", "ines", "--role", "staff", "--json").json["password"] is None
    service = Service(Settings(), database_url, SilentDoorbell())
    account = service.sign_in.accounts.sign_in("ines", password)
    assert account
    assert account.principal == INES
    service.close()


def test_accounts_are_listed_changed_and_removed(run: Run, database_url: str) -> None:
    """A removed one can neither sign in nor call the API."""
    added = run("user", "add", "ines", "--role", "registrar", "--district", "holmshire", "--json").json
    assert run("user", "list", "--json").json == [
        {"name": "ines", "role": "registrar", "district": "holmshire", "agency": None, "signs_in": "by password"}
    ]
    changed = run("user", "password", "ines", "--json").json["password"]
    service = Service(Settings(), database_url, SilentDoorbell())
    accounts = service.sign_in.accounts
    assert (accounts.sign_in("ines", added["password"]), accounts.sign_in("ines", changed) is None) == (None, False)
    assert run("user", "remove", "ines", "--dry-run").status == 0
    assert service.api_keys.principal(added["api_key"]) == INES
    assert run("user", "remove", "ines").status == 0
    assert service.api_keys.principal(added["api_key"]) is None
    assert run("user", "list", "--json").json == []
    service.close()


def test_who_is_not_there_is_not_found(run: Run) -> None:
    """By `user password` and `user remove`."""
    assert run("user", "password", "nobody").status == 4
    assert run("user", "remove", "nobody").status == 4
