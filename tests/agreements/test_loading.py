"""What of an agency's file is taken, and what is complained of, where and in which words."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, HttpUrl

from tellusonce.agreements.loading import ConfigurationRefused, load_agencies
from tellusonce.domain.agency import Agency
from tellusonce.domain.channel import Push
from tellusonce.domain.field import Label, Sensitivity
from tellusonce.domain.life_event import LifeEvent
from tellusonce.life_events import LIFE_EVENTS

AGENCY = """\
code: library
name: Library Service
benefits: [library-card]
division: england-and-wales
channel:
  kind: push
  url: https://library.example.org/
agreements:
  bereavement:
    version: "1.0"
    parties:
      - {name: The registration service, role: controller}
      - {name: The library, role: controller}
    gateway:
      name: Public Libraries and Museums Act 1964
      source: https://www.legislation.gov.uk/ukpga/1964/75
      verified: false
    lawful_basis: public-task
    purpose: Close the card.
    consent: permission-of-informant
    fields:
      - deceased.family_name
      - deceased.date_of_death
    needs: [deceased.family_name]
    deadlines:
      receipt_working_days: 1
      outcome_working_days: 10
    retention_days: 90
    starts_on: 2025-10-01
    review_on: 2027-01-31
    signed_off:
      - {post: Head Librarian, contact: library@example.org, signed_on: 2025-09-01}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write one file into the folder of agencies."""

    def written(content: str | bytes, name: str = "library.yaml") -> Path:
        path = tmp_path / "agencies" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def load(config_dir: Path) -> dict[str, Agency]:
    return load_agencies(config_dir, LIFE_EVENTS)


def complaints(config_dir: Path) -> list[str]:
    with pytest.raises(ConfigurationRefused) as refused:
        load(config_dir)
    return str(refused.value).splitlines()


def test_an_agency_is_one_file(write: Write, tmp_path: Path) -> None:
    """A file becomes an agency with every key's meaning."""
    write(AGENCY)
    agency = load(tmp_path)["library"]
    agreement = agency.agreements["bereavement"]
    assert agency.benefits == ("library-card",)
    assert agency.channel == Push(kind="push", url=HttpUrl("https://library.example.org/"))
    assert agreement.fields == ("deceased.family_name", "deceased.date_of_death")
    assert agreement.review_on == date(2027, 1, 31)
    assert not agreement.gateway.verified


def test_an_agency_may_be_told_always(write: Write, tmp_path: Path) -> None:
    """One that holds no benefit is told of every report."""
    write(AGENCY.replace("benefits: [library-card]", "always: true"))
    agency = load(tmp_path)["library"]
    assert (agency.always, agency.benefits) == (True, ())


