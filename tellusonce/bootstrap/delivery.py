"""What agencies are told and how it reaches them: pushed, pulled, by file, by e-mail, in an inbox."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from tellusonce.bootstrap.channels import Channels
from tellusonce.channels.returned_mail import ReturnedMail
from tellusonce.domain.agency import Agency
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.retry import RetrySchedule
from tellusonce.persistence.batch_files import AcknowledgementFiles
from tellusonce.persistence.breakers import LaneControl
from tellusonce.persistence.database import Database
from tellusonce.persistence.inbox import StoredInbox
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.leases import StoredLeases
from tellusonce.persistence.lost_claims import LostClaims
from tellusonce.persistence.replays import Replays
from tellusonce.rendering.message import MessageRenderer
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.acknowledgement_files import CollectAcknowledgements
from tellusonce.services.bounces import Bounces
from tellusonce.services.clean_places import CleanPlaces
from tellusonce.services.deliver import Deliver
from tellusonce.services.inbox import Inbox
from tellusonce.services.leases import Leases
from tellusonce.settings import Settings


class Delivery:
    """The use cases over agencies' lanes. `claimed_by` is as in Service; `now` gives the aware time."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        agencies: Mapping[str, Agency],
        acknowledge: Acknowledge,
        signing_secrets: Callable[[str], Sequence[str]],
        public_url: str,
        now: Callable[[], datetime],
        claimed_by: int | None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._agencies = agencies
        self._acknowledge = acknowledge.acknowledge
        self._signing_secrets = signing_secrets
        self._public_url = public_url
        self._now = now
        self._claimed_by = claimed_by

    @cached_property
    def deliver(self) -> Deliver:
        """Emptying agencies' lanes."""
        settings = self._settings
        return Deliver(
            lane=self.lanes,
            outbox=self.channels.outbox,
            acknowledge=self._acknowledge,
            render=self._messages.render,
            retry=RetrySchedule(settings.retry_delays_seconds, timedelta(days=settings.give_up_after_days)),
            now=self._now,
            lost_attempts_limit=settings.lost_attempts_limit,
        )

    def empty_lane(self, agency: str, stop: Callable[[], bool]) -> None:
        """Send what is due for an agency that workers attend, as long as its channel takes it."""
        if self.channels.is_attended(agency):
            self.deliver.deliver(agency, lambda: stop() or not self.channels.is_attended(agency))

    @cached_property
    def channels(self) -> Channels:
        """How agencies are reached."""
        return Channels(
            self._settings, self._database, self._agencies, self._signing_secrets, self._public_url, self._now
        )

    @cached_property
    def collect_acknowledgements(self) -> CollectAcknowledgements:
        """Reading acknowledgement files."""
        return CollectAcknowledgements(
            reach=self.channels.reach_place,
            acknowledge=self._acknowledge,
            store=AcknowledgementFiles(self._database),
            file_limit_bytes=self._settings.acknowledgement_file_limit_bytes,
        )

    @cached_property
    def clean_places(self) -> CleanPlaces:
        """Taking old batch files away."""
        return CleanPlaces(self.channels.reach_place, self._settings.batch_files_days, self._now)

    @cached_property
    def lanes(self) -> Lanes:
        """The agencies' lanes."""
        settings = self._settings
        breaker = CircuitBreaker(
            open_seconds=settings.breaker_open_seconds, open_limit_seconds=settings.breaker_open_limit_seconds
        )
        return Lanes(self._database, breaker, self._claimed_by)

    @cached_property
    def lost_claims(self) -> LostClaims:
        """What dead processes had claimed."""
        return LostClaims(self._database)

    @cached_property
    def lane_control(self) -> LaneControl:
        """Pausing and resuming lanes."""
        return LaneControl(self._database)

    @cached_property
    def replays(self) -> Replays:
        """Sending again what an agency lost."""
        return Replays(self._database)

    @cached_property
    def leases(self) -> Leases:
        """Agencies that pull."""
        return Leases(
            lane=self.lanes,
            store=StoredLeases(self._database),
            render=self._messages.render,
            lost_attempts_limit=self._settings.lost_attempts_limit,
            limit_bytes=self._settings.lease_limit_bytes,
        )

    @cached_property
    def inbox(self) -> Inbox:
        """Agencies that open what they are told."""
        return Inbox(StoredInbox(self._database), self._messages.render, self._acknowledge, self._now)

    @cached_property
    def bounces(self) -> Bounces:
        """E-mails that come back."""
        maildir = self._settings.bounces_dir
        return Bounces(self.lanes, ReturnedMail(maildir) if maildir else None, self._settings.sweep_limit)

    def close(self) -> None:
        """Drop the connections to agencies."""
        if "channels" in vars(self):
            self.channels.close()

    @cached_property
    def _messages(self) -> MessageRenderer:
        return MessageRenderer(self._agencies, self._public_url, self._now)
