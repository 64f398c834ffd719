"""What `tellusonce serve` makes at its first start."""

from tellusonce.bootstrap import Service
from tellusonce.cli.serve import _first_accounts
from tellusonce.services.api_keys import Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings


def test_the_first_start_makes_three_accounts(database_url: str) -> None:
    """A registrar, staff and a supervisor can sign in with what is said once; a later start says nothing."""
    service = Service(Settings(), database_url, SilentDoorbell())
    made = _first_accounts(service)
    assert [principal.role for principal, _ in made] == [Role.REGISTRAR, Role.STAFF, Role.SUPERVISOR]
    for principal, password in made:
        account = service.sign_in.accounts.sign_in(principal.name, password)
        assert account
        assert account.principal == principal
    assert _first_accounts(service) == []
    service.close()
