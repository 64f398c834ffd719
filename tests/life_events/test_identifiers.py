"""The shapes that are taken without asking a library: just as the library would take them."""

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st
from pydantic import EmailStr, TypeAdapter

from tellusonce.life_events.identifiers import PLAIN_EMAIL, PLAIN_TELEPHONE_NUMBER, Email, TelephoneNumber


@given(st.from_regex(PLAIN_EMAIL, fullmatch=True))
def test_a_plain_email_address_is_as_the_library_has_it(email: str) -> None:
    """The library takes it too, and leaves it as it is."""
    assert TypeAdapter(Email).validate_python(email) == TypeAdapter(EmailStr).validate_python(email) == email


@given(st.from_regex(PLAIN_TELEPHONE_NUMBER, fullmatch=True), st.lists(st.integers(0, 11), max_size=6))
def test_a_plain_telephone_number_is_as_the_library_has_it(digits: str, spaces: list[int]) -> None:
    """The library takes it too, wherever spaces stand in it, and writes it alike."""
    written = digits
    for place in spaces:
        written = f"{written[:place]} {written[place:]}"
    parsed = phonenumbers.parse(written, "GB")
    assert phonenumbers.is_possible_number(parsed)
    canonical = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    assert TypeAdapter(TelephoneNumber).validate_python(written) == canonical
