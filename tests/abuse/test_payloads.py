"""Nothing that is sent is ever run: not by templates, YAML, spreadsheets, the database or the broker (S7).

Cells that spreadsheets would run are tried in tests/rendering/test_batch_file.py.
"""

import base64
import json
import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from redis import Redis

from tellusonce.agreements.loading import ConfigurationRefused, load_agencies
from tellusonce.domain.channel import Layout
from tellusonce.domain.language import Language
from tellusonce.embedded import start_valkey
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.database import Database
from tellusonce.rendering.batch_file import BatchFileRenderer
from tellusonce.rendering.message import MessageRenderer
from tellusonce.rendering.notice import NoticeRenderer
from tellusonce.rendering.pages import Pages
from tellusonce.settings import Settings
from tests.builders import a_bereavement, a_submission, an_agency
from tests.persistence.stored import query
from tests.rendering.claims import a_claimed, at_noon
from tests.web.calling import REPORTS, Caller, Callers
from tests.workers.test_processes import worker

TEMPLATES = Settings().templates_dir
PAYLOADS = [
    "{{ 7 * 191 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*191}",
    "#{7*191}",
    "<%= 7 * 191 %>",
    "%(name)s {0.__class__}",
    "<script>alert(1)</script>",
    "<!--#exec cmd='id'-->",
    '"><img src=x onerror=alert(1)>',
    "]]><x/>&lol;<!ENTITY a SYSTEM 'file:///etc/passwd'>",
    "'; DROP TABLE report; --",
    "\\'; SELECT pg_sleep(9); --",
    "$(touch /tmp/x)`id`|id;id",
    "../../../../etc/passwd",
]


def told(payload: str) -> bytes:
    """A message in which this is the deceased's family name."""
    agency = an_agency()
    render = MessageRenderer({agency.code: agency}, "https://tellusonce.example.org", at_noon).render
    return render(a_claimed(facts=a_bereavement(deceased__family_name=payload)))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_is_a_name(payload: str) -> None:
    """In a message, an XML file and an e-mail a name stands as it was given, or not at all."""
    message = told(payload)
    assert json.loads(message)["data"]["facts"]["deceased"]["family_name"] == payload
    agency = an_agency()
    renderer = BatchFileRenderer(TEMPLATES / "batch_files")
    file = renderer.render(agency, Layout.XML, [message])
    (fact,) = ET.fromstring(file).iterfind("notification/facts/fact[@field='deceased.family_name']")
    assert fact.text == payload
    claimed = a_claimed(facts=a_bereavement(deceased__family_name=payload))
    notice = NoticeRenderer(TEMPLATES, {agency.code: agency}, "https://tellusonce.example.org").render([claimed])
    assert "1337" not in notice.subject + notice.body
    assert payload not in notice.subject + notice.body


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_a_page_is_text(tmp_path: Path, payload: str) -> None:
    """What a page is given is escaped."""
    (tmp_path / "page.html").write_text("<p title='{{ words }}'>{{ words }}</p>")
    page = Pages(tmp_path).render("page.html", Language.ENGLISH, words=payload)
    (text,) = ET.fromstring(f"<html>{page}</html>").iter("p")
    assert text.text == text.get("title") == payload


def test_a_payload_in_the_database_is_data(callers: Callers, registrar: Caller, database: Database) -> None:
    """Names, keys, cursors and filters that look like SQL are stored and compared, and the tables are still there."""
    for payload in PAYLOADS:
        submission = a_submission(facts__deceased__family_name=payload)
        registered = registrar.post(REPORTS, submission, idempotency_key=payload)
        assert registered.status_code == 201, registered.text
        assert registrar.post(REPORTS, submission, idempotency_key=payload).content == registered.content
        found = callers.staff().get(f"/v1/follow-ups?agency={quote(payload)}")
        assert found.status_code == 200
        assert found.json() == {"follow_ups": []}
    assert query(database, "SELECT count(*) FROM report") == [(len(PAYLOADS),)]


