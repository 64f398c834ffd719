"""The only place that wires: from settings to use cases. Nothing is built at import."""

import atexit
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from tellusonce.agreements.bank_holidays import bank_holidays
from tellusonce.agreements.loading import load_agencies
from tellusonce.channels.push import PushChannel, PushLimits, PushOutbox
from tellusonce.channels.signing import signing_secret
from tellusonce.domain.agency import Agency
from tellusonce.domain.retry import RetrySchedule
from tellusonce.embedded import EmbeddedServer, start_postgres, start_valkey
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.api_keys import StoredKeys
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_ups import FollowUps
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.master_secret import master_secret
from tellusonce.persistence.reading import Reading
from tellusonce.persistence.reports import Reports
from tellusonce.persistence.sweeps import Sweeps
from tellusonce.rendering.message import MessageRenderer
from tellusonce.rendering.pages import Pages
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.api_keys import ApiKeys
from tellusonce.services.deliver import Deliver
from tellusonce.services.doorbell import Doorbell
from tellusonce.services.overdue import Overdue
from tellusonce.services.register import Register
from tellusonce.services.sweep import Sweep
from tellusonce.settings import Settings

# A push may start until this part of its lease is over, and is bounded so that it ends within the rest.
_SEND_WITHIN_LEASE = 2 / 3


@dataclass(frozen=True)
class Servers:
    """Where PostgreSQL and the broker are."""

    database_url: str
    broker_url: str


def servers(settings: Settings) -> Servers:
    """Those that the settings name; embedded ones, found or started, where they name none.

    To be called from the main thread: embedded servers end with the thread that started them. Raises
    EmbeddedServerError.
    """
    return Servers(
        settings.database_url or _embedded(start_postgres, settings),
        settings.broker_url or _embedded(start_valkey, settings),
    )


def _embedded(start: Callable[[Path], EmbeddedServer], settings: Settings) -> str:
    server = start(settings.data_dir)
    atexit.register(server.stop)
    return server.url


class Service:
    """The use cases over one database. Parts are made when first asked for, in the process that asks."""

    def __init__(self, settings: Settings, database_url: str, doorbell: Doorbell) -> None:
        self.settings = settings
        self.database = Database(database_url, settings)
        self.doorbell = doorbell

    @cached_property
    def agencies(self) -> Mapping[str, Agency]:
        """Those configured, by code. Raises ConfigurationRefused."""
        return load_agencies(self.settings.config_dir, LIFE_EVENTS)

    @cached_property
    def register(self) -> Register:
        """Registering reports."""
        return Register(
            life_events=LIFE_EVENTS,
            agencies=self.agencies,
            holidays=bank_holidays(),
            store=Reports(self.database),
            doorbell=self.doorbell,
            now=_now,
        )

    @cached_property
    def acknowledge(self) -> Acknowledge:
        """Taking agencies' words."""
        return Acknowledge(Acknowledgements(self.database))

    @cached_property
    def deliver(self) -> Deliver:
        """Emptying agencies' lanes."""
        settings = self.settings
        return Deliver(
            lane=Lanes(self.database, "push"),
            outbox=self._outbox,
            acknowledge=self.acknowledge.acknowledge,
            render=MessageRenderer(self.agencies, self.public_url).render,
            retry=RetrySchedule(settings.retry_delays_seconds, timedelta(days=settings.give_up_after_days)),
            now=_now,
            claim_limit=settings.claim_limit,
            lease_seconds=settings.push_lease_seconds,
            lost_attempts_limit=settings.lost_attempts_limit,
        )

    @cached_property
    def sweep(self) -> Sweep:
        """Ringing for what is due."""
        return Sweep(self.sweeps, self.doorbell, self.agencies)

    @cached_property
    def sweeps(self) -> Sweeps:
        """When sweeps ran."""
        return Sweeps(self.database)

    @cached_property
    def reading(self) -> Reading:
        """The read side."""
        return Reading(self.database)

    @cached_property
    def pages(self) -> Pages:
        """The pages' templates."""
        return Pages(self.settings.templates_dir)

    @cached_property
    def overdue(self) -> Overdue:
        """Opening follow-ups for passed deadlines."""
        return Overdue(FollowUps(self.database), _now, self.settings.sweep_limit)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """Issuing and knowing API keys."""
        return ApiKeys(StoredKeys(self.database))

    @cached_property
    def public_url(self) -> str:
        """This service's address, without a slash at its end."""
        return str(self.settings.public_url).rstrip("/")

    def close(self) -> None:
        """Ring what still waits and give the connections back."""
        self.doorbell.close()
        if "_push" in vars(self):
            self._push.close()
        self.database.close()

    def signing_secret(self, agency: str) -> str:
        """The secret by which pushes to this agency are signed. Raises SecretUnusable."""
        return signing_secret(self._master_secret, agency)

    def push_url(self, agency: str) -> str:
        """Where this environment reaches the agency."""
        return str(self.settings.push_urls.get(agency) or self.agencies[agency].channel.url)

    @cached_property
    def _master_secret(self) -> bytes:
        return master_secret(self.settings.secret_key_path)

    @cached_property
    def _push(self) -> PushChannel:
        settings = self.settings
        return PushChannel(
            PushLimits(
                connect_seconds=settings.push_connect_seconds,
                total_seconds=settings.push_total_seconds,
                reply_limit_bytes=settings.push_reply_limit_bytes,
                sends_at_once=settings.sends_at_once,
                send_within_seconds=settings.push_lease_seconds * _SEND_WITHIN_LEASE,
            ),
            _now,
        )

    def _outbox(self, agency: str) -> PushOutbox:
        return self._push.outbox(self.push_url(agency), self.signing_secret(agency))


def _now() -> datetime:
    return datetime.now(UTC)
