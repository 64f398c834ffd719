"""What councils provide, and the table of authorities: what they make together, and what is complained of."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import HttpUrl

from tellusonce.agreements.loading import ConfigurationRefused, load_agencies
from tellusonce.domain.agency import Agency
from tellusonce.domain.channel import BatchFile, Email, Folder, Inbox, Pull, Push
from tellusonce.domain.council import Tier
from tellusonce.domain.working_days import Division
from tellusonce.life_events import LIFE_EVENTS

_AGREEMENTS = """\
    agreements:
      bereavement:
        version: "1.0"
        parties:
          - {name: The registration service, role: controller}
          - {name: The council, role: controller}
        gateway:
          name: Public Libraries and Museums Act 1964
          source: https://www.legislation.gov.uk/ukpga/1964/75
          verified: false
        lawful_basis: public-task
        purpose: Close the card.
        consent: permission-of-informant
        fields: [deceased.family_name]
        deadlines:
          receipt_working_days: 1
          outcome_working_days: 10
        retention_days: 90
        starts_on: 2025-10-01
        review_on: 2027-01-31
        signed_off:
          - {post: Head Librarian, contact: library@example.org, signed_on: 2025-09-01}
"""
COUNCILS = f"""\
services:
  - code: library
    name: Libraries
    benefits: [library]
    tiers: [county, unitary]
    nations: [england, wales]
{_AGREEMENTS}
  - code: council-tax
    name: Council Tax
    benefits: [council-tax]
    tiers: [district, unitary]
    by_agreement: true
{_AGREEMENTS}"""
COLUMNS = "code,name,gss_code,nation,tier,county,contact,outward_codes,channel,address,layout,every,agreed"
HOLMSHIRE = (
    "holmshire,Holmshire Council,E06999901,england,unitary,,us@holmshire.example.org,HO1 HO2,"
    "push,https://holmshire.example.org/,,,council-tax"
)
WENDMOOR = (
    "wendmoor,Wendmoor County Council,E10999901,england,county,,us@wendmoor.example.org,,file,wendmoor,csv,night,"
)
MOORCLIFF = (
    "moorcliff,Moorcliff Borough Council,E07999902,england,district,wendmoor,us@moorcliff.example.org,MX1,"
    "email,tax@moorcliff.example.org,,,council-tax"
)
GLANAFON = "glanafon,Cyngor Glanafon,W06999901,wales,unitary,,ni@glanafon.example.org,GF1,pull,,,,"
STRATHORRAN = "strathorran,Strathorran Council,S12999901,scotland,unitary,,us@strathorran.example.org,SX1,inbox,,,,"
ROWS = (HOLMSHIRE, WENDMOOR, MOORCLIFF, GLANAFON, STRATHORRAN)
TABLE = "\n".join((COLUMNS, *ROWS, ""))
_AGENCY = f"""\
code: dwp-state-pension
name: State Pension
benefits: [state-pension]
division: england-and-wales
channel: {{kind: inbox}}
{_AGREEMENTS.replace("    agreements", "agreements").replace("      ", "  ")}"""

Write = Callable[..., Path]


@pytest.fixture
def configured(tmp_path: Path) -> Write:
    """Write the configuration and give its folder."""

    def written(councils: str | None = COUNCILS, table: str | None = TABLE) -> Path:
        (tmp_path / "agencies").mkdir(exist_ok=True)
        (tmp_path / "agencies/dwp-state-pension.yaml").write_text(_AGENCY)
        for name, content in (("councils.yaml", councils), ("authorities.csv", table)):
            if content is not None:
                (tmp_path / name).write_text(content)
        return tmp_path

    return written


def load(folder: Path) -> dict[str, Agency]:
    return load_agencies(folder, LIFE_EVENTS)


def complaints(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationRefused) as refused:
        load(folder)
    return [line.removeprefix(f"{folder}/") for line in str(refused.value).splitlines()]


def test_each_service_of_each_council_is_an_agency(configured: Write) -> None:
    """A council provides the services of its tier, each told by a code of its own, after the agencies of files."""
    assert list(load(configured())) == [
        "dwp-state-pension",
        "holmshire-library",
        "holmshire-council-tax",
        "wendmoor-library",
        "moorcliff-council-tax",
        "glanafon-library",
        "glanafon-council-tax",
        "strathorran-library",
        "strathorran-council-tax",
    ]


def test_an_agency_of_a_council_knows_its_council(configured: Write) -> None:
    """It bears the service's name and the council's, what the service holds, and where the council is."""
    agencies = load(configured())
    tax = agencies["moorcliff-council-tax"]
    assert (tax.name, tax.benefits) == ("Council Tax, Moorcliff Borough Council", ("council-tax",))
    assert tax.service is not None
    authority = tax.service.authority
    assert (tax.service.code, authority.code, authority.tier) == ("council-tax", "moorcliff", Tier.DISTRICT)
    assert (authority.county, set(authority.outward_codes)) == ("wendmoor", {"MX1"})
    assert agencies["glanafon-library"].division is Division.ENGLAND_AND_WALES
    assert agencies["strathorran-library"].division is Division.SCOTLAND


def test_all_services_of_a_council_go_over_its_channel(configured: Write) -> None:
    """One address serves all of them, but files go to a folder for each."""
    channels = {code: agency.channel for code, agency in load(configured()).items()}
    assert channels["holmshire-library"] == channels["holmshire-council-tax"]
    assert channels["holmshire-library"] == Push(kind="push", url=HttpUrl("https://holmshire.example.org/"))
    assert channels["moorcliff-council-tax"] == Email(kind="email", address="tax@moorcliff.example.org")
    assert channels["glanafon-library"] == Pull(kind="pull")
    assert channels["strathorran-library"] == Inbox(kind="inbox")
    files = channels["wendmoor-library"]
    assert isinstance(files, BatchFile)
    assert files.place == Folder(kind="folder", path=Path("wendmoor/library"))


def test_no_agreement_holds_beyond_its_nations_or_without_the_authoritys_own(configured: Write) -> None:
    """Such a council is concerned all the same, so that the family hears why it is not told."""
    without = [code for code, agency in load(configured()).items() if not agency.agreements]
    assert without == ["glanafon-council-tax", "strathorran-library", "strathorran-council-tax"]


def test_there_may_be_no_councils(configured: Write) -> None:
    """Without the declaration and the table there are the agencies of files."""
    assert list(load(configured(councils=None, table=None))) == ["dwp-state-pension"]


@pytest.mark.parametrize(("given", "missing"), [("councils", "authorities.csv"), ("table", "councils.yaml")])
def test_one_without_the_other_is_complained_of(configured: Write, given: str, missing: str) -> None:
    """Services without a table of authorities reach nobody, and a table without services says nothing."""
    folder = configured(councils=COUNCILS if given == "councils" else None, table=TABLE if given == "table" else None)
    assert complaints(folder)[0].startswith(f"{missing}:1: (file): should be a file that can be read")


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("holmshire,Holmshire Council", "holmshire,", "2: holmshire.name: should be given"),
        ("holmshire,", "Holm Shire,", "2: Holm Shire.code: should match pattern"),
        ("holmshire,", ",", "2: code: should be given"),
        ("E06999901", "E0699990", "2: holmshire.gss_code: should match pattern"),
        ("E06999901", "S06999901", "2: holmshire.gss_code: should begin with E, by its nation"),
        ("E07999902", "E10999901", "4: moorcliff.gss_code: should differ from that of wendmoor"),
        (",england,unitary", ",ireland,unitary", "2: holmshire.nation: should be 'england', 'wales' or 'scotland'"),
        ("unitary,,us@h", "parish,,us@h", "2: holmshire.tier: should be 'county', 'district', 'unitary', 'metropol"),
        ("unitary,,us@h", "unitary,wendmoor,us@h", "2: holmshire.county: should be empty: only a district has a coun"),
        ("district,wendmoor", "district,", "4: moorcliff.county: should be the code of a county that stands in the"),
        ("district,wendmoor", "district,holmshire", "4: moorcliff.county: should be the code of a county that stands"),
        ("us@holmshire.example.org", "us", "2: holmshire.contact: "),
        ("HO1 HO2", "HO1 HO2 2AB", "2: holmshire.outward_codes: should match pattern"),
        ("wendmoor.example.org,,", "wendmoor.example.org,WX1,", "3: wendmoor.outward_codes: should be empty: a county"),
        ("push,https://holmshire.example.org/", "pigeon,", "2: holmshire.channel: should be one of: push, pull, file"),
        ("push,https://holmshire.example.org/", ",", "2: holmshire.channel: should be given"),
        ("https://holmshire.example.org/", "holmshire", "2: holmshire.address: should be a valid URL"),
        ("https://holmshire.example.org/", "", "2: holmshire.address: should be given"),
        ("tax@moorcliff.example.org", "tax", "4: moorcliff.address: "),
        ("wendmoor,csv", ",csv", "3: wendmoor.address: should be given"),
        ("csv,night", "doc,night", "3: wendmoor.layout: should be 'csv', 'jsonl' or 'xml'"),
        ("csv,night", "csv,", "3: wendmoor.every: should be given"),
        ("GF1,pull,", "GF1,pull,https://glanafon.example.org/", "5: glanafon.address: should be empty where the chan"),
        ("example.org/,,,", "example.org/,csv,,", "2: holmshire.layout: should be empty where the channel is push"),
        (",,,council-tax", ",,,library", "2: holmshire.agreed: should be services that are told by agreement: coun"),
        (",,,council-tax", ",,,council-tax,", "2: holmshire: should have 13 cells, not 14"),
        ("glanafon,", "holmshire,", "5: holmshire: should stand here only once (first on line 2)"),
        ("code,name", "name,code", "1: (file): should begin with the columns code,name,gss_code,"),
        ("Holmshire Council", '"Holmshire Council', "6: (file): should be CSV that parses"),
    ],
)
def test_a_complaint_names_the_row_and_the_column(configured: Write, right: str, wrong: str, complaint: str) -> None:
    """One mistake in the table gives one complaint, with file, line, row and column."""
    assert right in TABLE
    expected = f"authorities.csv:{complaint}"
    folder = configured(table=TABLE.replace(right, wrong, 1))
    assert [line[: len(expected)] for line in complaints(folder)] == [expected]


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("    name: Libraries\n", "", "2: services.0.name: should be given"),
        ("benefits: [library]", "benefits: []", "4: services.0.benefits: should name one at least, or always should"),
        ("county, unitary", "county, parish", "5: services.0.tiers.1: should be 'county', 'district', 'unitary', "),
        ("england, wales", "england, france", "6: services.0.nations.1: should be 'england', 'wales' or 'scotland'"),
        ("[deceased.family_name]", "[deceased.name]", "20: services.0.agreements.bereavement.fields.0: should be a f"),
        ("code: council-tax", "code: library", "30: services.1.code: should differ from the code of every other serv"),
    ],
)
def test_a_complaint_names_the_service(configured: Write, right: str, wrong: str, complaint: str) -> None:
    """A mistake in the declaration is found at its line, as in an agency's file."""
    assert right in COUNCILS
    expected = f"councils.yaml:{complaint}"
    folder = configured(councils=COUNCILS.replace(right, wrong, 1))
    assert [line[: len(expected)] for line in complaints(folder)] == [expected]


