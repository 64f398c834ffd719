"""A name that nobody else bears goes through every flow, with things failing on the way.

It is in what the agencies received; it is in no table of the database, in no message of the broker's, in no log and
in no metric.
"""

import base64
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis, RedisError

from tellusonce.embedded import EmbeddedServer
from tellusonce.life_events.bereavement import BEREAVEMENT
from tellusonce.persistence.tables import metadata
from tests.stories.conftest import Play
from tests.stories.stage import Stage

CANARY = "Quaggaworth"
AGENCIES = {
    "holmshire-council-tax": ("--acknowledge", "post", "--outcome", "query"),
    "dwp-state-pension": ("--fail-first", "1", "--latency-seconds", "0.5"),
}
# Every field has a canary, of a kind that it takes: the name, or a date, number, address or postcode met nowhere else.
# How many are left in a household is no such number: it is looked for beside what it counts.
EVERYWHERE: dict[str, Any] = {
    **dict.fromkeys(
        (
            *("facts__deceased__family_name", "facts__deceased__given_names", "facts__deceased__name_at_birth"),
            *("facts__partner__family_name", "facts__partner__given_names"),
            *("facts__informant__given_names", "facts__informant__family_name", "facts__informant__relationship"),
            *("facts__estate_contact__given_names", "facts__estate_contact__family_name"),
            *("facts__registration__district", "facts__registration__entry_number"),
        ),
        CANARY,
    ),
    "facts__deceased__address__lines": [f"1 {CANARY} Lane"],
    "facts__estate_contact__address__lines": [f"2 {CANARY} Lane"],
    "facts__informant__email": f"{CANARY.lower()}@example.org",
    "facts__estate_contact__email": f"{CANARY.lower()}@example.org",
    "facts__deceased__date_of_birth": "1931-07-29",
    "facts__deceased__date_of_death": "2026-02-23",
    "facts__partner__date_of_birth": "1930-08-27",
    "facts__registration__registered_on": "2026-02-26",
    "facts__deceased__national_insurance_number": "QQ908172C",
    "facts__partner__national_insurance_number": "QQ271809A",
    "facts__informant__telephone": "+441632960917",
    "facts__estate_contact__telephone": "+441632960918",
    "facts__deceased__address__postcode": "HO1 9ZY",
    "facts__estate_contact__address__postcode": "HO2 7ZZ",
    "facts__household__adults": 29,
    "facts__household__children": 28,
    "facts__funeral__held_on": "2026-02-28",
    **{f"facts__stays_in_care__{each}__kind": "hospice" for each in ("first", "second", "third")},
    **{f"facts__stays_in_care__{each}__place": CANARY for each in ("first", "second", "third")},
    **{
        f"facts__stays_in_care__{each}__{part}": f"2025-{month}-{day}"
        for each, month in (("first", "11"), ("second", "07"), ("third", "05"))
        for part, day in (("started", "13"), ("ended", "27"))
    },
}
INTERIM = {"issued_on": "2026-02-24", "coroner_area": CANARY}
PROVISIONALLY = {path: each for path, each in EVERYWHERE.items() if not path.startswith("facts__registration__")} | {
    "facts__registration": None,
    "facts__interim_certificate": INTERIM,
}
VALUES = [str(each) for each in (*EVERYWHERE.values(), *INTERIM.values()) if not isinstance(each, int)]
CANARIES = sorted({CANARY.lower()} | {each.lower() for each in VALUES if CANARY.lower() not in each.lower()})
COUNTED = r"(adults|children)[\"'\\]*\s*[:=]\s*2[89]"
IN_BYTES = {each.encode().hex() for each in (CANARY, CANARY.lower(), *VALUES, '"adults":29', '"children":28')}
"""As PostgreSQL writes what is kept as bytes."""
PATTERNS = [f"%{each}%" for each in (*CANARIES, *sorted(IN_BYTES))]
BODY = re.compile(r'"body": "([^"]+)"')
SETTLED = "SELECT count(*) FROM notification WHERE state NOT IN ('actioned', 'queried')"


def test_every_field_has_a_canary() -> None:
    """One that the model gains must have one too."""
    paths = {path.removeprefix("facts__").replace("__", ".") for path in EVERYWHERE}
    assert paths | {f"interim_certificate.{name}" for name in INTERIM} == set(BEREAVEMENT.fields)


@contextmanager
def listening(broker: Redis) -> Iterator[list[str]]:
    """All that the broker is told, as it is told it."""
    heard: list[str] = []
    ended = threading.Event()

    def listen() -> None:
        while not ended.is_set():  # a broker under load may hang up on who listens
            with suppress(RedisError, ValueError, OSError), broker.monitor() as monitor:  # type: ignore[no-untyped-call]
                heard.extend(command["command"] for command in monitor.listen())

    threading.Thread(target=listen, daemon=True).start()
    yield heard
    ended.set()


@pytest.fixture
def broker(valkey: EmbeddedServer) -> Redis:
    """The story's broker, spoken to directly."""
    return Redis(unix_socket_path=urlsplit(valkey.url).path)


def test_the_name_is_nowhere_but_with_those_who_may_know_it(play: Play, broker: Redis, tmp_path: Path) -> None:
    with listening(broker) as heard, play(AGENCIES) as stage:
        stage.registrar.register(**EVERYWHERE)
        stage.registrar.register(**PROVISIONALLY)
        with pytest.raises(urllib.error.HTTPError):
            stage.registrar.register(**{**EVERYWHERE, "facts__deceased__date_of_death": CANARY})
        stage.until(lambda: stage.count("SELECT count(*) FROM attempt WHERE result = 'refused'") > 0, within_seconds=30)
        stage.kill("worker")
        stage.until(lambda: stage.count(SETTLED) == 0, within_seconds=30)
        metrics = _metrics(stage)

        assert stage.count("SELECT count(*) FROM follow_up") == 2
        for table in metadata.tables:
            told = f"SELECT count(*) FROM {table} AS row WHERE row::text ILIKE ANY (%s) OR row::text ~* %s"
            assert stage.count(told, PATTERNS, COUNTED) == 0, table
    bodies = [base64.b64decode(body).decode() for command in heard for body in BODY.findall(command)]
    assert any('"holmshire-council-tax"' in body for body in bodies)
    assert found_in("\n".join([*heard, *bodies])) == []
    assert found_in(metrics) == []
    logs = list((tmp_path / "logs").iterdir())
    assert {path.stem for path in logs} >= {"api", "worker", "beat"}
    assert {path.name: found for path in logs if (found := found_in(path.read_text(encoding="utf-8")))} == {}


def found_in(text: str) -> list[str]:
    """The canaries that stand in it, however they are written."""
    counted = [found[0] for found in re.finditer(COUNTED, text, re.IGNORECASE)]
    return [canary for canary in CANARIES if canary in text.lower()] + counted


def _metrics(stage: Stage) -> str:
    with urllib.request.urlopen(f"{stage.town.api_url}/metrics", timeout=5) as answer:
        text: str = answer.read().decode()
    return text
