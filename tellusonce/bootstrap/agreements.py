"""Agreements as they are and as they were."""

from collections.abc import Mapping
from functools import cached_property

from tellusonce.agreements.text import agreement_text
from tellusonce.bootstrap.planning import machines_clock
from tellusonce.domain.agency import Agency
from tellusonce.domain.working_days import uk_date
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.agreement_texts import AgreementTexts
from tellusonce.persistence.database import Database
from tellusonce.persistence.past_reports import StoredReports
from tellusonce.services.agreed import Agreed, to_review
from tellusonce.services.agreement_texts import KeepAgreements
from tellusonce.services.what_if import PastReports


class Agreements:
    """The use cases about agreements over one database."""

    def __init__(self, database: Database, agencies: Mapping[str, Agency]) -> None:
        self._database = database
        self._agencies = agencies

    def keep(self) -> None:
        """Keep the texts of those configured. Raises AgreementChanged."""
        KeepAgreements(self.texts, agreement_text).keep(self._agencies)

    @cached_property
    def texts(self) -> AgreementTexts:
        """The texts that are kept."""
        return AgreementTexts(self._database)

    @cached_property
    def past_reports(self) -> PastReports:
        """Reports to be planned again."""
        return StoredReports(self._database, LIFE_EVENTS)

    def to_review(self) -> list[Agreed]:
        """Those whose review is due."""
        return to_review(self._agencies.values(), uk_date(machines_clock()))
