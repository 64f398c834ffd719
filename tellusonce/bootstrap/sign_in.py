"""Who signs in on pages, and for how long."""

from functools import cached_property
from pathlib import Path

from tellusonce.identity.openid import OpenIdProvider
from tellusonce.persistence.accounts import StoredAccounts
from tellusonce.persistence.database import Database
from tellusonce.persistence.master_secret import SecretUnusable
from tellusonce.persistence.passwords import Argon2Passwords
from tellusonce.persistence.sessions import StoredSessions
from tellusonce.services.accounts import Accounts
from tellusonce.services.api_keys import Role
from tellusonce.services.provider_sign_in import GroupRole, ProviderSignIn
from tellusonce.services.sessions import Sessions
from tellusonce.settings import Settings

PROVIDER_RETURN = "/sign-in/provider/return"
"""Where the OpenID provider sends browsers back to, under the public address."""


class SignIn:
    """The parts, made when first asked for."""

    def __init__(self, settings: Settings, database: Database, public_url: str) -> None:
        self._settings = settings
        self._database = database
        self._public_url = public_url

    @cached_property
    def accounts(self) -> Accounts:
        """People's accounts."""
        return Accounts(StoredAccounts(self._database), Argon2Passwords())

    @cached_property
    def by_provider(self) -> ProviderSignIn | None:
        """Signing in by the OpenID provider, if there is one. Raises SecretUnusable."""
        settings = self._settings
        if not (settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret_file):
            return None
        provider = OpenIdProvider(
            settings.oidc_issuer,
            settings.oidc_client_id,
            _secret(settings.oidc_client_secret_file),
            f"{self._public_url}{PROVIDER_RETURN}",
            scope=settings.oidc_scope,
            groups_claim=settings.oidc_groups_claim,
            name_claim=settings.oidc_name_claim,
            wait_seconds=settings.oidc_wait_seconds,
        )
        roles = {
            group: GroupRole(Role(place.role), place.district, place.agency)
            for group, place in settings.oidc_groups.items()
        }
        return ProviderSignIn(provider, roles, StoredAccounts(self._database))

    @cached_property
    def sessions(self) -> Sessions:
        """People's sessions."""
        settings = self._settings
        return Sessions(StoredSessions(self._database, settings.session_idle_seconds, settings.session_seconds))


def _secret(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as failed:
        raise SecretUnusable(f"{path}: cannot be read ({type(failed).__name__})") from None