def test_a_councils_agency_may_not_take_anothers_code(configured: Write) -> None:
    """A council whose service would get the code of an agency's file needs another code."""
    folder = configured(table=TABLE.replace("glanafon,", "dwp-state,"), councils=COUNCILS.replace("library", "pension"))
    assert complaints(folder) == ["authorities.csv:5: dwp-state: should have another code: dwp-state-pension is taken"]


def test_a_table_of_a_spreadsheet_is_taken(configured: Write) -> None:
    """Lines may end as Windows ends them, begin with a byte order mark, and be empty; cells may stand in quotes."""
    quoted = TABLE.replace("Cyngor Glanafon", '"Cyngor Glanafon, Cymru"').replace("\n", "\r\n") + "\r\n"
    agencies = load(configured(table="\ufeff" + quoted))
    assert agencies["glanafon-library"].name == "Libraries, Cyngor Glanafon, Cymru"


@given(st.lists(st.sampled_from(ROWS), unique=True, min_size=1).map(sorted))
def test_a_district_needs_its_county(tmp_path_factory: pytest.TempPathFactory, rows: list[str]) -> None:
    """Any of the authorities can be left out, but a county only with its districts."""
    folder = tmp_path_factory.mktemp("config")
    (folder / "agencies").mkdir()
    (folder / "agencies/dwp-state-pension.yaml").write_text(_AGENCY)
    (folder / "councils.yaml").write_text(COUNCILS)
    (folder / "authorities.csv").write_text("\n".join([COLUMNS, *rows]))
    if MOORCLIFF in rows and WENDMOOR not in rows:
        (complaint,) = complaints(folder)
        assert "moorcliff.county" in complaint
    else:
        councils = {agency.service.authority.code for agency in load(folder).values() if agency.service}
        assert councils == {row.partition(",")[0] for row in rows}
