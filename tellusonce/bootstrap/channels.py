"""How agencies are reached: an outbox for each, by the channel that its configuration names."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property, partial

from tellusonce.channels.batch_file import BatchFileChannel
from tellusonce.channels.certificates import read_authorities
from tellusonce.channels.email import EmailOutbox
from tellusonce.channels.email_carriers import email_carrier
from tellusonce.channels.example_file import ExampleFileOutbox
from tellusonce.channels.inbox import InboxOutbox
from tellusonce.channels.places import Places
from tellusonce.channels.push import PushChannel
from tellusonce.channels.push_limits import PushLimits
from tellusonce.channels.push_targets import push_target, refused_targets
from tellusonce.channels.sftp import SftpLimits
from tellusonce.channels.targets import PushTarget
from tellusonce.domain.agency import Agency
from tellusonce.domain.channel import BatchFile, Email, Inbox, Pull, Push
from tellusonce.persistence.batch_files import BatchFiles
from tellusonce.persistence.database import Database
from tellusonce.rendering.batch_file import BatchFileRenderer
from tellusonce.rendering.notice import NoticeRenderer
from tellusonce.services.batch_files import BatchSchedule, Place
from tellusonce.services.deliver import Outbox
from tellusonce.services.notice import WriteNotice
from tellusonce.services.send_example import NothingToSend
from tellusonce.settings import Settings, WrongSetting

# A send may start until this part of its lease is over, and is bounded so that it ends within the rest.
_SEND_WITHIN_LEASE = 2 / 3


class Channels:
    """One process's channels. What they share, as connections, is made when first needed."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        agencies: Mapping[str, Agency],
        signing_secrets: Callable[[str], Sequence[str]],
        public_url: str,
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._agencies = agencies
        self._signing_secrets = signing_secrets
        self._public_url = public_url
        self._now = now
        self._batches = BatchFiles(database)
        self._schedule = BatchSchedule(agencies, self._batches)

    def is_attended(self, agency: str) -> bool:
        """Whether workers send to the agency now: one that pulls comes itself, and batch files have their time."""
        match self._agencies[agency].channel:
            case Pull():
                return False
            case Email() as channel:
                return self._can_carry(channel)
            case BatchFile():
                return self._schedule.is_due(agency)
        return True

    def outbox(self, agency: str) -> Outbox | None:
        """A fresh outbox; None for an agency to which workers do not send."""
        settings = self._settings
        match self._agencies[agency].channel:
            case Push():
                return self._push.outbox(self.push_target(agency), self._signing_secrets(agency))
            case BatchFile() as channel:
                render = partial(self._batch_renderer.render, self._agencies[agency], channel.layout)
                return self._batch_channel.outbox(agency, channel.layout, render, partial(self.reach_place, agency))
            case Email() as channel:
                return self._email_outbox(channel, self._notices.render)
            case Inbox():
                return InboxOutbox(claim_limit=settings.claim_limit, lease_seconds=settings.push_lease_seconds)
        return None

    def example_outbox(self, agency: str) -> Outbox:
        """One in which an example does no harm: no batch gets its number. Raises NothingToSend."""
        match self._agencies[agency].channel:
            case Push():
                return self._push.outbox(self.push_target(agency), self._signing_secrets(agency))
            case BatchFile() as channel:
                render = partial(self._batch_renderer.render, self._agencies[agency], channel.layout)
                return ExampleFileOutbox(agency, channel.layout, render, partial(self.reach_place, agency))
            case Email() as channel if self._can_carry(channel):
                return self._email_outbox(channel, self._notices.render_example)
            case Email():
                raise NothingToSend("The settings by which e-mail is sent are not complete.")
        raise NothingToSend("It comes for its notifications itself: nothing is sent to it.")

    def _email_outbox(self, channel: Email, write: WriteNotice) -> EmailOutbox:
        settings = self._settings
        return EmailOutbox(
            email_carrier(settings, channel, self._now),
            write,
            claim_limit=settings.claim_limit,
            lease_seconds=settings.email_lease_seconds,
            send_within_seconds=settings.email_lease_seconds * _SEND_WITHIN_LEASE,
        )

    @property
    def _notices(self) -> NoticeRenderer:
        return NoticeRenderer(self._settings.templates_dir, self._agencies, self._public_url)

    def push_target(self, agency: str) -> PushTarget:
        """Where and how this environment reaches an agency that is pushed to."""
        push = self._agencies[agency].channel
        assert isinstance(push, Push)
        return push_target(agency, push, self._settings.push_urls)

    @cached_property
    def by_file(self) -> list[str]:
        """The agencies that are reached by batch files."""
        return [code for code, agency in self._agencies.items() if isinstance(agency.channel, BatchFile)]

    def reach_place(self, agency: str) -> AbstractContextManager[Place]:
        """The folders of an agency that is reached by file. Raises PlaceUnreachable."""
        channel = self._agencies[agency].channel
        assert isinstance(channel, BatchFile)
        return self._places.reach(channel.place)

    def complaints(self) -> list[str]:
        """What would keep agencies from being reached, as far as it can be told without connecting to anything."""
        return refused_targets(self._agencies, self._settings.push_urls)

    def unattended_by_email(self) -> list[str]:
        """The agencies that wait for the settings by which e-mail is sent."""
        return [
            code
            for code, agency in self._agencies.items()
            if isinstance(agency.channel, Email) and not self._can_carry(agency.channel)
        ]

    def close(self) -> None:
        """Drop the connections."""
        if "_push" in vars(self):
            self._push.close()

    def _can_carry(self, channel: Email) -> bool:
        try:
            email_carrier(self._settings, channel, self._now)
        except WrongSetting:
            return False
        return True

    @cached_property
    def _push(self) -> PushChannel:
        settings = self._settings
        return PushChannel(
            PushLimits(
                connect_seconds=settings.push_connect_seconds,
                total_seconds=settings.push_total_seconds,
                reply_limit_bytes=settings.push_reply_limit_bytes,
                claim_limit=settings.claim_limit,
                lease_seconds=settings.push_lease_seconds,
                send_within_seconds=settings.push_lease_seconds * _SEND_WITHIN_LEASE,
            ),
            self._now,
            read_authorities(settings.push_ca_file) if settings.push_ca_file else (),
        )

    @cached_property
    def _places(self) -> Places:
        settings = self._settings
        limits = SftpLimits(settings.sftp_connect_seconds, settings.sftp_total_seconds)
        return Places(settings.data_dir / "files", limits)

    @cached_property
    def _batch_channel(self) -> BatchFileChannel:
        return BatchFileChannel(self._batches, self._now)

    @cached_property
    def _batch_renderer(self) -> BatchFileRenderer:
        return BatchFileRenderer(self._settings.templates_dir / "batch_files")