def test_agencies_come_in_the_order_of_their_files(write: Write, tmp_path: Path) -> None:
    """The order is that of the files' names, and two agencies may hold the same benefit."""
    for code in ("parking", "library", "allotments"):
        write(AGENCY.replace("code: library", f"code: {code}"), f"{code}.yaml")
    assert list(load(tmp_path)) == ["allotments", "library", "parking"]


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("name: Library Service\n", "", "1: name: should be given"),
        ("      verified: false\n", "", "14: agreements.bereavement.gateway.verified: should be given"),
        ("name: Library Service", "nickname: Lib\nname: Library", "2: nickname: should not be here"),
        ('version: "1.0"', "version: 1.0", "10: agreements.bereavement.version: should be text: put it in quotes"),
        ("kind: push", "kind: pigeon", "6: channel.kind: should be one of: push, pull, file, email, inbox"),
        ("  kind: push\n", "", "5: channel.kind: should be given"),
        ("https://library", "library", "7: channel.url: should be a valid URL"),
        ("kind: push\n  url: https://library.example.org/", "kind: push", "5: channel.url: should be given"),
        (
            "kind: push\n  url: https://library.example.org/",
            "kind: file\n  layout: csv\n  every: week\n  place: {kind: folder, path: library}",
            "8: channel.every: should be 'hour' or 'night'",
        ),
        (
            "kind: push\n  url: https://library.example.org/",
            "kind: file\n  layout: csv\n  every: hour\n  place: {kind: folder}",
            "9: channel.place.path: should be given",
        ),
        ("receipt_working_days: 1", "receipt_working_days: 0", "26: agreements.bereavement.deadlines.receipt_working"),
        ("benefits: [library-card]", "benefits: []", "3: benefits: should name one at least, or always should be true"),
        ("benefits: [library-card]\n", "", "1: benefits: should name one at least, or always should be true"),
        ("benefits: [library-card]", "always: false", "1: benefits: should name one at least, or always should"),
        ("name: Library", "service: {code: library}\nname: Library", "2: service: should not be here: councils'"),
        ("benefits: [library-card]", "benefits: library-card", "3: benefits: should be a list"),
        ("[library-card]", "[library-card, library-card]", "3: benefits: must name each only once"),
        ("england-and-wales", "wales", "4: division: should be 'england-and-wales', 'scotland' or 'northern-ireland'"),
        ("2027-01-31", "2027-02-31", "30: agreements.bereavement.review_on: should be a valid date"),
        ("channel:\n  kind: push\n  url:", "channel: ", "5: channel: should be a mapping of keys to values"),
        ("code: library", "code: card", "1: code: should be library, as the file is named"),
        (
            "deceased.date_of_death",
            "deceased.date_of_deth",
            "23: agreements.bereavement.fields.1: should be a field of bereavement; the nearest is deceased.date_of_d",
        ),
        (
            "needs: [deceased.family_name]",
            "needs: [deceased.famly_name]",
            "24: agreements.bereavement.needs.0: should be a field of bereavement; the nearest is deceased.family_name",
        ),
        (
            "needs: [deceased.family_name]",
            "needs:\n      - deceased.family_name\n      - deceased.given_names",
            "26: agreements.bereavement.needs.1: should be among the agreement's fields",
        ),
        (
            "    consent:",
            "    third_parties: {neighbour: statutory}\n    consent:",
            "20: agreements.bereavement.third_parties.neighbour: should be one of: partner, household, ",
        ),
        (
            "    consent:",
            "    third_parties: {household: own-consent}\n    consent:",
            "20: agreements.bereavement.third_parties.household: should be 'statutory': nobody can consent",
        ),
        (
            "    consent:",
            "    third_parties: {partner: hearsay}\n    consent:",
            "20: agreements.bereavement.third_parties.partner: should be 'statutory' or 'own-consent'",
        ),
        (
            "      - {name: The library, role: controller}\n",
            "",
            "11: agreements.bereavement.parties: should have 2 entries at least",
        ),
        (
            "    review_on: 2027-01-31",
            "    ends_on: 2025-01-31\n    review_on: 2027-01-31",
            "9: agreements.bereavement: should have an ends_on that is not before starts_on",
        ),
        ("  bereavement:", "  wedding:", "9: agreements.wedding: should be a life event that can be reported: bere"),
        ("  bereavement:", "  Bad Key:", "9: agreements.Bad Key: should be a life event that can be reported: bere"),
        (
            "name: Library Service",
            "name: Library Service\nname: Archive",
            "3: name: should stand here only once (first on line 2)",
        ),
        ("name: Library", "? [a, b]\n: c\nname: Library", "2: (key): should not be here"),
        ("  kind: push", "  <<: {kind: push}\n  kind: push", "6: channel.<<: should not be here"),
        ("name: Library", "name: Lib: rary", "2: (file): should be YAML that parses (mapping values are not allowed"),
        ("name: Library", "name: Libr\0ary", "2: (file): should be YAML without control characters"),
        (
            "name: Library Service",
            "name: &n Library\nother: *n",
            "3: (file): should say the value again in place of th",
        ),
        ("name: Library", "name: !!str Library", "2: (file): should be a plain value without the tag"),
        ("[library-card]", "[" * 30 + "]" * 30, "3: (file): should nest at most 16 levels"),
        ("code: library", "---\n---\ncode: library", "2: (file): should be YAML that parses"),
    ],
)
def test_a_complaint_says_where_and_what(write: Write, tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    """One mistake gives one complaint, which begins with the file, the line, the key and what would be right."""
    assert AGENCY.count(right) >= 1
    path = write(AGENCY.replace(right, wrong, 1))
    assert [line[: len(f"{path}:{complaint}")] for line in complaints(tmp_path)] == [f"{path}:{complaint}"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "1: (file): should be a mapping of keys to values"),
        (b"# nothing yet\n", "1: (file): should be a mapping of keys to values"),
        (b"- library\n", "1: (file): should be a mapping of keys to values"),
        (b"code: library\nname: Caf\xe9\n", "2: (file): should be text in UTF-8"),
        (AGENCY.encode().ljust(64 * 1024 + 1, b"#"), "1: (file): should have at most 64 KiB"),
    ],
)
def test_a_file_that_is_no_mapping(write: Write, tmp_path: Path, content: bytes, complaint: str) -> None:
    """What cannot be read as one mapping is complained of once, whatever keys it lacks."""
    path = write(content)
    assert complaints(tmp_path) == [f"{path}:{complaint}"]


def test_the_largest_file_is_taken(write: Write, tmp_path: Path) -> None:
    """A file of 64 KiB to the byte is read."""
    write(AGENCY.encode() + b"#" * (64 * 1024 - len(AGENCY.encode())))
    assert list(load(tmp_path)) == ["library"]


