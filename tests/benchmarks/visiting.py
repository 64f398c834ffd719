"""Asking a served application for its pages, as somebody who has signed in, one request at a time."""

import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import requests

from tellusonce.bootstrap import Service
from tellusonce.cli.ports import free_port
from tellusonce.cli.supervisor import supervisor
from tellusonce.services.api_keys import Principal
from tellusonce.settings import PREFIX
from tests.benchmarks.ours import START_AT_MOST_SECONDS
from tests.benchmarks.scenarios import Row

ROUNDS = 30
FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')

Ask = Callable[[requests.Session], requests.Response]


@contextmanager
def served(service: Service, database_url: str) -> Iterator[str]:
    """The address of an application over the service's database, in a process of its own."""
    url = f"http://127.0.0.1:{free_port()}"
    environment = {
        f"{PREFIX}DATABASE_URL": database_url,
        f"{PREFIX}BROKER_URL": "redis://127.0.0.1:1/0",  # nobody is rung here
        f"{PREFIX}DATA_DIR": str(service.settings.data_dir),
    }
    options = ("--host", "127.0.0.1", "--port", url.rpartition(":")[2], "--no-access-log", "--log-level", "warning")
    with supervisor(service.settings.data_dir / "logs") as children:
        command = [sys.executable, "-m", "uvicorn", "--factory", "tellusonce.web.app:create_app", *options]
        children.start("api", command, environment)
        yield url


def signed_in(service: Service, url: str, people: Sequence[Principal]) -> list[requests.Session]:
    """A session for each, who gets an account."""
    passwords = {each.name: service.sign_in.accounts.add(each) for each in people}
    return [_signed_in(url, name, password) for name, password in passwords.items()]


def _signed_in(url: str, name: str, password: str) -> requests.Session:
    session = requests.Session()
    give_up_at = time.monotonic() + START_AT_MOST_SECONDS
    while True:
        try:
            form = session.get(f"{url}/sign-in", timeout=5)
            break
        except requests.ConnectionError:
            assert time.monotonic() < give_up_at, "the application took too long to start"
            time.sleep(0.1)
    said = {"form_token": of(FORM_TOKEN, form.text), "name": name, "password": password}
    session.post(form.url, said, timeout=5).raise_for_status()
    return session


def timed(name: str, ask: Ask, session: requests.Session) -> Row:
    """How long a page takes; the first time is not counted."""
    ask(session)
    milliseconds: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = ask(session)
        milliseconds.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, f"{name}: {answer.status_code}"
    return {
        "page": name,
        "p50 ms": statistics.median(milliseconds),
        "slowest ms": max(milliseconds),
        "kB": len(answer.content) / 1000,
    }


def of(pattern: re.Pattern[str], text: str) -> str:
    """What the pattern's group finds."""
    found = pattern.search(text)
    assert found is not None, pattern.pattern
    return found.group(1)
