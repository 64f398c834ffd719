"""What all pages share: headers, languages, weight, forms, and the page that says what went wrong."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Role
from tests.web.visiting import Visitor, Visitors

WEIGHT_BYTES_AT_MOST = 250_000
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def staff(visitors: Visitors) -> Visitor:
    return visitors.of_role(Role.STAFF)


@pytest.mark.parametrize("path", ["/", "/account", "/account/password", "/nonesuch"])
def test_pages_run_nothing_that_is_not_ours(staff: Visitor, path: str) -> None:
    """Neither inline nor from elsewhere; no frame, no other site's form, no camera; and nobody keeps a copy."""
    response = staff.get(path, Accept="text/html")
    policy = dict(
        directive.split(" ", 1) for directive in response.headers["Content-Security-Policy"].split("; ") if directive
    )
    assert policy == {
        "default-src": "'none'",
        **dict.fromkeys(["style-src", "script-src", "img-src", "connect-src", "form-action"], "'self'"),
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|<style", response.text)


@pytest.mark.parametrize("path", ["/", "/account", "/account/password"])
def test_a_page_is_light(staff: Visitor, path: str) -> None:
    """With all that it loads it weighs less than 250 KB, before anything is compressed."""
    html = staff.get(path).text
    loads = set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', html))
    loads |= {re.sub(r"layout\.js$", "govuk-frontend/govuk-frontend.js", each) for each in loads}
    assert len(loads) > 4
    assert len(html.encode()) + sum(len(staff.get(each).content) for each in loads) < WEIGHT_BYTES_AT_MOST


def test_assets_are_kept_for_ever_under_their_digest(client: TestClient, service: Service) -> None:
    """And under another, from a page of before an upgrade, for no time at all."""
    response = client.get(service.assets.address("layout.css"))
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/assets/0123456789abcdef/layout.css").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["README.md", "../pages/layout/layout.html", "govuk-frontend/LICENSE.txt", "", "none.css"]
)
def test_nothing_else_is_given_out(client: TestClient, name: str) -> None:
    """Files that browsers have no use for, and whatever is beside the folder, are not there."""
    assert client.get(f"/assets/x/{name}").status_code == 404


def test_a_language_is_chosen_and_kept(visitors: Visitors) -> None:
    """By the address, then by a cookie; the page says its language, and leads to itself in the other."""
    visitor = visitors.nobody()
    assert '<html lang="en"' in visitor.get("/sign-in").text
    chosen = visitor.get("/sign-in?next=/account&lang=cy")
    assert '<html lang="cy"' in chosen.text
    assert chosen.headers["Content-Language"] == "cy"
    assert 'href="/sign-in?next=/account&lang=en" hreflang="en"' in unescape(chosen.text).replace("%2F", "/")
    assert "Mewngofnodi" in visitor.get("/sign-in").text
    assert '<html lang="cy"' in visitor.get("/?lang=fr").text


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"name=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a=1" for _ in range(2_000)), "application/x-www-form-urlencoded", 400),
        (b"name=%FF", "application/x-www-form-urlencoded", 400),
        (b"name=\xff", "application/x-www-form-urlencoded", 400),
        (b'{"name": "Ines"}', "application/json", 415),
        (b"--x--", "multipart/form-data; boundary=x", 415),
        (b"", "application/x-www-form-urlencoded", 403),
    ],
)
def test_what_is_no_form_is_refused(client: TestClient, content: bytes, content_type: str, status: int) -> None:
    """Too long, of too many fields, not in UTF-8, of another type, or without its token: a page says so."""
    response = client.post("/sign-in", content=content, headers={"Content-Type": content_type})
    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_token_is_its_browsers(visitors: Visitors) -> None:
    """That of another visitor is worth nothing, and neither is one of before signing in after it."""
    one, other = visitors.nobody(), visitors.nobody()
    other.form_token()
    assert other.post("/sign-in", token=one.form_token()).status_code == 403
    staff = visitors.of_role(Role.STAFF)
    assert staff.post("/sign-out", token=one.form_token()).status_code == 403


def test_browsers_are_answered_by_pages_and_programs_by_problems(client: TestClient) -> None:
    """What is not there is said in the words of who asks."""
    assert "Page not found" in client.get("/nonesuch", headers=HTML).text
    assert client.get("/nonesuch").json()["type"] == "urn:tellusonce:problem:not-found"
    assert client.get("/v1/nonesuch", headers=HTML).json()["type"] == "urn:tellusonce:problem:not-found"


def test_without_a_database_pages_say_so(client_without_database: TestClient) -> None:
    """A page, with 503, which asks the database nothing."""
    response = client_without_database.get("/account", headers={"Cookie": "session=any"})
    assert response.status_code == 503
    assert "the service is unavailable" in response.text


def test_a_failure_of_ours_is_said_on_a_page(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 500 and nothing of what is inside."""
    monkeypatch.setattr("tellusonce.web.pages.sign_in.password.page", _fail)
    response = client.get("/sign-in")
    assert response.status_code == 500
    assert "there is a problem with the service" in response.text
    assert "the secret inside" not in response.text
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("the secret inside")
