"""What families see and do."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.database import Database
from tellusonce.persistence.family_access import StoredAccess
from tellusonce.services.family_access import FamilyAccess
from tellusonce.services.family_link import FamilyLinks, link_key
from tellusonce.settings import Settings


class Family:
    """The use cases of the family's pages. `now` gives the aware time."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        master_secret: Callable[[], bytes],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._master_secret = master_secret
        self._now = now

    @cached_property
    def links(self) -> FamilyLinks:
        """Links to a report's page. Raises SecretUnusable."""
        return FamilyLinks(link_key(self._master_secret()), self._now, self._settings.family_link_days)

    @cached_property
    def access(self) -> FamilyAccess:
        """Coming to a report's page. Raises SecretUnusable."""
        settings = self._settings
        store = StoredAccess(self._database, settings.family_tries, settings.family_pause_seconds)
        return FamilyAccess(store, self.links, LIFE_EVENTS, settings.sweep_limit)
