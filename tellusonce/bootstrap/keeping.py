"""Facts as they are kept: found, forgotten, and encrypted under keys that change."""

from functools import cached_property

from tellusonce.persistence.blind_index import BlindIndex
from tellusonce.persistence.database import Database
from tellusonce.persistence.forgetting import Forgetting
from tellusonce.persistence.master_keys import LOOK_SECONDS
from tellusonce.persistence.wrapped_keys import WrappedKeys
from tellusonce.services.find_reports import FindReports
from tellusonce.services.forget import Forget
from tellusonce.services.keys import Keys
from tellusonce.settings import Settings


class Keeping:
    """The use cases over stored facts, of whatever life event and agency."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    @cached_property
    def find_reports(self) -> FindReports:
        """Finding reports by exact facts."""
        return FindReports(BlindIndex(self._database))

    @cached_property
    def forget(self) -> Forget:
        """Destroying facts whose time is over, and holding that up."""
        return Forget(Forgetting(self._database), self._settings.sweep_limit)

    @cached_property
    def keys(self) -> Keys:
        """Changing the master keys."""
        ring = self._database.encryption.master_keys
        return Keys(ring, WrappedKeys(self._database), self._settings.import_batch_reports, LOOK_SECONDS)
