"""Everything that pages say is said in Welsh too."""

import pytest

from tests.web.catalogues import CATALOGUES, said_in, sections, welsh_of


@pytest.mark.parametrize("section", sections())
def test_every_text_has_its_welsh(section: str) -> None:
    """Each text of the section's templates and code stands in the section's catalogue, translated."""
    welsh = welsh_of(section)
    missing = []
    for context, text in said_in(section):
        message = welsh.get(text[0] if isinstance(text, tuple) else text, context)
        strings = [] if message is None else [message.string] if isinstance(message.string, str) else message.string
        if not strings or not all(strings):
            missing.append(text)
    assert not missing, f"translate these in {CATALOGUES / section}.po"


@pytest.mark.parametrize("section", sections())
def test_no_translation_has_lost_its_text(section: str) -> None:
    """What is said no more leaves the catalogue, and no translation drops or invents a value."""
    welsh = welsh_of(section)
    said = {(context, text[0] if isinstance(text, tuple) else text) for context, text in said_in(section)}
    kept = {
        (message.context, message.id if isinstance(message.id, str) else message.id[0])
        for message in welsh
        if message.id
    }
    assert kept <= said
    assert not [message.id for message in welsh if message.id and message.check()]


def test_one_text_has_one_translation() -> None:
    """All sections are read as one, so that the same words are said alike; a context tells apart what is not."""
    seen: dict[object, object] = {}
    for section in sections():
        for message in welsh_of(section):
            if message.id:
                assert seen.setdefault((message.context, str(message.id)), message.string) == message.string
