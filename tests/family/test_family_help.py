"""What help can be claimed, as whoever holds the reference may read it."""

import pytest

from tellusonce.bootstrap import Service
from tellusonce.domain.claiming import Standing
from tellusonce.domain.revision import Reason
from tellusonce.services.revise import Request
from tellusonce.services.versions import ReportWithdrawn
from tests.family.stage import REGISTRAR, Stage, a_stage


def codes(stage: Stage) -> dict[str, Standing]:
    claims = stage.service.family.help.of(stage.reference).claims
    return {each.entitlement.code: each.standing for each in claims}


def test_nobody_learns_of_the_family_from_what_is_on_the_list(service: Service) -> None:
    """It is the same whether there is a partner, how old they are, and who is left at the address."""
    alone = {"facts__partner": None, "facts__household": None}
    young = {"facts__partner__date_of_birth": "1990-01-01", "facts__household__children": 3}
    assert codes(a_stage(service, **alone)) == codes(a_stage(service, **young)) == codes(a_stage(service))


def test_days_count_from_the_death_and_the_funeral(stage: Stage) -> None:
    """Which are held on the person who died."""
    claims = {each.entitlement.code: each for each in stage.service.family.help.of(stage.reference).claims}
    assert [str(due.on) for due in claims["funeral-expenses-payment"].due] == ["2026-09-27"]
    assert [str(due.on) for due in claims["bereavement-support-payment"].due] == [
        "2026-06-14",
        "2027-03-14",
        "2027-12-14",
    ]


def test_after_a_withdrawal_there_is_nothing_to_claim(stage: Stage) -> None:
    """The person is alive."""
    stage.service.revise.withdraw(Request(stage.reference, Reason.PERSON_ALIVE, REGISTRAR, "holmshire"))
    with pytest.raises(ReportWithdrawn):
        stage.service.family.help.of(stage.reference)
