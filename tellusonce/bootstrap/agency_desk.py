"""What people do with an agency, and not with a report."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property

from tellusonce.agreements.bank_holidays import bank_holidays
from tellusonce.bootstrap.delivery import Delivery
from tellusonce.domain.agency import Agency
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.agency_acts import AgencyActs
from tellusonce.persistence.database import Database
from tellusonce.services.send_example import SendExample


class AgencyDesk:
    """The parts, made when first asked for."""

    def __init__(
        self, database: Database, agencies: Mapping[str, Agency], delivery: Delivery, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._agencies = agencies
        self._delivery = delivery
        self._now = now

    @cached_property
    def acts(self) -> AgencyActs:
        """What was done."""
        return AgencyActs(self._database)

    @cached_property
    def send_example(self) -> SendExample:
        """Trying an agency's channel."""
        return SendExample(
            agencies=self._agencies,
            life_events=LIFE_EVENTS,
            holidays=bank_holidays(),
            outbox=self._delivery.channels.example_outbox,
            render=self._delivery.messages.render_example,
            acts=self.acts,
            now=self._now,
        )
