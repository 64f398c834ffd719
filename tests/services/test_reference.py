"""References as people read them out and type them in."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tellusonce.services.reference import WrongReference, new_reference, read_reference

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
bodies = st.text(ALPHABET, min_size=8, max_size=8)
positions = st.integers(0, 8)


def reads(text: str) -> bool:
    try:
        read_reference(text)
    except WrongReference:
        return False
    return True


def with_check_character(body: str) -> str:
    (reference,) = [body + character for character in ALPHABET if reads(body + character)]
    return read_reference(reference)


references = bodies.map(with_check_character)


def replaced(reference: str, position: int, character: str) -> str:
    characters = list(reference.replace("-", ""))
    characters[position] = character
    return "".join(characters)


def test_a_new_one_reads_as_itself() -> None:
    """A new reference has three groups of three, and is read as it stands."""
    reference = new_reference()
    assert [len(group) for group in reference.split("-")] == [3, 3, 3]
    assert set(reference) <= {*ALPHABET, "-"}
    assert read_reference(reference) == reference


def test_new_ones_differ() -> None:
    """A thousand references are a thousand different ones."""
    assert len({new_reference() for _ in range(1_000)}) == 1_000


@given(references)
def test_typed_as_people_type(reference: str) -> None:
    """Small letters, spaces and missing hyphens do no harm."""
    assert read_reference(f" {reference.lower().replace('-', ' ')} ") == reference
    assert read_reference(reference.replace("-", "")) == reference


@given(st.text("0123", min_size=8, max_size=8).map(with_check_character), st.sampled_from(["OI", "OL", "oi", "ol"]))
def test_misread_letters_are_taken_for_the_digits_they_resemble(reference: str, misread: str) -> None:
    """O is read as 0, I and L as 1."""
    assert read_reference(reference.translate(str.maketrans("01", misread))) == reference


@given(bodies)
def test_one_check_character_fits(body: str) -> None:
    """Of the 32 characters that could end a reference, exactly one does."""
    assert sum(reads(body + character) for character in ALPHABET) == 1


@given(references, positions, st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(reference: str, position: int, character: str) -> None:
    """Whichever single character is wrong, the reference is refused."""
    assume(reference.replace("-", "")[position] != character)
    with pytest.raises(WrongReference):
        read_reference(replaced(reference, position, character))


@given(st.text(max_size=9) | st.text(f"{ALPHABET}ILOU", min_size=10))
def test_text_of_another_length_is_refused(text: str) -> None:
    """Whatever the text, without nine letters and digits it is refused, in words that do not repeat it."""
    assume(sum(character in ALPHABET + "ILO" for character in text.upper()) != 9)
    with pytest.raises(WrongReference) as refused:
        read_reference(text)
    assert str(refused.value) == str(WrongReference())


@pytest.mark.parametrize("text", ["", "7K4-M92", "7K4-M92-QXD-7", "7U4-M92-QXD", "\uff17K4-M92-QXD"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    """Too short, too long, or with a letter that references do not have."""
    with pytest.raises(WrongReference):
        read_reference(text)
