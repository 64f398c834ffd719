"""What is hashed of an entry, and what a chain of entries gives away when one is changed."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.sealing import StoredEntry, TrailLink, beginning, canonical, canonical_time, link, salt
from tellusonce.domain.verifying import ReportTrail

REPORT = UUID("0199f3c2-0000-7000-8000-000000000001")
REFERENCE = "7K4-M92-QX1"
AT = datetime(2026, 3, 19, 14, 30, tzinfo=UTC)

texts = st.text(st.characters(codec="utf-8"), max_size=20)
details = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
entries = st.lists(
    st.builds(
        StoredEntry,
        report_id=st.just(REPORT),
        id=st.integers(1, 10**12),
        at=st.datetimes(timezones=st.just(UTC)),
        action=texts,
        actor=texts,
        agency=st.none() | texts,
        notification_id=st.none() | st.uuids(),
        detail=st.dictionaries(texts, details, max_size=4),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda entry: entry.id,
)


def an_entry(**given_: Any) -> StoredEntry:
    entry = StoredEntry(REPORT, 7, AT, "delivered", "tellusonce", "dwp-state-pension", None, {"b": 2, "a": "Sîan"})
    return replace(entry, **given_)


def in_links(of: Sequence[StoredEntry], sizes: Sequence[int]) -> list[TrailLink]:
    """The entries chained, in links of these sizes; the last has what is left."""
    end, links, left = beginning(REPORT, REFERENCE), [], list(of)
    for number, size in enumerate([*sizes, len(of)], 1):
        taken, left = left[:size], left[size:]
        if taken:
            made = link(number, REPORT, end, [(each.id, each) for each in taken], bytes([number]) * 32)
            links.append(made)
            end = made.end()
    return links


def kept(of: Sequence[StoredEntry], links: Sequence[TrailLink]) -> ReportTrail:
    return ReportTrail(REPORT, REFERENCE, {each.id: each for each in of}, links, frozenset())


def test_the_canonical_bytes_are_as_documented() -> None:
    """As docs/agencies.md shows them: whoever verifies by a program of their own must come to the same."""
    assert canonical(an_entry().document()).decode() == (
        '{"action":"delivered","actor":"tellusonce","agency":"dwp-state-pension","at":"2026-03-19T14:30:00.000000Z",'
        '"detail":{"a":"Sîan","b":2},"id":7,"notification_id":null,"report_id":"0199f3c2-0000-7000-8000-000000000001"}'
    )


def test_a_time_is_the_same_in_every_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-5)))
    assert canonical_time(elsewhere) == canonical_time(AT) == "2026-03-19T14:30:00.000000Z"


@given(details)
def test_canonical_bytes_are_those_of_the_value_however_it_is_written(value: Any) -> None:
    """Read from any JSON text of the same value, they are the same."""
    assert canonical(json.loads(json.dumps(value, indent=3))) == canonical(value)
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(details, details)
def test_two_values_have_two_forms(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    )


def test_salts_differ_by_position_and_by_link() -> None:
    salts = {salt(bytes([seed]) * 32, position) for seed in range(5) for position in range(1, 6)}
    assert len(salts) == 25


@given(entries, st.lists(st.integers(1, 4), max_size=4))
def test_a_trail_as_it_was_sealed_has_no_flaw(of: list[StoredEntry], sizes: list[int]) -> None:
    assert kept(of, in_links(of, sizes)).flaw() is None


@given(entries, st.lists(st.integers(1, 4), max_size=4), st.data())
def test_the_first_entry_that_was_changed_or_removed_is_named(
    of: list[StoredEntry], sizes: list[int], draw: st.DataObject
) -> None:
    links = in_links(of, sizes)
    at = draw.draw(st.integers(0, len(of) - 1))
    changes = {at, *draw.draw(st.lists(st.integers(at, len(of) - 1), max_size=3))}
    changed = [replace(each, actor=each.actor + "x") if here in changes else each for here, each in enumerate(of)]
    if draw.draw(st.booleans()):
        changed.pop(at)
    flaw = kept(changed, links).flaw()
    assert flaw is not None
    assert (flaw.reference, flaw.position, flaw.entry) == (REFERENCE, at + 1, of[at].id)


@given(entries, st.lists(st.integers(1, 4), max_size=4), st.data())
def test_an_entry_put_in_is_named(of: list[StoredEntry], sizes: list[int], draw: st.DataObject) -> None:
    more = replace(draw.draw(st.sampled_from(of)), id=10**13)
    flaw = kept([*of, more], in_links(of, sizes)).flaw()
    assert flaw is not None
    assert (flaw.what.startswith("the entry was put in"), flaw.entry) == (True, more.id)


@given(entries, st.lists(st.integers(1, 4), max_size=4), st.data())
def test_a_link_left_out_is_found(of: list[StoredEntry], sizes: list[int], draw: st.DataObject) -> None:
    """Another link's place shows it, or its entries, which none has then."""
    links = in_links(of, sizes)
    links.pop(draw.draw(st.integers(0, len(links) - 1)))
    assert kept(of, links).flaw() is not None


@given(entries, st.data())
def test_any_byte_of_a_link_flipped_is_found(of: list[StoredEntry], draw: st.DataObject) -> None:
    links = in_links(of, [2, 3])
    which = draw.draw(st.integers(0, len(links) - 1))
    name = draw.draw(st.sampled_from(["hashes", "seed"]))
    data = getattr(links[which], name)
    at, mask = draw.draw(st.integers(0, len(data) - 1)), draw.draw(st.integers(1, 255))
    links[which] = replace(links[which], **{name: data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]})
    assert kept(of, links).flaw() is not None
