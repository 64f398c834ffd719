"""A family's report, registered as a registrar does it, and agencies that answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Acknowledgement, Kind, Outcome
from tellusonce.life_events.validation import read_submission
from tellusonce.services.register import NewReport
from tests.builders import a_submission
from tests.persistence.stored import claim, delivered, record

STATE_PENSION = "dwp-state-pension"
DISABILITY_LIVING_ALLOWANCE = "dwp-disability-living-allowance"
COUNCIL_TAX = "holmshire-council-tax"
HOUSING_BENEFIT = "holmshire-housing-benefit"
FOUR = (DISABILITY_LIVING_ALLOWANCE, STATE_PENSION, COUNCIL_TAX, HOUSING_BENEFIT)
AT = datetime(2026, 3, 19, 14, 30, tzinfo=UTC)
REGISTRAR = "registrar:Glenys Rees"


@dataclass(frozen=True)
class Stage:
    """A service with one report."""

    service: Service
    report: NewReport

    @property
    def id(self) -> UUID:
        return self.report.id

    @property
    def reference(self) -> str:
        return self.report.reference

    def deliver(self, *agencies: str) -> None:
        """These, or all, have taken what they are told."""
        for agency in agencies or FOUR:
            if claimed := claim(self.service.database, agency):
                record(self.service.database, *(delivered(each) for each in claimed))

    def hear(self, agency: str, outcome: Outcome | None = None, note: str | None = None) -> None:
        """The agency says that it has the latest that it was told, or what it did."""
        ((notification,),) = self.rows(
            "SELECT id FROM notification WHERE agency = %s ORDER BY sequence DESC LIMIT 1", agency
        )
        kind = Kind.OUTCOME if outcome else Kind.RECEIPT
        word = Acknowledgement(notification=notification, kind=kind, outcome=outcome, note=note, at=AT)
        self.service.acknowledge.acknowledge(agency, [word])

    def rows(self, statement: str, *parameters: object) -> Sequence[tuple[Any, ...]]:
        """The rows that a statement gives."""
        with self.service.database.cursor() as cursor:
            cursor.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []


def a_stage(service: Service, **overrides: Any) -> Stage:
    """With the report of the road-accident family, registered by Glenys Rees; overrides as of `a_submission`."""
    read = read_submission(to_json(a_submission(**overrides)))
    return Stage(service, service.register.register(read, actor=REGISTRAR, district="holmshire"))
