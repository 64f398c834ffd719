"""What has to do with follow-ups."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property

from tellusonce.agreements.bank_holidays import bank_holidays
from tellusonce.agreements.escalation import load_escalation
from tellusonce.domain.agency import Agency
from tellusonce.persistence.board import BoardReading
from tellusonce.persistence.database import Database
from tellusonce.persistence.follow_up_moves import FollowUpMoves
from tellusonce.persistence.follow_up_reading import FollowUpReading
from tellusonce.persistence.follow_ups import FollowUps as StoredFollowUps
from tellusonce.persistence.sent_facts import SentFactsReading
from tellusonce.persistence.timelines import Timelines
from tellusonce.rendering.telephone_script import TelephoneScript
from tellusonce.services.escalate import Escalate
from tellusonce.services.follow_ups import FollowUps
from tellusonce.services.overdue import Overdue
from tellusonce.settings import Settings


class FollowingUp:
    """The use cases about follow-ups over one database."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        agencies: Callable[[], Mapping[str, Agency]],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._agencies = agencies
        self._now = now

    @cached_property
    def acts(self) -> FollowUps:
        """Seeing to follow-ups."""
        return FollowUps(
            FollowUpMoves(self._database), self._now, self._settings.snooze_limit_days, self._settings.sweep_limit
        )

    @cached_property
    def reading(self) -> FollowUpReading:
        """Follow-ups as staff read them."""
        return FollowUpReading(self._database)

    @cached_property
    def board(self) -> BoardReading:
        """What the board counts."""
        return BoardReading(self._database)

    @cached_property
    def timelines(self) -> Timelines:
        """Reports as staff follow them."""
        return Timelines(self._database)

    @cached_property
    def sent_facts(self) -> SentFactsReading:
        """What agencies were sent, for supervisors."""
        return SentFactsReading(self._database)

    @cached_property
    def telephone_script(self) -> TelephoneScript:
        """What to say to agencies' contacts."""
        return TelephoneScript(self._settings.templates_dir, self._agencies())

    @cached_property
    def overdue(self) -> Overdue:
        """Opening follow-ups for passed deadlines."""
        return Overdue(StoredFollowUps(self._database), self._now, self._settings.sweep_limit)

    @cached_property
    def escalate(self) -> Escalate:
        """Taking further what stays open. Raises ConfigurationRefused."""
        return Escalate(
            FollowUpMoves(self._database),
            load_escalation(self._settings.config_dir),
            self._agencies(),
            bank_holidays(),
            self._now,
            self._settings.sweep_limit,
        )

    def sweep(self) -> None:
        """Open what is overdue, and take further what stays open."""
        self.overdue.open_follow_ups()
        self.escalate.run()
