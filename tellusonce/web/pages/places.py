"""Where people of each role go: the navigation of every page, and the page after signing in, which is the first."""

from collections.abc import Sequence
from dataclasses import dataclass

from tellusonce.services.api_keys import Role
from tellusonce.web.pages.languages import to_translate


@dataclass(frozen=True)
class Place:
    """One page of the navigation. `name` is to be translated."""

    href: str
    name: str
    roles: frozenset[Role]


ACCOUNT = Place("/account", to_translate("Your account"), frozenset(Role))
REGISTRAR = Place("/registrar", to_translate("Reports"), frozenset({Role.REGISTRAR}))
FIND = Place("/registrar/find", to_translate("Find a report"), frozenset({Role.REGISTRAR}))
IMPORT = Place("/registrar/import", to_translate("Import a file"), frozenset({Role.REGISTRAR}))
# These pages speak English alone, and so do their names.
_STAFF = frozenset({Role.STAFF, Role.SUPERVISOR})
BOARD = Place("/board", "Board", _STAFF)
FOLLOW_UPS = Place("/follow-ups", "Follow-ups", _STAFF)
AGENCIES = Place("/agencies", "Agencies", _STAFF)
WITHDRAWALS = Place("/withdrawals", "Withdrawals", frozenset({Role.SUPERVISOR}))
FIGURES = Place("/figures", to_translate("Figures"), _STAFF | {Role.REGISTRAR, Role.DATA_PROTECTION})
INBOX = Place("/inbox", "Inbox", frozenset({Role.AGENCY}))
PLACES: tuple[Place, ...] = (REGISTRAR, FIND, IMPORT, BOARD, FOLLOW_UPS, AGENCIES, WITHDRAWALS, FIGURES, INBOX, ACCOUNT)


def places_of(role: Role) -> Sequence[Place]:
    """Those of a role, its start first."""
    return [place for place in PLACES if role in place.roles]
