"""Signing in by an OpenID provider, against a real one."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tellusonce.web.app import application
from tests.identity.provider import PEOPLE


def came_back(client: TestClient, person: str, next_path: str = "") -> str:
    """The address with which the provider sends a browser back, where this person was there."""
    asked = client.get("/sign-in/provider", params={"next": next_path}).headers["Location"]
    page = httpx2.get(asked).text
    chosen = re.search(rf'href="(/approve[^"]*person={person})"', page)
    assert chosen
    parts = urlsplit(asked)
    return str(httpx2.get(f"{parts.scheme}://{parts.netloc}{chosen[1]}").headers["Location"])


def signed_in_as(client: TestClient, service: Service) -> Principal | None:
    session = service.sign_in.sessions.seen(client.cookies.get("session") or "none")
    return session.principal if session else None


def refused(response: Response) -> bool:
    return response.status_code == 403 and "You are not signed in" in response.text


def test_a_group_says_which_role_and_district(client: TestClient, service: Service) -> None:
    """Somebody comes back with the role of their group, and goes on to the page that they wanted."""
    response = client.get(came_back(client, "ines", "/account?lang=en"))
    assert (response.status_code, response.headers["Location"]) == (303, "/account?lang=en")
    assert signed_in_as(client, service) == Principal("Ines Okafor", Role.REGISTRAR, district="holmshire")
    account = client.get("/account").text
    assert "Ines Okafor" in account
    assert "Change your password" not in account


def test_of_several_groups_the_first_listed_counts(client: TestClient, service: Service) -> None:
    """The order of the setting decides, not that of the provider."""
    client.get(came_back(client, "sam"))
    assert signed_in_as(client, service) == Principal("Sam Price", Role.STAFF)


def test_who_has_no_group_here_is_told_so(client: TestClient, service: Service) -> None:
    """Whoever the provider knows is not somebody here for that alone."""
    response = client.get(came_back(client, "olwen"))
    assert refused(response)
    assert "none of your groups" in response.text
    assert signed_in_as(client, service) is None


def test_one_subject_has_one_account(client: TestClient, service: Service) -> None:
    """Coming again makes no second account, and no name of the provider's is taken for a local account's."""
    service.sign_in.accounts.add(Principal("Sam Price", Role.OPERATOR))
    for _ in range(2):
        client.get(came_back(client, "sam"))
    assert [(each.principal.role, each.issuer is None) for each in service.sign_in.accounts.listed()] == [
        (Role.OPERATOR, True),
        (Role.STAFF, False),
    ]


@pytest.mark.parametrize("person", [person for person in PEOPLE if person.startswith("wrong")])
def test_a_token_that_is_not_right_is_refused(client: TestClient, service: Service, person: str) -> None:
    """Of another issuer, for another service, of another attempt, too old, by another key, unsigned: refused."""
    assert refused(client.get(came_back(client, person)))
    assert signed_in_as(client, service) is None
    assert not list(service.sign_in.accounts.listed())


def test_an_answer_is_taken_once(client: TestClient, service: Service) -> None:
    """Neither the browser itself nor one that has stolen its cookie and address gets in by them again."""
    back = came_back(client, "sam")
    attempt = client.cookies["attempt"]
    client.get(back)
    assert refused(client.get(back))
    client.cookies.clear()
    client.cookies.set("attempt", attempt)
    assert refused(client.get(back))
    assert client.cookies.get("session") is None


def test_an_answer_is_taken_from_the_browser_that_asked(client: TestClient, service: Service) -> None:
    """Nobody can be signed in as somebody else by being led to an address: the state must be their own attempt's."""
    back = came_back(client, "sam")
    client.cookies.clear()
    assert refused(client.get(back))
    came_back(client, "ines")  # an attempt of their own, of another state
    assert refused(client.get(back))
    assert client.cookies.get("session") is None


def test_a_code_without_its_proof_is_worth_nothing(client: TestClient, service: Service) -> None:
    """Who has seen a code in an address cannot use it in an attempt of their own: the verifier is another."""
    code = parse_qs(urlsplit(came_back(client, "sam")).query)["code"][0]
    asked = client.get("/sign-in/provider").headers["Location"]
    state = parse_qs(urlsplit(asked).query)["state"][0]
    assert refused(client.get("/sign-in/provider/return", params={"code": code, "state": state}))


@pytest.mark.parametrize("cookie", ["", "zz", "00", b'["a","b","c"]'.hex(), b'{"a": 1}'.hex(), b"[1]".hex()])
def test_a_cookie_that_is_none_of_ours_is_refused(client: TestClient, cookie: str) -> None:
    """What is in the cookie is anybody's to write."""
    client.cookies.set("attempt", cookie)
    assert refused(client.get("/sign-in/provider/return", params={"code": "c", "state": "a"}))


def test_a_provider_that_is_away_is_our_trouble(database_url: str, settings: Settings) -> None:
    """The page says that it is unavailable; passwords go on."""
    away = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:1"})
    with TestClient(application(Service(away, database_url, SilentDoorbell())), follow_redirects=False) as client:
        assert client.get("/sign-in/provider").status_code == 503
        assert "Sign in with your organisation" in client.get("/sign-in").text
