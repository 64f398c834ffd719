"""A real browser before the real application."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tellusonce.bootstrap import Service
from tellusonce.cli.ports import free_port
from tellusonce.persistence.accounts import StoredAccounts
from tellusonce.services.api_keys import Principal
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tellusonce.web.app import application

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_START_SECONDS = 60
_WAIT_MILLISECONDS = 10_000

Visit = Callable[..., Page]
SignsIn = Callable[[BrowserContext, Principal], None]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one for a file's tests; without one they are skipped, but fail in continuous integration.

    No longer: Playwright's event loop runs in this thread as long, and other files' tests run loops of their own.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        missing = f"no Chromium on the PATH (looked for {', '.join(_PROGRAMS)})"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def port() -> int:
    """Where the application is served."""
    return free_port()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of the application that is served."""
    return Settings(data_dir=tmp_path)


@pytest.fixture
def service(database_url: str, settings: Settings) -> Service:
    """Of the application that is served."""
    return Service(settings, database_url, SilentDoorbell())


@pytest.fixture
def site(service: Service, port: int) -> Iterator[str]:
    """The application, served: its address."""
    server = uvicorn.Server(uvicorn.Config(application(service), port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up_at = time.monotonic() + _START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the application did not start"
        assert time.monotonic() < give_up_at, "the application took too long to start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """One person's browser."""
    yield from _context(browser, site, scripts=True)


@pytest.fixture
def context_without_scripts(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """The same with JavaScript switched off."""
    yield from _context(browser, site, scripts=False)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def either_context(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """First with JavaScript, then without it."""
    yield from _context(browser, site, scripts=request.param)


@pytest.fixture
def visit(context: BrowserContext) -> Visit:
    """Open a page by its path: `visit("/sign-in")`; a status may be expected that is not 200."""
    return opener(context)


@pytest.fixture
def signed_in(service: Service, site: str) -> SignsIn:
    """Let a browser be signed in as somebody with a new account."""

    def sign_in(context: BrowserContext, principal: Principal) -> None:
        account_id = StoredAccounts(service.database).add(principal, "none")
        token = service.sign_in.sessions.open_for(account_id)
        context.add_cookies([{"name": "session", "value": token, "url": site}])

    return sign_in


def opener(context: BrowserContext) -> Visit:
    """What opens pages in this browser."""
    page = context.new_page()

    def open_page(path: str, *, status: int = 200) -> Page:
        answered = page.goto(path)
        assert answered
        assert answered.status == status, f"{path}: {answered.status}"
        return page

    return open_page


def _context(browser: Browser, site: str, *, scripts: bool) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=site, java_script_enabled=scripts, viewport={"width": 1400, "height": 900}, locale="en-GB"
    )
    context.set_default_timeout(_WAIT_MILLISECONDS)
    complaints: list[str] = []
    # A page that breaks its own policy, or whose script fails, says so here alone.
    context.on("console", lambda said: complaints.append(said.text) if _is_ours(said.text, said.type) else None)
    context.on("weberror", lambda failed: complaints.append(str(failed.error)))
    yield context
    context.close()
    assert not complaints


def _is_ours(text: str, kind: str) -> bool:
    # Chromium calls each answer of 400 and above an error, which a form that is not right gets.
    return kind == "error" and not text.startswith("Failed to load resource")
