"""Who may open these pages, and whose drafts and reports they then see."""

from typing import Annotated

from fastapi import Depends

from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.drafts import Owner
from tellusonce.web.access import SignedIn

START = "/registrar"
_signed_in = SignedIn(Role.REGISTRAR)


TheRegistrar = Annotated[Principal, Depends(_signed_in)]


def owner_of(principal: Principal) -> Owner:
    """The registrar as the owner of drafts."""
    assert principal.district is not None, "the database keeps no registrar without a district"
    return Owner(principal.district, principal.actor)
