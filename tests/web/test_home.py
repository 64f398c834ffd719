"""The first page."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service


@pytest.fixture
def page(client: TestClient) -> str:
    response = client.get("/")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    return unescape(response.text)


def test_every_agency_is_named_with_its_gateway(page: str, service: Service) -> None:
    """Whoever opens the page sees each agency, what it holds, and the law under which it is told, with a link to it."""
    for agency in service.agencies.values():
        for agreement in agency.agreements.values():
            assert f'scope="row"><span lang="en">{(agency.service or agency).name}</span>\n' in page
            assert agreement.gateway.name in page
            assert f'href="{agreement.gateway.source}"' in page


def test_councils_stand_once_under_what_they_provide(page: str) -> None:
    """A service has one row, which counts its councils and names them."""
    assert page.count('scope="row"><span lang="en">Libraries</span>\n') == 1
    assert "2 councils" in page
    assert ">Holmshire Council, Wendmoor County Council</p>" in page


def test_the_fields_are_named_as_people_call_them(page: str) -> None:
    """What an agency may be told is listed by the person it is of, in the words of forms."""
    assert "<strong>Estate contact</strong>: given names, family name, address, postcode" in page
    assert "deceased.date_of_birth" not in page


def test_a_gateway_that_nobody_verified_says_so(page: str, service: Service) -> None:
    """Each gateway that is not verified is marked, and no other."""
    not_verified = {
        agency.service.code if agency.service else agency.code
        for agency in service.agencies.values()
        if any(not agreement.gateway.verified for agreement in agency.agreements.values())
    }
    assert not_verified
    assert page.count("not verified") == len(not_verified)


@pytest.mark.usefixtures("broker")
def test_every_link_of_ours_leads_somewhere(page: str, client: TestClient) -> None:
    """Each address of ours on the page is answered, if only to say that the service is not ready."""
    ours = set(re.findall(r'href="(/[^"]*)"', page))
    assert "/openapi.json" in ours
    assert {client.get(address).status_code for address in ours - {"/family"}} <= {200, 503}


def test_the_page_runs_and_loads_nothing_foreign(client: TestClient) -> None:
    """The page allows its own style and scripts and nothing else, and cannot be framed."""
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
