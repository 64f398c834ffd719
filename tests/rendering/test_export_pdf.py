"""An export as a PDF."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader

from tellusonce.domain.export import Export
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.rendering.export_pdf import ExportPdf, NotRendered
from tellusonce.settings import Settings
from tests.exporting import an_export

AT = datetime(2026, 3, 19, 10, 12, 4, tzinfo=UTC)
NOTIFICATION = UUID("019a91c2-5b01-7c3e-9d54-2f6d0a7be101")


def pdf(export: Export, templates: Path | None = None) -> PdfReader:
    return PdfReader(BytesIO(ExportPdf(templates or Settings().templates_dir, LIFE_EVENTS).render(export)))


def text(read: PdfReader) -> str:
    """All of its text, each run of white space as one space."""
    return " ".join(" ".join(page.extract_text() for page in read.pages).split())


def test_every_fact_stands_beside_its_label() -> None:
    """Under the part that it belongs to."""
    said = text(pdf(an_export()))
    assert "Estate contact What is held given names Ruth family name Amberley" in said
    assert "National Insurance number QQ123456C" in said


def test_what_came_of_it_is_told() -> None:
    """Who was told which fields under which law, what they said, and what a person had to see to."""
    said = text(pdf(an_export()))
    assert "Told under Social Security Administration Act 1992, section 125 (agreement version 1.0)" in said
    assert "Deceased: given names, family name; Partner: given names" in said
    assert "The family may call us on 01632 960 003." in said
    assert "Which of the two addresses was current?" in said
    assert "exported data-protection:Ines" in said


def test_that_facts_were_destroyed_is_said() -> None:
    """And when."""
    assert "destroyed" not in text(pdf(an_export()))
    said = text(pdf(an_export().model_copy(update={"facts_destroyed_at": AT})))
    assert "The facts were destroyed at 19 March 2026, 10:12:04, when the time for keeping them was over" in said


def test_what_is_left_out_is_said_and_not_there() -> None:
    """Of others neither a fact nor an agency's own words; their labels stand among what is left out."""
    said = text(pdf(an_export("informant")))
    assert "Partner: given names, family name, date of birth, National Insurance number" in said
    assert "left out: it may name others" in said
    assert "daniel.holloway@example.org" in said
    others = ["QQ654321A", "George", "1946-11-30", "Amberley", "3 Church Row", "QQ123456C", "01632 960 003", "Which of"]
    assert not [each for each in others if each in said]


def test_who_agreed_to_what_is_told() -> None:
    """And what was taken back; of another's consent only whose it is."""
    said = text(pdf(an_export()))
    assert "partner own-behalf agencies: all; facts: Partner: family name" in said
    assert "Consents taken back" in said
    assert "staff:desk" in said
    redacted = text(pdf(an_export("informant")))
    assert "informant next-of-kin agencies: all; facts: all" in redacted
    assert "partner left out: it is another's" in redacted.replace("\u2019", "'")
    assert "own-behalf" not in redacted


def test_it_can_be_read_aloud() -> None:
    """PDF/UA: tagged, with its language, its title and headings."""
    read = pdf(an_export())
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read.metadata is not None
    assert read.metadata.title == "Everything held on report 7K4-M92-QX1"
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert next(each.title for each in read.outline if not isinstance(each, list)) == read.metadata.title


def test_facts_are_never_markup() -> None:
    """Whatever a name looks like, it is printed as it is and nothing in it runs."""
    wild = '#panic() *b* $x$ <l> @r `c` \\ #read("/etc/passwd") {{ 1 }} "'
    read = pdf(an_export(deceased__family_name=wild))
    assert wild.replace(" ", "") in text(read).replace(" ", "")


def test_a_name_in_any_script_is_taken() -> None:
    """Where no font has a character it stands as a box, which is said; and an error repeats no fact."""
    assert "stand as boxes" in text(pdf(an_export(deceased__family_name="\u12e8\U0001f600\ua000")))
    assert "stand as boxes" not in text(pdf(an_export(deceased__family_name="Ŵŷ Łęcki Ωμέγα Иван")))


def test_a_template_that_does_not_fit_says_so_without_a_fact(tmp_path: Path) -> None:
    """Typst's own words would hold it."""
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports/report.typ").write_text("#panic(json(bytes(sys.inputs.data)))")
    with pytest.raises(NotRendered) as refused:
        pdf(an_export(), tmp_path)
    assert "Holloway" not in repr(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_the_same_export_gives_the_same_file() -> None:
    """To the byte, so that a copy can be compared."""
    render = ExportPdf(Settings().templates_dir, LIFE_EVENTS).render
    assert render(an_export()) == render(an_export())
