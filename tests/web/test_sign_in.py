"""Signing in on pages, and what tries at it meet (S6)."""

import re
import time

import pytest
from argon2.profiles import RFC_9106_LOW_MEMORY
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.persistence.database import Database
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tellusonce.web.app import application
from tests.web.visiting import Visitor, Visitors, form_token

INES = Principal("Ines Okafor", Role.REGISTRAR, district="holmshire")


@pytest.fixture
def password(service: Service) -> str:
    """Of Ines."""
    return service.sign_in.accounts.add(INES)


def enter(visitor: Visitor, password: str, name: str = "Ines Okafor", next_path: str = "") -> int:
    """Sign in by the form: the status of the answer."""
    return visitor.post(f"/sign-in?next={next_path}", {"name": name, "password": password}).status_code


def test_the_right_password_opens_a_session(visitors: Visitors, password: str) -> None:
    """Who knows it comes to their start page, and sees who they are."""
    visitor = visitors.nobody()
    response = visitor.post("/sign-in", {"name": " Ines Okafor ", "password": password})
    assert (response.status_code, response.headers["Location"]) == (303, "/registrar")
    assert "Ines Okafor" in visitor.get("/account").text


def test_a_wrong_name_is_answered_as_a_wrong_password(visitors: Visitors, password: str) -> None:
    """To the byte but for what was typed, so that nobody learns who has an account; and without a session."""

    def answered(name: str) -> str:
        visitor = visitors.nobody()
        response = visitor.post("/sign-in", {"name": name, "password": "not it"})
        assert response.status_code == 422
        assert "session" not in visitor.cookies
        return re.sub(r'(value|action)="[^"]*"', "", response.text)

    assert answered("Ines Okafor") == answered("Nobody Here")


@pytest.fixture
def slow_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """As outside of tests."""
    monkeypatch.setattr("tellusonce.persistence.passwords.PARAMETERS", RFC_9106_LOW_MEMORY)


@pytest.mark.usefixtures("slow_passwords")
def test_a_wrong_name_takes_as_long(service: Service, password: str) -> None:
    """A name that nobody has costs a slow digest too."""

    def seconds(name: str) -> float:
        began = time.process_time()
        assert service.sign_in.accounts.sign_in(name, "not it") is None
        return time.process_time() - began

    seconds("Ines Okafor")  # which makes ready what is made once
    known, unknown = (min(seconds(name) for _ in range(3)) for name in ("Ines Okafor", "Nobody Here"))
    assert unknown > known / 2


def test_the_eleventh_try_in_a_minute_is_refused(visitors: Visitors, password: str) -> None:
    """Even with the right password, and whoever makes it; with a page that says how long to wait."""
    visitor = visitors.nobody()
    assert [enter(visitor, "not it") for _ in range(10)] == [422] * 10
    response = visitor.post("/sign-in", {"name": "Ines Okafor", "password": password})
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert "You have tried too often" in response.text


def test_right_tries_are_counted_for_the_account(visitors: Visitors, password: str) -> None:
    """A thief of a password opens no sessions without end either; and another account is not held up."""
    assert [enter(visitors.nobody(), password) for _ in range(11)] == [303] * 10 + [429]
    assert enter(visitors.nobody(), "not it", name="Sam Price") == 422


def test_wrong_tries_are_counted_for_the_address(visitors: Visitors, password: str) -> None:
    """Trying one password at many names comes to an end."""
    assert [enter(visitors.nobody(), "not it", name=f"Clerk {number}") for number in range(11)] == [422] * 10 + [429]


def test_a_planted_session_is_not_taken_up(visitors: Visitors, service: Service, password: str) -> None:
    """Whoever gave somebody a cookie before they signed in cannot use it after (session fixation)."""
    planted = visitors.of_role(Role.STAFF).cookies["session"]
    service.sign_in.sessions.close(planted)
    visitor = Visitor(visitors.nobody().client, planted)
    assert enter(visitor, password) == 303
    assert visitor.cookies["session"] != planted
    assert service.sign_in.sessions.seen(planted) is None


def test_signing_in_ends_the_session_before(visitors: Visitors, service: Service, password: str) -> None:
    """A browser has one session: that of a report's family is over when a registrar signs in."""
    visitor = visitors.nobody()
    enter(visitor, password)
    first = visitor.cookies["session"]
    service.sign_in.accounts.add(Principal("Sam Price", Role.STAFF))
    visitor.client.cookies.clear()
    token = form_token(visitor.get("/account").text)
    response = visitor.client.post(
        "/sign-in",
        data={"form_token": token, "name": "Ines Okafor", "password": password},
        headers={"Cookie": f"session={first}"},
    )
    assert response.status_code == 303
    assert service.sign_in.sessions.seen(first) is None


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.org/",
        "//evil.example.org/",
        "/\\evil.example.org",
        "javascript:alert(1)",
        "evil.example.org",
        "/%0D%0ALocation:%20https://evil.example.org",
        "/%09/evil.example.org",
    ],
)
def test_nobody_is_sent_elsewhere(visitors: Visitors, password: str, elsewhere: str) -> None:
    """After signing in one goes on within this service alone, whatever the address asked for."""
    path = f"/sign-in?next={elsewhere}"
    response = visitors.nobody().post(path, {"name": "Ines Okafor", "password": password})
    assert response.headers["Location"] == "/registrar"


