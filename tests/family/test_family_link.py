"""Links by which a family comes to its report's page."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.services.family_link import PATH, FamilyLinks, LinkEnded, WrongLink, link_key
from tellusonce.services.reference import new_reference

GIVEN_AT = datetime(2026, 3, 19, 10, 12, tzinfo=UTC)
_A_REFERENCE = new_reference()
_KEY = link_key(b"a secret of 32 bytes that is none")


def _links(*, days_later: int = 0, key: bytes = _KEY) -> FamilyLinks:
    return FamilyLinks(key, lambda: GIVEN_AT + timedelta(days=days_later), days=365)


def _token() -> str:
    return _links().path(_A_REFERENCE).removeprefix(PATH)


def test_a_link_leads_to_the_report_it_was_made_for() -> None:
    """By its reference, read back as it is stored."""
    assert _links().reference(_token()) == _A_REFERENCE


def test_a_link_holds_to_the_end_of_its_last_day() -> None:
    """Counted by the calendar of the United Kingdom from the day on which it was given."""
    assert _links(days_later=365).reference(_token()) == _A_REFERENCE
    with pytest.raises(LinkEnded):
        _links(days_later=366).reference(_token())


def test_a_link_signed_by_another_key_is_refused() -> None:
    """Such as one of another service, or one made up."""
    with pytest.raises(WrongLink):
        _links(key=link_key(b"another secret of 32 bytes, none too")).reference(_token())


def test_links_holds_nothing_but_reference_and_last_day() -> None:
    """And the digest of these: the same for the same report on the same day."""
    version, reference, ends_on, _ = _token().split(".")
    assert (version, reference, ends_on) == ("1", _A_REFERENCE.replace("-", ""), "20270319")


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_link_in_which_anything_was_changed_is_refused(place: int, character: str) -> None:
    """Whichever character, to whichever other."""
    token = _token()
    place %= len(token)
    if token[place] != character:
        with pytest.raises(WrongLink):
            _links().reference(token[:place] + character + token[place + 1 :])


@given(st.text(max_size=60))
def test_what_is_no_link_is_refused(text: str) -> None:
    """Whatever it is."""
    with pytest.raises(WrongLink):
        _links().reference(text)
