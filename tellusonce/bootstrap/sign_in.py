"""Who signs in on pages, and for how long."""

from functools import cached_property

from tellusonce.persistence.accounts import StoredAccounts
from tellusonce.persistence.database import Database
from tellusonce.persistence.passwords import Argon2Passwords
from tellusonce.persistence.sessions import StoredSessions
from tellusonce.services.accounts import Accounts
from tellusonce.services.sessions import Sessions
from tellusonce.settings import Settings


class SignIn:
    """The parts, made when first asked for."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    @cached_property
    def accounts(self) -> Accounts:
        """People's accounts."""
        return Accounts(StoredAccounts(self._database), Argon2Passwords())

    @cached_property
    def sessions(self) -> Sessions:
        """People's sessions."""
        settings = self._settings
        return Sessions(StoredSessions(self._database, settings.session_idle_seconds, settings.session_seconds))