TAGGED = [
    "!!python/object/apply:os.system ['touch {marker}']",
    "!!python/object/new:subprocess.Popen [['touch', '{marker}']]",
    "!!python/name:os.system",
    "!!python/module:os",
    "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch {marker}']",
    "!!map {{a: !!python/object/apply:os.system ['touch {marker}']}}",
]


@pytest.mark.parametrize("tagged", TAGGED)
@pytest.mark.parametrize("name", ["agencies/hm-passport-office.yaml", "councils.yaml"])
def test_a_tag_is_a_complaint(tmp_path: Path, tagged: str, name: str) -> None:
    """YAML that would construct an object constructs none, and is complained of with its line."""
    marker, path = tmp_path / "marker", tmp_path / name
    path.parent.mkdir(exist_ok=True)
    (tmp_path / "agencies").mkdir(exist_ok=True)
    passport_office = (Settings().config_dir / "agencies/hm-passport-office.yaml").read_text()
    (tmp_path / "agencies/hm-passport-office.yaml").write_text(passport_office)
    path.write_text(f"# the first line\nname: {tagged.format(marker=marker)}\n")
    with pytest.raises(ConfigurationRefused) as refused:
        load_agencies(tmp_path, LIFE_EVENTS)
    assert f"{path}:2: (file): should be a plain value without the tag " in str(refused.value)
    assert not marker.exists()


class Runs:
    """Runs a command where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self._marker}",)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[str, Redis]]:
    """One of the test's own: its address, and the same spoken to directly."""
    server = start_valkey(tmp_path / "broker")
    with Redis(unix_socket_path=urlsplit(server.url).path) as client:
        yield server.url, client
    server.stop()


def message(task: str, body: bytes, content_type: str, encoding: str = "binary") -> str:
    """As kombu lays it into a queue."""
    headers = {"task": task, "id": "01", "lang": "py", "argsrepr": "()", "kwargsrepr": "{}"}
    delivery = {"exchange": "", "routing_key": "doorbells"}
    properties = {"delivery_tag": "01", "body_encoding": "base64", "delivery_info": delivery, "priority": 0}
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": encoding,
            "content-type": content_type,
            "headers": headers,
            "properties": properties,
        }
    )


def test_a_pickle_in_the_broker_does_nothing(tmp_path: Path, database_url: str, broker: tuple[str, Redis]) -> None:
    """Who can write to the broker can ring bells and no more: a worker takes its own tasks in JSON alone."""
    marker = tmp_path / "marker"
    url, client = broker
    pickled = pickle.dumps([(Runs(marker),), {}, {}])
    yaml_bytes = f"!!python/object/apply:os.system ['touch {marker}']".encode()
    hostile = [
        message("deliver", pickled, "application/x-python-serialize"),
        message("deliver", pickled, "application/x-python-serialize", "utf-8"),
        message("deliver", pickled, "application/json", "utf-8"),
        message("deliver", yaml_bytes, "application/x-yaml", "utf-8"),
        message("os.system", json.dumps([[f"touch {marker}"], {}, {}]).encode(), "application/json", "utf-8"),
        message("deliver", b'[["../../etc/passwd"], {}, {}]', "application/json", "utf-8"),
        message("deliver", b'[[{"a": 1}], {}, {}]', "application/json", "utf-8"),
        message("deliver", b'[[], {"made": "up"}, {}]', "application/json", "utf-8"),
        message("celery.backend_cleanup", b"[[], {}, {}]", "application/json", "utf-8"),
    ]
    environment = {
        "TELLUSONCE_DATABASE_URL": database_url,
        "TELLUSONCE_BROKER_URL": url,
        "TELLUSONCE_DATA_DIR": str(tmp_path),
    }
    with worker(tmp_path, environment) as running:
        for each in hostile:
            client.lpush("doorbells", each)
            until_empty(client)
        time.sleep(1)
        assert running.is_running()
        client.lpush("doorbells", hostile[0])
        until_empty(client)
        assert not marker.exists()
    assert "touch" not in (tmp_path / "worker.log").read_text()


def until_empty(client: Redis) -> None:
    give_up_at = time.monotonic() + 30
    while client.llen("doorbells"):
        assert time.monotonic() < give_up_at, "the worker takes no more"
        time.sleep(0.05)
