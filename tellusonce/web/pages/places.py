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
_STAFF = frozenset({Role.STAFF, Role.SUPERVISOR})
BOARD = Place("/board", to_translate("Board"), _STAFF)
FOLLOW_UPS = Place("/follow-ups", to_translate("Follow-ups"), _STAFF)
AGENCIES = Place("/agencies", to_translate("Agencies"), _STAFF)
INBOX = Place("/inbox", to_translate("Inbox"), frozenset({Role.AGENCY}))
PLACES: tuple[Place, ...] = (BOARD, FOLLOW_UPS, AGENCIES, INBOX, ACCOUNT)


def places_of(role: Role) -> Sequence[Place]:
    """Those of a role, its start first."""
    return [place for place in PLACES if role in place.roles]
