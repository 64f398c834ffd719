"""Listing follow-ups over HTTP."""

import re

from tellusonce.bootstrap import Service
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.lanes import Lanes
from tellusonce.web.documents import FollowUps
from tests.web.calling import Caller, Callers, problem

PENSION = "dwp-state-pension"


def _queried(registrar: Caller, callers: Callers, service: Service, times: int) -> None:
    for _ in range(times):
        registrar.register()
    claims = Lanes(service.database, CircuitBreaker()).claim(PENSION, limit=10, lease_seconds=60)
    words = [
        {
            "notification": str(each.id),
            "kind": "outcome",
            "outcome": "query",
            "note": "Which address?",
            "at": "2026-03-20T10:00:00Z",
        }
        for each in claims
    ]
    assert callers.agency(PENSION).post(f"/v1/agencies/{PENSION}/acknowledgements", words).status_code == 200


def test_an_agencys_question_is_listed_with_its_words(registrar: Caller, callers: Callers, service: Service) -> None:
    """Staff see what the agency asks, of which report."""
    _queried(registrar, callers, service, times=1)
    listed = FollowUps.model_validate_json(callers.staff().get("/v1/follow-ups").content)
    (follow_up,) = listed.follow_ups
    assert (follow_up.agency, follow_up.kind, follow_up.words) == (PENSION, "query", "Which address?")


def test_the_list_is_paged(registrar: Caller, callers: Callers, service: Service) -> None:
    """Each page links to the next until all were seen once."""
    _queried(registrar, callers, service, times=5)
    staff, path, seen = callers.staff(), "/v1/follow-ups?limit=2", []
    while path:
        response = staff.get(path)
        seen += [each["id"] for each in response.json()["follow_ups"]]
        following = re.fullmatch(r'<(.+)>; rel="next"', response.headers.get("Link", ""))
        path = following[1] if following else ""
    assert len(seen) == len(set(seen)) == 5


def test_the_list_is_narrowed(registrar: Caller, callers: Callers, service: Service) -> None:
    """By agency and by kind."""
    _queried(registrar, callers, service, times=1)
    for narrowed, count in (("agency=nobody", 0), ("kind=rejected", 0), (f"agency={PENSION}&kind=query", 1)):
        assert len(callers.staff().get(f"/v1/follow-ups?{narrowed}").json()["follow_ups"]) == count


def test_a_cursor_that_was_not_given_is_refused(callers: Callers) -> None:
    """It says to start without one."""
    for cursor in ("x", "WyJ4IiwgMV0=", "WyJ4IiwgIjAxOWE5MWQzLTdjMTAtN2I5ZS05YTAxLTNmNWQyYzhlNmE3NyJd"):
        problem(callers.staff().get(f"/v1/follow-ups?cursor={cursor}"), 400, "not-possible")
