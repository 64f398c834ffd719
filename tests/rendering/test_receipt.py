"""The receipt can be read by people, screen readers and telephones' cameras."""

import io
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

from tellusonce.domain.language import Language
from tellusonce.rendering.receipt import Receipt, ReceiptPdf, qr_code
from tellusonce.settings import Settings

_LINK = "https://reports.example.org/family/link/1.7K4M92QX1.20270319.abcdefghijklmnopqrstuv"
_WORDS = (
    "title",
    "registered",
    "your_reference",
    "follow",
    "how",
    "code",
    "without_code",
    "keep",
    "told",
    "told_means",
    "not_told",
)


def a_receipt() -> Receipt:
    return Receipt(
        language=Language.ENGLISH,
        large=False,
        reference="7K4-M92-QX1",
        link=_LINK,
        told=["State Pension", "Council Tax #strong[Holmshire]"],
        not_told=[{"name": "Libraries", "explanation": "The family can tell it themselves."}],
        words={name: f"The words of {name}" for name in _WORDS},
    )


def pdf(receipt: Receipt) -> PdfReader:
    return PdfReader(io.BytesIO(ReceiptPdf(Settings().templates_dir).render(receipt)))


def test_it_says_the_reference_who_is_told_and_who_is_not() -> None:
    """What comes as data is never read as markup."""
    text = "".join(page.extract_text() for page in pdf(a_receipt()).pages).replace("\u200b", "")
    for part in (
        "7K4-M92-QX1",
        "State Pension",
        "#strong[Holmshire]",
        "Libraries",
        "The family can tell it themselves.",
    ):
        assert part in text


@pytest.mark.parametrize("language", Language)
def test_it_is_tagged_in_its_language(language: Language) -> None:
    """As PDF/UA asks."""
    root: Any = pdf(replace(a_receipt(), language=language)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith(language.value)


def test_large_print_is_larger() -> None:
    """Eighteen points, and none under sixteen."""
    sizes: set[float] = set()

    def note(text: str, _cm: object, tm: list[float], _font: object, size: float) -> None:
        if text.strip():
            sizes.add(round(abs(size * tm[0])))

    pdf(replace(a_receipt(), large=True)).pages[0].extract_text(visitor_text=note)
    assert 18 in sizes
    assert min(sizes) >= 16


def test_the_code_is_drawn_with_white_around_it() -> None:
    """Four modules on each side, and no style of its own, which the pages' policy would refuse."""
    drawn = qr_code(_LINK)
    assert drawn.startswith("<svg")
    assert "viewBox" in drawn
    assert "style" not in drawn
    assert "M4 4.5" in drawn
