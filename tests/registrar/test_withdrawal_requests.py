"""A report is withdrawn by two people of its district, never by one."""

import pytest

from tellusonce.bootstrap.registrar import Registrar
from tellusonce.domain.revision import WithdrawalReason
from tellusonce.persistence.accounts import StoredAccounts
from tellusonce.persistence.database import Database
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.drafts import Draft
from tellusonce.services.versions import NoSuchReport, ReportWithdrawn
from tellusonce.services.withdrawal_requests import AlreadyAsked, NoSuchRequest, SamePerson
from tests.persistence.stored import query
from tests.registrar.conftest import SIAN

_TOM = "registrar:Tom Reed"
_RUTH = "supervisor:Ruth Vale"


@pytest.fixture
def reference(registrar: Registrar, filled: Draft) -> str:
    """A report of Siân's."""
    return registrar.send_draft.send(filled.id, SIAN)


def ask(registrar: Registrar, reference: str, district: str = "holmshire") -> None:
    registrar.withdrawal_requests.ask(reference, 1, WithdrawalReason.PERSON_ALIVE, actor=SIAN.actor, district=district)


def actions(database: Database) -> list[tuple[str, str]]:
    return query(database, "SELECT action, actor FROM trail WHERE starts_with(action, 'withdraw') ORDER BY id")


def test_a_second_person_confirms_and_the_report_is_withdrawn(
    database: Database, registrar: Registrar, reference: str
) -> None:
    ask(registrar, reference)
    (request,) = registrar.withdrawal_requests.open("holmshire", 10)
    assert (request.reference, request.reason, request.asked_by) == (reference, "person-alive", SIAN.actor)
    registrar.withdrawal_requests.confirm(reference, actor=_TOM, district="holmshire")
    assert query(database, "SELECT kind, registered_by FROM report_version WHERE version = 2") == [("withdrawal", _TOM)]
    assert actions(database) == [("withdrawal-asked", SIAN.actor), ("withdrawn", _TOM)]
    assert registrar.withdrawal_requests.open("holmshire", 10) == []


def test_who_asked_cannot_decide(database: Database, registrar: Registrar, reference: str) -> None:
    ask(registrar, reference)
    for decide in (registrar.withdrawal_requests.confirm, registrar.withdrawal_requests.refuse):
        with pytest.raises(SamePerson):
            decide(reference, actor=SIAN.actor, district="holmshire")
    assert query(database, "SELECT count(*) FROM report_version") == [(1,)]


def test_a_second_person_refuses_and_the_report_stays(database: Database, registrar: Registrar, reference: str) -> None:
    """Then it can be asked for again."""
    ask(registrar, reference)
    registrar.withdrawal_requests.refuse(reference, actor=_TOM, district="holmshire")
    assert actions(database) == [("withdrawal-asked", SIAN.actor), ("withdrawal-refused", _TOM)]
    ask(registrar, reference)


def test_nobody_of_another_district_asks_or_decides(registrar: Registrar, reference: str) -> None:
    with pytest.raises(NoSuchReport):
        ask(registrar, reference, "wendmoor")
    ask(registrar, reference)
    with pytest.raises(NoSuchRequest):
        registrar.withdrawal_requests.confirm(reference, actor=_TOM, district="wendmoor")


def test_a_supervisor_decides_where_the_district_has_nobody_else(
    database: Database, registrar: Registrar, reference: str
) -> None:
    """As soon as it is asked for; the trail and the version bear the supervisor's name."""
    StoredAccounts(database).add(Principal("Siân Pryce", Role.REGISTRAR, "holmshire", None), "")
    ask(registrar, reference)
    assert [each.reference for each in registrar.withdrawal_requests.left_over(10)] == [reference]
    registrar.withdrawal_requests.confirm(reference, actor=_RUTH, district=None)
    assert query(database, "SELECT kind, registered_by FROM report_version WHERE version = 2") == [
        ("withdrawal", _RUTH)
    ]
    assert registrar.withdrawal_requests.left_over(10) == []


def test_a_supervisor_waits_for_the_districts_second_registrar_for_a_day(
    database: Database, registrar: Registrar, reference: str
) -> None:
    StoredAccounts(database).add(Principal("Tom Reed", Role.REGISTRAR, "holmshire", None), "")
    ask(registrar, reference)
    with pytest.raises(NoSuchRequest):
        registrar.withdrawal_requests.refuse(reference, actor=_RUTH, district=None)
    with database.cursor() as cursor:
        cursor.execute("UPDATE withdrawal_request SET asked_at = now() - interval '1 day'")
    registrar.withdrawal_requests.refuse(reference, actor=_RUTH, district=None)
    assert actions(database) == [("withdrawal-asked", SIAN.actor), ("withdrawal-refused", _RUTH)]


def test_nobody_decides_on_their_own_request_in_another_role(registrar: Registrar, reference: str) -> None:
    ask(registrar, reference)
    with pytest.raises(SamePerson):
        registrar.withdrawal_requests.confirm(
            reference, actor=SIAN.actor.replace("registrar", "supervisor"), district=None
        )


def test_it_is_asked_for_once_and_not_after_it_was_done(registrar: Registrar, reference: str) -> None:
    ask(registrar, reference)
    with pytest.raises(AlreadyAsked):
        ask(registrar, reference)
    registrar.withdrawal_requests.confirm(reference, actor=_TOM, district="holmshire")
    with pytest.raises(ReportWithdrawn):
        ask(registrar, reference)
