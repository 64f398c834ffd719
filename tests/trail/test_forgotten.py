"""A report's facts are destroyed, and its trail still proves what was disclosed (issue 5)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.trail_receipt import read_trail_receipt
from tellusonce.persistence.checkpoint_key import PublicKeys
from tellusonce.persistence.held import Held
from tellusonce.persistence.revisions import Revisions
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.register import NewReport
from tests.forgetting import days_pass, forget
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, an_acknowledgement, query, stored_facts
from tests.trail.stored import a_service, as_superuser, flaws, sealed_reports


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = a_service(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def report(service: Service) -> NewReport:
    """One of which two agencies were told and have acted, and whose time for keeping is over."""
    (report,) = sealed_reports(service, 1)
    for each in report.notifications:
        service.acknowledge.acknowledge(each.planned.agency, [an_acknowledgement(each.id, Outcome.ACTIONED)])
    service.trail.seal.run()
    days_pass(service.database, 365)
    return report


def _disclosures(service: Service, receipt: bytes) -> set[tuple[str, str]]:
    found = read_trail_receipt(receipt, PublicKeys([service.trail.checkpoint_key.public]))
    return {(each["agency"], each["notification_id"]) for each in found.entries if each["action"] == "delivered"}


def _receipt(service: Service, report: NewReport) -> bytes:
    given = service.trail.receipts.receipt(report.reference, None)
    assert given is not None
    return given


def test_a_forgotten_reports_trail_still_proves_who_was_told(service: Service, report: NewReport) -> None:
    """It verifies against what was published before; receipts of before and after prove the same disclosures."""
    told = {(each.planned.agency, str(each.id)) for each in report.notifications}
    earlier = _receipt(service, report)
    assert forget(service.database) == 1
    service.trail.seal.run()
    assert flaws(service, published=True) == []
    later = _receipt(service, report)
    assert _disclosures(service, earlier) == _disclosures(service, later) == told
    entries = read_trail_receipt(later, PublicKeys([service.trail.checkpoint_key.public])).entries
    assert entries[-1]["action"] == "shredded"
    assert {agency for agency, _ in told} == {STATE_PENSION, COUNCIL_TAX}


def test_its_facts_cannot_be_read(service: Service, report: NewReport) -> None:
    """They could be until then; now neither they nor their key are there."""
    assert stored_facts(service.database) == [report.facts]
    forget(service.database)
    assert query(service.database, "SELECT facts FROM report_version") == [(None,)]
    assert query(service.database, "SELECT wrapped_key, master_key FROM report") == [(None, None)]
    with pytest.raises(FactsDestroyed):
        Revisions(service.database).revise(report.reference, None, lambda _: pytest.fail("read"), None, dry_run=True)
    with pytest.raises(FactsDestroyed):
        Held(service.database).latest(report.reference, None)


def test_facts_that_are_back_after_they_were_destroyed_are_found(service: Service, report: NewReport) -> None:
    """As after a backup was put back in part: the trail says that they are destroyed."""
    as_superuser(service.database, "CREATE TABLE kept AS SELECT facts FROM report_version")
    forget(service.database)
    assert flaws(service) == []
    as_superuser(service.database, "UPDATE report_version SET facts = kept.facts FROM kept")
    (flaw,) = flaws(service)
    assert (flaw.reference, flaw.what.partition(":")[0]) == (report.reference, "the version 1 was changed")
