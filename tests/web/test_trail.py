"""A report's trail by pages, and its receipt."""

import pytest
from httpx2 import Response

from tellusonce.bootstrap import Service
from tellusonce.domain.trail_receipt import ProvedTrail, read_trail_receipt
from tellusonce.persistence.checkpoint_key import PublicKeys
from tellusonce.web.documents import Trail
from tests.persistence.stored import claim, delivered, record
from tests.web.calling import REPORTS, Caller, Callers, problem, scraped

AGENCY = "dwp-state-pension"


def _told(service: Service, registrar: Caller) -> str:
    """A report of which one agency was told, sealed."""
    reference = str(registrar.register()["reference"])
    record(service.database, *(delivered(claimed, acknowledged=True) for claimed in claim(service.database, AGENCY)))
    service.trail.seal.run()
    return reference


def _proved(service: Service, response: Response) -> ProvedTrail:
    assert response.status_code == 200
    return read_trail_receipt(response.content, PublicKeys([service.trail.checkpoint_key.public]))


def test_a_trail_is_read_page_by_page(service: Service, registrar: Caller) -> None:
    """Following `next` from the first page to the last gives every entry once, oldest first."""
    reference = _told(service, registrar)
    path, pages = f"{REPORTS}/{reference}/trail?limit=1", []
    while path:
        response = registrar.get(path)
        pages.append(Trail.model_validate_json(response.content).trail)
        path = response.links["next"]["url"] if "next" in response.links else ""
    assert [len(page) for page in pages] == [1, 1, 1, 1]
    whole = Trail.model_validate_json(registrar.get(f"{REPORTS}/{reference}/trail").content)
    assert whole.trail == tuple(entry for page in pages for entry in page)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "cursor=nonsense", "cursor=WyJhIiwgImIiXQ=="])
def test_a_page_that_is_none_is_refused(service: Service, registrar: Caller, query: str) -> None:
    reference = registrar.register()["reference"]
    problem(registrar.get(f"{REPORTS}/{reference}/trail?{query}"), 400, "not-possible")


def test_a_registrar_gets_a_receipt_of_the_whole_trail(service: Service, registrar: Caller) -> None:
    reference = _told(service, registrar)
    proved = _proved(service, registrar.get(f"{REPORTS}/{reference}/trail/receipt"))
    assert (proved.reference, len(proved.entries)) == (reference, 4)


def test_an_agency_gets_a_receipt_of_its_own_entries(service: Service, registrar: Caller, callers: Callers) -> None:
    """And another that was to be told of the same report, but has not been yet, gets none."""
    reference = _told(service, registrar)
    path = f"{REPORTS}/{reference}/trail/receipt"
    proved = _proved(service, callers.agency(AGENCY).get(path))
    assert ([each["action"] for each in proved.entries], proved.sealed) == (["delivered", "acknowledged"], 4)
    problem(callers.agency("holmshire-council-tax").get(path), 404, "no-such-report")
    problem(callers.agency(AGENCY).get(f"{REPORTS}/000-000-001/trail/receipt"), 404, "no-such-report")


def test_a_receipt_waits_for_a_checkpoint(registrar: Caller) -> None:
    """Until then the answer says when to ask again."""
    reference = registrar.register()["reference"]
    response = registrar.get(f"{REPORTS}/{reference}/trail/receipt")
    problem(response, 409, "not-sealed-yet")
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.usefixtures("broker")
def test_the_metrics_say_how_much_waits_to_be_sealed(service: Service, registrar: Caller) -> None:
    registrar.register()
    assert "tellusonce_trail_unsealed_entries 2.0" in scraped(registrar.client)
    service.trail.seal.run()
    assert "tellusonce_trail_unsealed_entries 0.0" in scraped(registrar.client)
