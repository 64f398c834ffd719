"""What registrars' pages do, wired."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property

from tellusonce.domain.agency import Agency
from tellusonce.domain.revision import Reason
from tellusonce.life_events.bereavement import BEREAVEMENT
from tellusonce.life_events.bereavement_form import BEREAVEMENT_FORM
from tellusonce.persistence.database import Database
from tellusonce.persistence.district_reports import DistrictReports
from tellusonce.persistence.drafts import StoredDrafts
from tellusonce.persistence.duplicates import StoredDuplicates
from tellusonce.persistence.withdrawal_requests import StoredWithdrawalRequests
from tellusonce.services.benefit_names import benefit_groups
from tellusonce.services.drafts import Drafts
from tellusonce.services.duplicates import FindDuplicates
from tellusonce.services.register import IdempotencyKey, Register
from tellusonce.services.report_form import ReportForm
from tellusonce.services.revise import Request, Revise
from tellusonce.services.send_draft import SendDraft
from tellusonce.services.withdrawal_requests import WithdrawalRequests
from tellusonce.settings import Settings


class Registrar:
    """The use cases of registrars. `now` gives the aware time."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        agencies: Mapping[str, Agency],
        register: Callable[[], Register],
        revise: Callable[[], Revise],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._agencies = agencies
        self._register = register
        self._revise = revise
        self._now = now

    @cached_property
    def drafts(self) -> Drafts:
        """Keeping what was typed."""
        settings = self._settings
        return Drafts(
            StoredDrafts(self._database),
            days=settings.draft_days,
            limit=settings.drafts_limit,
            sweep_limit=settings.sweep_limit,
        )

    @cached_property
    def report_form(self) -> ReportForm:
        """The pages by which a death is reported."""
        councils = {
            agency.service.authority.code: agency.service.authority.name
            for agency in self._agencies.values()
            if agency.service is not None
        }
        return ReportForm(
            BEREAVEMENT_FORM,
            BEREAVEMENT,
            groups=benefit_groups(self._agencies.values()),
            councils=dict(sorted(councils.items(), key=lambda each: each[1])),
            now=self._now,
        )

    @cached_property
    def find_duplicates(self) -> FindDuplicates:
        """Looking for reports of the same person."""
        return FindDuplicates(StoredDuplicates(self._database))

    @cached_property
    def send_draft(self) -> SendDraft:
        """Sending drafts, each once."""
        return SendDraft(self.drafts, self.report_form, self._register(), self._revise(), self.find_duplicates)

    @cached_property
    def district_reports(self) -> DistrictReports:
        """What registrars see of their district."""
        return DistrictReports(self._database)

    @cached_property
    def withdrawal_requests(self) -> WithdrawalRequests:
        """Withdrawing by two people."""
        hours = self._settings.withdrawal_left_over_hours
        return WithdrawalRequests(StoredWithdrawalRequests(self._database, left_over_hours=hours), self._withdraw)

    def _withdraw(
        self, reference: str, reason: Reason, actor: str, district: str, version: int, key: IdempotencyKey
    ) -> object:
        return self._revise().withdraw(Request(reference, reason, actor, district, version, key))
