"""Every parser takes what is right and refuses all else as it says, without a word of what it was given."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import settings as so_many
from hypothesis import strategies as st
from pydantic_core import to_json

from tellusonce.agreements.loading import ConfigurationRefused, load_agencies
from tellusonce.channels.file_names import is_file_name
from tellusonce.channels.push_replies import acknowledgements, retry_after_seconds
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.report import Correction, Withdrawal
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.life_events.validation import check_facts, read_as, read_submission
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.reference import WrongReference, read_reference
from tellusonce.settings import PREFIX, Settings, WrongSetting, read_settings
from tellusonce.web.cursors import next_link, read_cursor
from tellusonce.web.idempotency import idempotency_key
from tellusonce.web.problems import Problem
from tests.abuse.mutating import CANARY, UNICODE, altered, spoilt, values
from tests.builders import a_bereavement, a_submission

TODAY = date(2026, 3, 20)
SUBMISSION = a_submission(facts__deceased__family_name=CANARY)
CONFIG = Settings().config_dir
FILES = {path.name: path.read_bytes() for path in CONFIG.glob("agencies/*.yaml")}
FILES |= {name: (CONFIG / name).read_bytes() for name in ("councils.yaml", "authorities.csv")}


def refused(read: Callable[[], object]) -> str:
    """What is said of the input; nothing where it is taken."""
    try:
        read()
    except InputRefused as wrong:
        return str([(fault.pointer, fault.message) for fault in wrong.faults]) + str(wrong)
    return ""


@given(spoilt(json.dumps(SUBMISSION).encode()) | altered(SUBMISSION).map(to_json) | st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b'{"facts":' * 10_000)
@example(rb'{"life_event": "\ud800"}')
def test_a_report_is_read_or_refused(body: bytes) -> None:
    """A submission, a correction and a withdrawal are documents, or refused with faults."""
    for read in (
        lambda: read_submission(body),
        lambda: read_as(Correction, body),
        lambda: read_as(Withdrawal, body),
    ):
        assert CANARY not in refused(read)


@given(altered(a_bereavement()))
@example({"deceased": {"family_name": CANARY}})
def test_facts_are_read_or_refused(facts: dict[str, Any]) -> None:
    """Facts are in their canonical form, which reads as itself, or refused with faults."""
    kind = LIFE_EVENTS["bereavement"]
    said = refused(lambda: check_facts(kind, facts, TODAY))
    assert CANARY not in said
    if not said:
        canonical = check_facts(kind, facts, TODAY)
        assert check_facts(kind, canonical, TODAY) == canonical


@pytest.mark.parametrize("name", UNICODE)
def test_a_hostile_name_is_kept_to_the_letter_or_refused(name: str) -> None:
    """Whatever a name looks like, it is a name and nothing else: it is not normalised, cut or run."""
    facts = a_bereavement(deceased__family_name=name)
    with suppress(InputRefused):
        assert check_facts(LIFE_EVENTS["bereavement"], facts, TODAY)["deceased"]["family_name"] == name.strip()


@given(altered({"notification": str(uuid4()), "kind": "receipt", "at": "2026-03-14T09:30:00Z"}), st.binary(max_size=50))
def test_an_agencys_reply_says_something_or_nothing(word: dict[str, Any], noise: bytes) -> None:
    """The body of an answer to a push never fails the push."""
    for reply in (to_json(word), to_json([word, word]), noise, b"[" + noise, b"[" * 60_000):
        assert isinstance(acknowledgements(reply), dict)


@given(st.text(max_size=60) | st.from_regex(r"[0-9]{1,400}|-?[0-9.eE]+|[A-Z][a-z]{2}, \d{1,9} [A-Z][a-z]{2} \d+ .*"))
@example("٣٠")
@example("Fri, 31 Dec 9999 23:59:59 -2400")
@example("Fri, 99 Dec 99999999999 99:99:99 GMT")
def test_retry_after_is_seconds_or_nothing(asked: str) -> None:
    """Whatever an agency asks for, it is a time to wait that is neither negative nor without end."""
    assert 0 <= retry_after_seconds({"Retry-After": asked}, datetime(2026, 3, 14, tzinfo=UTC)) < 10**12


@given(st.text(max_size=30) | st.sampled_from(UNICODE))
@example("\u017f" * 9)  # a letter that is another one in upper case
@example("ß" * 9)
def test_a_reference_is_read_or_refused(text: str) -> None:
    """A reference as it is stored, or a refusal that does not repeat what was typed."""
    try:
        read = read_reference(text)
    except WrongReference as wrong:
        said = str(wrong)
    else:
        said = ""
        assert read_reference(read) == read
    assert CANARY not in said


@given(st.text(max_size=250) | st.binary(max_size=60).map(lambda given: given.decode("latin-1")))
@example("W10=")
@example("W251bGwsIG51bGxd")
@example("WzEsIDJd")
@example("W1tbW1tbW1tb" * 20)
def test_a_cursor_is_one_of_ours_or_refused(cursor: str) -> None:
    """A cursor names a place in a list, or is a problem that says to start without one."""
    with suppress(Problem):
        place = read_cursor(cursor)
        assert place is not None
        assert "\n" not in next_link("/", {}, *place)


@given(st.text(max_size=300))
@example("a\r\nX-Injected: 1")
@example("\u202e")
def test_an_idempotency_key_is_printable_or_refused(key: str) -> None:
    """No control character gets as far as being kept."""
    caller = Principal("front desk", Role.REGISTRAR, district="holmshire")
    with suppress(Problem):
        assert idempotency_key(caller, key, "/", b"").key.isprintable()


@given(st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9._/\\-]{1,20}"))
@example("..")
@example("a/../b")
@example("a\n")
@example(".hidden")
def test_a_listed_name_names_a_file_in_its_tray_or_is_passed_over(name: str) -> None:
    """Whatever an SFTP server lists, what is opened lies in the folder that was listed."""
    if is_file_name(name):
        assert Path("/tray", name).resolve() == Path("/tray") / name
        assert name.isascii()
        assert name.isprintable()


@so_many(max_examples=60)
@given(st.sampled_from(sorted(FILES)).flatmap(lambda name: st.tuples(st.just(name), spoilt(FILES[name]))))
@example(("authorities.csv", b"\xff\xfe"))
@example(("authorities.csv", FILES["authorities.csv"] + b'"'))
@example(("authorities.csv", b"code,code\n" * 100))
@example(("councils.yaml", b"services: [1, [2], {3: 4}, null]"))
@example(("councils.yaml", b"? [a]\n: b\n? {c: d}\n: e\n"))
@example(("hm-passport-office.yaml", b"&a [*a, *a]"))
@example(("hm-passport-office.yaml", b"[" * 5_000))
@example(("hm-passport-office.yaml", b"code: !!python/object/apply:os.system ['true']"))
def test_the_configuration_is_read_or_complained_of(changed: tuple[str, bytes]) -> None:
    """A spoilt file is as good as before or complained of, each on one line with the file's name and the line."""
    with configuration(*changed) as folder:
        try:
            load_agencies(folder, LIFE_EVENTS)
        except ConfigurationRefused as wrong:
            for line in str(wrong).split("\n"):
                assert line.startswith(f"{folder}/")
                assert line.split(":")[1].isdecimal()


@contextmanager
def configuration(name: str, content: bytes) -> Iterator[Path]:
    """A folder with two agencies and all councils, one file of which has this content."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "agencies").mkdir()
        files = {each: FILES[each] for each in ("hm-passport-office.yaml", "councils.yaml", "authorities.csv")}
        for each, known in (files | {name: content}).items():
            (folder / ("agencies" if each.endswith(".yaml") and each != "councils.yaml" else "") / each).write_bytes(
                known
            )
        yield folder


_NAMES = [name for name in Settings.model_fields if not name.endswith(("_dir", "_file"))]


@given(
    st.sampled_from(_NAMES), values.map(json.dumps) | st.text(st.characters(exclude_categories=["Cs"], min_codepoint=1))
)
@example("retry_delays_seconds", "[1e999]")
def test_a_setting_is_taken_or_named_in_one_line(name: str, value: str) -> None:
    """A wrong value stops the start with one line that names the setting and does not repeat a password."""
    variable = PREFIX + name.upper()
    with patch.dict(os.environ, {variable: value}):
        try:
            read_settings()
        except WrongSetting as wrong:
            said = str(wrong)
        else:
            said = variable
    assert said.startswith(variable)
    assert "\n" not in said
    assert CANARY not in said