def test_nobody_leads_another_out(visitors: Visitors) -> None:
    """Signing out is a form of ours: a link or an image of another site does nothing."""
    visitor = visitors.of_role(Role.STAFF)
    assert visitor.get("/sign-out").status_code == 405
    assert visitor.post("/sign-out", token="").status_code == 403
    assert visitor.get("/account").status_code == 200


def test_signing_out_ends_the_session_here_and_there(visitors: Visitors) -> None:
    """The browser forgets its token, and who has kept it has nothing."""
    visitor = visitors.of_role(Role.STAFF)
    token = visitor.cookies["session"]
    visitor.post("/sign-out")
    assert "session" not in visitor.cookies
    assert Visitor(visitor.client, token).get("/account").status_code == 303


def test_signing_out_everywhere_ends_all_sessions(visitors: Visitors, password: str) -> None:
    """Those of the account on every machine, and nobody else's."""
    here, there, other = visitors.nobody(), visitors.nobody(), visitors.of_role(Role.STAFF)
    enter(here, password)
    enter(there, password)
    here.post("/account/sign-out-everywhere")
    assert [each.get("/account").status_code for each in (here, there, other)] == [303, 303, 200]


def test_another_password_ends_other_sessions(visitors: Visitors, password: str) -> None:
    """The one who changes it stays signed in; with the password before nobody comes in any more."""
    here, there = visitors.nobody(), visitors.nobody()
    enter(here, password)
    enter(there, password)
    new = "three random words"
    for wrong in ({"password": "wrong", "new_password": new}, {"password": password, "new_password": "short"}):
        assert here.post("/account/password", wrong).status_code == 422
    changed = here.post("/account/password", {"password": password, "new_password": new})
    assert changed.headers["Location"] == "/account"
    assert [each.get("/account").status_code for each in (here, there)] == [200, 303]
    assert [enter(visitors.nobody(), each) for each in (password, new)] == [422, 303]


@pytest.mark.parametrize("column", ["last_seen_at", "created_at"])
def test_a_session_ends_by_itself(visitors: Visitors, database: Database, column: str) -> None:
    """When it was idle for twenty minutes, and after eight hours however busy."""
    visitor = visitors.of_role(Role.STAFF)
    for ago, status in (("19 minutes", 200), ("8 hours 1 second", 303)):
        with database.cursor() as cursor:
            cursor.execute(f"UPDATE web_session SET {column} = now() - %s::interval", [ago])
        assert visitor.get("/account").status_code == status


def test_sessions_that_are_over_are_forgotten(visitors: Visitors, database: Database) -> None:
    """The table does not grow with time."""
    visitors.of_role(Role.STAFF)
    with database.cursor() as cursor:
        cursor.execute("UPDATE web_session SET created_at = now() - interval '9 hours'")
    visitors.of_role(Role.SUPERVISOR)
    with database.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM web_session").fetchone() == (1,)


@pytest.mark.usefixtures("slow_passwords")
def test_no_token_and_no_password_is_stored(database: Database, visitors: Visitors, password: str) -> None:
    """Who has read the database can sign in as nobody."""
    visitor = visitors.nobody()
    enter(visitor, password)
    with database.cursor() as cursor:
        rows = str(cursor.execute("SELECT account::text, web_session::text FROM account, web_session").fetchall())
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in rows
    assert password not in rows
    assert visitor.cookies["session"] not in rows
    assert visitor.cookies["session"].encode().hex() not in rows


def test_over_tls_cookies_are_bound_to_the_host(database_url: str, settings_over_tls: Settings) -> None:
    """Then they are named `__Host-`, go over TLS alone, and pages ask browsers to stay with TLS."""
    service = Service(settings_over_tls, database_url, SilentDoorbell())
    with TestClient(application(service), base_url="https://tellusonce.example.org") as client:
        response = client.get("/sign-in")
        (line,) = response.headers.get_list("Set-Cookie")
        assert re.fullmatch(r"__Host-visitor=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", line)
        assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.fixture
def settings_over_tls(tmp_path: object) -> Settings:
    return Settings.model_validate({"data_dir": tmp_path, "public_url": "https://tellusonce.example.org"})
