"""Bodies made to be too much: too long, too deep, too many, packed, or text that is not what it seems."""

import gzip
import json
import time
import unicodedata
import zlib
from collections.abc import Sequence
from typing import Any

from httpx2 import Response

from tellusonce.bootstrap import Service
from tellusonce.persistence.database import Database
from tests.abuse.mutating import CANARY, UNICODE
from tests.builders import a_submission
from tests.persistence.stored import query, stored_facts
from tests.web.calling import REPORTS, Caller, Callers, problem

AGENCY = "dwp-state-pension"
ACKNOWLEDGEMENTS = f"/v1/agencies/{AGENCY}/acknowledgements"
WORD = {"notification": "01a20257-df0c-7590-aa10-5e4777fa43a5", "kind": "receipt", "at": "2026-03-14T09:30:00Z"}


def posted(caller: Caller, body: bytes, path: str = REPORTS, **headers: str) -> Response:
    """In a few seconds, whatever it is and whoever else uses the machine."""
    asked = time.monotonic()
    response = caller.post_bytes(path, body, Idempotency_Key="a key", **headers)
    assert time.monotonic() - asked < 10
    return response


def nested(opening: str, closing: str, depth: int) -> bytes:
    return ('{"facts":' + opening * depth + "1" + closing * depth + "}").encode()


TOO_MUCH = {
    "lists": nested("[", "]", 250),
    "objects": nested('{"a":', "}", 250),
    "very many lists": nested("[", "]", 100_000),
    "never closed": b"[" * 250_000,
    "objects never closed": b'{"a":' * 50_000,
    "many entries": json.dumps({"benefits": ["x"] * 50_000}).encode(),
    "many names": json.dumps({str(number): number for number in range(15_000)}).encode(),
    "many digits": b'{"facts": ' + b"9" * 250_000 + b"}",
    "a great exponent": b'{"facts": 1e' + b"9" * 250_000 + b"}",
    "many escapes": b'{"facts": "' + b"\\u0000" * 40_000 + b'"}',
    "four bytes a character": b'{"facts": "' + "\U0001f54a".encode() * 60_000 + b'"}',
    "much space": b" " * 250_000 + b"{}",
    "a lone surrogate in UTF-8": b'{"life_event": "\xed\xa0\x80"}',
    "surrogates the wrong way round": rb'{"life_event": "\udc00\ud800"}',
    "more bytes than needed": b'{"life_event": "\xc0\xaf"}',
}


def test_a_body_that_is_too_much_is_refused_at_once(registrar: Caller, database: Database) -> None:
    """It is answered 422 in a short answer, and nothing is stored."""
    for body in TOO_MUCH.values():
        response = posted(registrar, body)
        problem(response, 422, "input-refused")
        assert len(response.content) < 20_000
    assert query(database, "SELECT count(*) FROM report") == [(0,)]


def test_a_body_over_its_bound_is_not_read_to_its_end(registrar: Caller, service: Service) -> None:
    """One byte too many is answered 413, and so is a hundred times too much."""
    bound = service.settings.body_limit_bytes
    for length in (bound + 1, bound * 100):
        problem(posted(registrar, b" " * length), 413, "body-too-long")
    problem(posted(registrar, b" " * bound), 422, "input-refused")


def test_a_packed_body_is_not_unpacked(registrar: Caller) -> None:
    """Whatever it is packed by, it is answered 415: a bomb stays what it is."""
    bomb = gzip.compress(bytes(50_000_000))
    for packing, body in {
        "gzip": bomb,
        "x-gzip": bomb,
        "GZip": bomb,
        "deflate": zlib.compress(bytes(50_000_000)),
        "br": b"\x8b\x02\x80",
        "zstd": b"\x28\xb5\x2f\xfd",
        "gzip, identity": bomb,
        "identity, gzip": bomb,
        "*": b"{}",
        "": b"{}",
    }.items():
        problem(posted(registrar, body, Content_Encoding=packing), 415, "unsupported-media-type")
    problem(posted(registrar, bomb), 422, "input-refused")


MEDIA_TYPES = [
    "application/json; charset=utf-16",
    "application/json; charset=utf-7",
    "application/json; charset=latin-1",
    "application/json; charset=utf-8; charset=utf-16",
    "application/json, text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/x-yaml",
    "application/x-python-serialize",
    "text/json",
    "",
]


def test_what_is_not_said_to_be_json_in_utf8_is_not_read(registrar: Caller) -> None:
    """Neither another charset nor another type is guessed at."""
    body = json.dumps(a_submission()).encode()
    for media_type in MEDIA_TYPES:
        problem(posted(registrar, body, Content_Type=media_type), 415, "unsupported-media-type")


def test_a_hostile_name_is_stored_to_the_letter_or_refused(registrar: Caller, database: Database) -> None:
    """Names in any script are names; what would forge lines is refused, and nothing is repeated in the answer."""
    taken = []
    for number, name in enumerate(UNICODE):
        submission = a_submission(facts__deceased__family_name=name)
        response = registrar.post(REPORTS, submission, idempotency_key=f"key {number}")
        assert CANARY not in response.text
        if response.status_code == 201:
            taken.append(name.strip())
        else:
            problem(response, 422, "input-refused")
    stored = [facts["deceased"]["family_name"] for facts in stored_facts(database)]
    assert sorted(stored) == sorted(taken)
    assert 0 < len(taken) < len(UNICODE)
    assert "Cc" not in {unicodedata.category(character) for name in taken for character in name}


def test_very_many_acknowledgements_are_bounded(callers: Callers) -> None:
    """A thousand at once are taken, one more is not; each of a thousand bad ones is answered shortly."""
    agency = callers.agency(AGENCY)
    problem(posted(agency, listed([WORD] * 1_001), ACKNOWLEDGEMENTS), 413, "body-too-long")
    unknown = posted(agency, listed([WORD] * 1_000), ACKNOWLEDGEMENTS).json()
    assert {each["status"] for each in unknown} == {404}
    odd: list[Any] = [{}, [], None, 1, "x", {CANARY: 1}, WORD | {"note": "\x00"}, WORD | {"at": "9999-99-99"}]
    answered = posted(agency, listed(odd * 125), ACKNOWLEDGEMENTS)
    assert {each["status"] for each in answered.json()} == {422}
    assert CANARY not in answered.text
    assert len(answered.content) < 500_000


def listed(words: Sequence[Any]) -> bytes:
    return json.dumps(words, separators=(",", ":")).encode()


def test_a_name_that_looks_like_another_is_another(registrar: Caller) -> None:
    """A key or a benefit in look-alike letters is not taken for the real one."""
    for submission in (
        a_submission(benefits=["st\u0430te-pension"]),
        a_submission(benefits=["\uff53tate-pension"]),
        a_submission(life_event="bereavement\u200b"),
        {**a_submission(), "f\u0430cts": {}},
    ):
        problem(registrar.post(REPORTS, submission, idempotency_key="a key"), 422, "input-refused")
