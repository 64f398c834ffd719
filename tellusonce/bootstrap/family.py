"""What families see and do."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property

from tellusonce.channels.family_post import FamilyPost
from tellusonce.domain.agency import Agency
from tellusonce.domain.entitlement import Entitlement
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.database import Database
from tellusonce.persistence.family_access import StoredAccess
from tellusonce.persistence.family_contacts import FamilyContacts
from tellusonce.persistence.family_questions import FamilyQuestionStore
from tellusonce.persistence.family_reading import FamilyReading
from tellusonce.persistence.held import Held
from tellusonce.rendering.family_notice import FamilyNoticeRenderer
from tellusonce.services.family_access import FamilyAccess
from tellusonce.services.family_consents import FamilyConsents
from tellusonce.services.family_help import FamilyHelp
from tellusonce.services.family_link import ContactLinks, FamilyLinks, link_key
from tellusonce.services.family_progress import FamilyProgress
from tellusonce.services.family_questions import FamilyQuestions
from tellusonce.services.family_trail import FamilyTrail
from tellusonce.services.family_wishes import FamilyMessage, FamilyWishes, TellFamilies
from tellusonce.services.withdraw_consent import Request
from tellusonce.settings import Settings

_TRIES_TO_SEND = 5  # they end on the same day, since the next one may have a message of its own


class Family:
    """The use cases of the family's pages. `now` gives the aware time."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        master_secret: Callable[[], bytes],
        agency_name: Callable[[str], str],
        entitlements: Callable[[], Mapping[str, tuple[Entitlement, ...]]],
        public_url: str,
        now: Callable[[], datetime],
        agencies: Callable[[], Mapping[str, Agency]],
        withdraw_consent: Callable[[Request], bytes],
    ) -> None:
        self._settings = settings
        self._database = database
        self._master_secret = master_secret
        self._agency_name = agency_name
        self._entitlements = entitlements
        self._public_url = public_url
        self._now = now
        self._agencies = agencies
        self._withdraw_consent = withdraw_consent

    @cached_property
    def links(self) -> FamilyLinks:
        """Links to a report's page. Raises SecretUnusable."""
        return FamilyLinks(self._link_key, self._now, self._settings.family_link_days)

    @cached_property
    def access(self) -> FamilyAccess:
        """Coming to a report's page. Raises SecretUnusable."""
        settings = self._settings
        store = StoredAccess(self._database, settings.family_tries, settings.family_pause_seconds)
        return FamilyAccess(store, self.links, LIFE_EVENTS, settings.sweep_limit)

    @cached_property
    def progress(self) -> FamilyProgress:
        """Where each agency stands."""
        return FamilyProgress(self.reading, self._agency_name)

    @cached_property
    def trail(self) -> FamilyTrail:
        """What happened to the data."""
        return FamilyTrail(self.reading, LIFE_EVENTS, self._agency_name)

    @cached_property
    def help(self) -> FamilyHelp:
        """What help can be claimed. Raises ConfigurationRefused."""
        return FamilyHelp(Held(self._database), self._entitlements(), LIFE_EVENTS, self._now)

    @cached_property
    def consents(self) -> FamilyConsents:
        """The informant's permission. Raises ConfigurationRefused."""
        return FamilyConsents(self.reading, self._agencies(), self._agency_name, self._withdraw_consent)

    @cached_property
    def questions(self) -> FamilyQuestions:
        """Questions and objections to staff."""
        return FamilyQuestions(FamilyQuestionStore(self._database), self._settings.family_questions)

    @cached_property
    def wishes(self) -> FamilyWishes:
        """What families wish to be told. Raises SecretUnusable."""
        return FamilyWishes(
            self._contacts, self._contact_links, self._post.ways, self._now, self._settings.family_contacts
        )

    @cached_property
    def tell(self) -> TellFamilies:
        """Telling them. Raises ConfigurationRefused, SecretUnusable."""
        settings = self._settings
        return TellFamilies(
            self._contacts,
            self._post,
            self.help.of,
            self._now,
            retry_delays_seconds=settings.retry_delays_seconds[:_TRIES_TO_SEND],
            lease_seconds=settings.email_lease_seconds,
            limit=settings.sweep_limit,
        )

    def sweep(self) -> None:
        """What is done from time to time."""
        self.access.forget_tries()
        self.tell.tell()

    @cached_property
    def reading(self) -> FamilyReading:
        """What families read."""
        return FamilyReading(self._database)

    @cached_property
    def _contacts(self) -> FamilyContacts:
        return FamilyContacts(self._database)

    @cached_property
    def _post(self) -> FamilyPost:
        notice = FamilyNoticeRenderer(self._settings.templates_dir, f"{self._public_url}/family", self._stop_url)
        return FamilyPost(self._settings, notice.render, self._stop_url, self._now)

    def _stop_url(self, message: FamilyMessage) -> str:
        return f"{self._public_url}{self._contact_links.path(message.contact)}"

    @cached_property
    def _contact_links(self) -> ContactLinks:
        return ContactLinks(self._link_key)

    @cached_property
    def _link_key(self) -> bytes:
        return link_key(self._master_secret())
