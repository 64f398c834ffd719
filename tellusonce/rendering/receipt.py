"""The receipt that a family takes home: as a part of a page, and as a PDF for people and screen readers (PDF/UA-1)."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import segno
import typst

from tellusonce.domain.language import Language

_TEMPLATE = "receipt.typ"
_QUIET_MODULES = 4  # ISO/IEC 18004 asks for so much white around a code


class ReceiptNotRendered(Exception):
    """The receipt could not be made into a PDF; the template does not fit."""

    def __init__(self) -> None:
        super().__init__("the receipt could not be made into a PDF: templates/exports/receipt.typ does not fit")


@dataclass(frozen=True)
class Receipt:
    """What stands on it, in the family's language. No fact does: who finds it learns no name from it."""

    language: Language
    large: bool
    reference: str
    link: str
    told: Sequence[str]
    not_told: Sequence[Mapping[str, str]]
    """The `name` of each, and its `explanation`, which says what the family can do."""
    words: Mapping[str, str]
    """The headings and sentences, by what they are."""


def qr_code(link: str) -> str:
    """The link as a code for telephones' cameras: an SVG, with middling error correction for a creased paper."""
    drawn = io.BytesIO()
    code = segno.make(link, error="m", micro=False)
    code.save(drawn, kind="svg", xmldecl=False, svgclass=None, lineclass=None, border=_QUIET_MODULES, omitsize=True)
    return drawn.getvalue().decode()


class ReceiptPdf:
    """Writes receipts. The template is in `exports` in the folder of templates, and can read no file outside it."""

    def __init__(self, templates_dir: Path) -> None:
        self._folder = templates_dir / "exports"

    def render(self, receipt: Receipt) -> bytes:
        """The receipt as a PDF. Raises ReceiptNotRendered."""
        view = {**asdict(receipt), "language": receipt.language.value, "code": qr_code(receipt.link)}
        try:
            written = typst.compile(
                self._folder / _TEMPLATE,
                root=self._folder,
                format="pdf",
                sys_inputs={"data": json.dumps(view)},
                pdf_standards="ua-1",
            )
        except typst.TypstError:
            raise ReceiptNotRendered from None
        assert isinstance(written, bytes)
        return written
