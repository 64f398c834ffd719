"""Seeing a plan before it is sent, and taking a consent back, over HTTP."""

from typing import Any

import pytest

from tellusonce.persistence.database import Database
from tellusonce.web.plan_documents import ConsentWithdrawn, Plan
from tests.builders import a_submission
from tests.persistence.stored import query
from tests.web.calling import REPORTS, Caller, Callers, problem

PLANS = "/v1/plans"
COUNCIL = "holmshire-housing-benefit"


def withdraw(caller: Caller, reference: str, key: str = "a key", **body: Any) -> Any:
    path = f"{REPORTS}/{reference}/consent-withdrawals"
    return caller.post(path, {"recorded": "telephone", **body}, idempotency_key=key)


def test_a_plan_is_seen_and_not_stored(registrar: Caller, database: Database) -> None:
    """The answer says who would be told what and why, and who would not; nothing is stored, and no key is asked for."""
    answer = registrar.post(PLANS, a_submission(permission=False))
    assert answer.status_code == 200
    planned = Plan.model_validate_json(answer.content)
    pension = next(each for each in planned.notifications if each.agency == "dwp-state-pension")
    assert (pension.ground, pension.explanation) == (
        "statutory",
        "The law allows this agency to be told. Nobody's permission is needed.",
    )
    assert [each.agency for each in planned.refusals] == [COUNCIL]
    assert "Holloway" not in answer.text
    assert query(database, "SELECT count(*) FROM report") == [(0,)]


def test_a_plan_is_seen_in_welsh(callers: Callers) -> None:
    """Staff may ask as well; a language that is neither is not possible."""
    answer = callers.staff().post(f"{PLANS}?language=cy", a_submission(permission=False))
    assert "Gall y teulu ddweud wrthi eu hunain." in answer.json()["refusals"][0]["explanation"]
    assert callers.staff().post(f"{PLANS}?language=fr", a_submission()).status_code == 400


def test_what_is_left_out_is_said(registrar: Caller) -> None:
    """Registering says it as well: where the partner has to agree and has not, they are not told of."""
    answer = registrar.register(a_submission())
    council = next(each for each in answer["notifications"] if each["agency"] == COUNCIL)
    assert council["ground"] == "permission-of-informant"
    assert {each["reason"] for each in council["left_out"]} == {"no-own-consent"}
    assert ["partner.given_names", "partner.family_name"] in [each["fields"] for each in council["left_out"]]


@pytest.mark.parametrize(
    ("consent", "pointer"),
    [
        ({"given_by": "neighbour"}, "/consents/0/given_by"),
        ({"agencies": ["nobody"]}, "/consents/0/agencies/0"),
        ({"fields": ["deceased.shoe_size"]}, "/consents/0/fields/0"),
        ({"given_at": "2999-01-01T00:00:00Z"}, "/consents/0/given_at"),
        ({"given_at": "2026-03-19T09:00:00"}, "/consents/0/given_at"),
        ({"given_by": "informant", "capacity": "next-of-kin"}, "/permission"),
    ],
)
def test_a_consent_that_cannot_be_is_refused(registrar: Caller, consent: dict[str, Any], pointer: str) -> None:
    """With a pointer to what is wrong; and the short form may not stand beside the informant's consent in full."""
    whole = {"given_by": "partner", "capacity": "own-behalf", "given_at": "2026-03-19T09:00:00Z", "recorded": "writing"}
    answer = registrar.post(PLANS, a_submission(consents=[whole | consent]))
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_a_consent_is_withdrawn_once(registrar: Caller, database: Database) -> None:
    """The same key gives the same answer, and the registrar's colleagues of another district know of no such report."""
    reference = registrar.register()["reference"]
    first = withdraw(registrar, reference, given_by="informant")
    assert first.status_code == 201
    assert [each.agency for each in ConsentWithdrawn.model_validate_json(first.content).superseded] == [COUNCIL]
    assert withdraw(registrar, reference, given_by="informant").content == first.content
    assert query(database, "SELECT count(*) FROM consent_withdrawal") == [(1,)]
    problem(withdraw(registrar, reference, given_by="partner"), 422, "key-reused")
    problem(withdraw(registrar, "7K4-M92-QX1", key="another"), 404, "no-such-report")