def test_all_complaints_at_once(write: Write, tmp_path: Path) -> None:
    """Every mistake of every file is in one refusal, by file and then by line."""
    library = write(
        AGENCY.replace("name: Library Service\n", "").replace("deceased.date_of_death", "deceased.shoe_size")
    )
    parking = write(AGENCY, "parking.yaml")
    broken = write("code: [", "broken.yaml")
    assert [line.split(": should")[0] for line in complaints(tmp_path)] == [
        f"{broken}:1: (file)",
        f"{library}:1: name",
        f"{library}:22: agreements.bereavement.fields.1",
        f"{parking}:1: code",
        f"{parking}:1: code",
    ]


def test_a_code_used_twice_names_the_other_file(write: Write, tmp_path: Path) -> None:
    """The second file with a code is told which file has it already."""
    write(AGENCY)
    parking = write(AGENCY, "parking.yaml")
    assert f"{parking}:1: code: should differ from the code in library.yaml" in complaints(tmp_path)


def test_an_object_tag_constructs_nothing(write: Write, tmp_path: Path) -> None:
    """A tag that would run a command is refused, and the command has not run."""
    trace = tmp_path / "trace"
    path = write(AGENCY.replace("name: Library Service", f"name: !!python/object/apply:os.mkdir ['{trace}']"))
    assert [line.split(": should")[0] for line in complaints(tmp_path)] == [f"{path}:2: (file)"]
    assert not trace.exists()


def test_an_alias_bomb_is_harmless(write: Write, tmp_path: Path) -> None:
    """Aliases of aliases, which would grow to 10⁹ values, are refused one by one without growing."""
    levels = [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 10)}]" for level in range(1, 10)]
    write("\n".join(["l0: &l0 boom", *levels]))
    assert len(complaints(tmp_path)) == 90


def test_a_key_with_a_line_break_is_one_line(write: Write, tmp_path: Path) -> None:
    """A complaint stays one line whatever the key."""
    path = write(AGENCY + '"two\\nlines": 1\n')
    assert complaints(tmp_path) == [f"{path}:33: two lines: should not be here: it is not a known key"]


def test_what_is_no_file_is_complained_of(tmp_path: Path) -> None:
    """A folder named like an agency is a complaint and no crash."""
    (tmp_path / "agencies" / "library.yaml").mkdir(parents=True)
    assert [line.split(" (")[0] for line in complaints(tmp_path)] == [f"{tmp_path}/agencies/library.yaml:1:"]


@pytest.mark.parametrize("folder_exists", [True, False])
def test_no_agency_at_all(tmp_path: Path, folder_exists: bool) -> None:
    """An empty folder is refused as a missing one is: a service that tells nobody is a mistake."""
    if folder_exists:
        (tmp_path / "agencies").mkdir()
    assert complaints(tmp_path) == [f"{tmp_path}/agencies:1: (folder): should hold at least one agency, as CODE.yaml"]


def test_a_field_of_special_category_needs_its_condition(write: Write, tmp_path: Path) -> None:
    """An agreement that names one says by which condition of UK GDPR Article 9 it may be told."""

    class Facts(BaseModel):
        union: Annotated[str, Label("trade union", Sensitivity.SPECIAL_CATEGORY)]

    retirement = LifeEvent(code="retirement", title="Retirement", model=Facts, people=())
    lines = AGENCY.replace("bereavement", "retirement").replace("deceased.family_name", "union").splitlines()
    path = write("\n".join(line for line in lines if "date_of_death" not in line))
    with pytest.raises(ConfigurationRefused) as refused:
        load_agencies(tmp_path, {"retirement": retirement})
    said = f"{path}:9: agreements.retirement.special_category: should be given, since union is of special category"
    assert str(refused.value) == said
    path.write_text(path.read_text().replace("    purpose:", "    special_category: legal-claims\n    purpose:"))
    assert list(load_agencies(tmp_path, {"retirement": retirement})) == ["library"]


def test_changes_stand_over_the_configuration(write: Write, tmp_path: Path) -> None:
    """A changed file, alone or in a folder, takes the place of the one of its name; the others stay."""
    write(AGENCY)
    write(AGENCY.replace("code: library", "code: parking"), "parking.yaml")
    folder = tmp_path / "changed"
    (folder / "agencies").mkdir(parents=True)
    file = folder / "agencies" / "library.yaml"
    file.write_text(AGENCY.replace("name: Library Service", "name: Another Library"))
    for changes in (file, folder):
        agencies = load_agencies(tmp_path, LIFE_EVENTS, changes)
        assert [agency.name for agency in agencies.values()] == ["Another Library", "Library Service"]
