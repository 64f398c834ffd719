"""Records of other systems, replayed: each death becomes one report, corrected and withdrawn as they say."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tellusonce.domain.working_days import Division
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.life_events.records import FORMS
from tellusonce.persistence.database import Database
from tellusonce.persistence.reports import Reports
from tellusonce.persistence.revisions import Revisions
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.import_records import Became, Import, ImportedRecord, ImportRecords
from tellusonce.services.planner import Planner
from tellusonce.services.register import Register
from tellusonce.services.revise import Revise
from tests.builders import an_agency
from tests.persistence.stored import contents, query, stored_facts

RECORDS = Path(__file__).parents[1] / "records"
BENEFITS = {"benefits": ["state-pension"], "permission": True}
REGISTERED = {"registration": {"entry_number": "HOL/2026/1", "registered_on": "2026-03-01", "district": "Holmshire"}}
INFORMANT = {"informant": {"given_names": "Ruth", "family_name": "Amberley", "relationship": "niece"}}

Replay = Callable[..., ImportedRecord]


@pytest.fixture
def replay(database: Database) -> Replay:
    """Import one file of records, with what they do not say."""
    agency = an_agency()
    planner = Planner(
        life_events=LIFE_EVENTS,
        agencies={agency.code: agency},
        holidays=dict.fromkeys(Division, frozenset[date]()),
        now=lambda: datetime(2026, 3, 20, 12, tzinfo=UTC),
        untold_retention_days=90,
    )
    reports = Register(planner, Reports(database), SilentDoorbell())
    importing = ImportRecords(reports, Revise(planner, Revisions(database), SilentDoorbell()))

    def run(form: str, record: str | bytes, *, dry_run: bool = False, **facts: Any) -> ImportedRecord:
        body = record if isinstance(record, bytes) else (RECORDS / record).read_bytes()
        wanted = Import(FORMS[form], {**BENEFITS, "facts": facts}, "operator:ruth", "head-office", dry_run=dry_run)
        (imported,) = importing.run([body], wanted)
        return imported

    return run


def test_a_death_is_submitted_updated_and_voided(replay: Replay, database: Database) -> None:
    """The three messages of one certificate are the three versions of one report, however often each comes."""
    messages = [f"vrdr/vrdr-DeathRecord{kind}Message.json" for kind in ("Submission", "Update", "Void")]
    first = [replay("vrdr", message) for message in messages]
    assert [each.became for each in first] == [Became.REGISTERED, Became.CORRECTED, Became.WITHDRAWN]
    assert {replay("vrdr", message).became for message in messages} == {Became.BEFORE}
    assert len({each.reference for each in first}) == 1
    versions = query(database, "SELECT kind::text, reason::text FROM report_version ORDER BY version")
    assert versions == [("original", None), ("correction", "material"), ("withdrawal", "reported-in-error")]


def test_a_record_that_was_sent_again_changed_corrects_its_report(replay: Replay, database: Database) -> None:
    """The IJE has no updates: a line of the same certificate takes the place of the one before."""
    line = (RECORDS / "vrdr/vrdr-1.MOR").read_bytes().replace(b"20190201", b"20190301")
    given = {"informant": INFORMANT["informant"]}
    assert replay("ije", line, **given).became is Became.REGISTERED
    assert replay("ije", line.replace(b"Patel", b"Potel"), **given).became is Became.CORRECTED
    assert replay("ije", line.replace(b"Patel", b"Potel"), **given).became is Became.BEFORE
    assert [facts["deceased"]["family_name"] for facts in stored_facts(database)] == ["Patel", "Potel"]


@pytest.mark.parametrize("which", ["Max", "Min"])
def test_a_notification_is_registered_with_its_registration(replay: Replay, database: Database, which: str) -> None:
    """OpenCRVS sends deaths before they are registered: the entry is given beside them, and their own word is kept."""
    file = f"opencrvs/opencrvs-postman-Create_Death_Notification_{which}.json"
    assert replay("opencrvs", file).faults[0].pointer == "/facts/registration"
    assert replay("opencrvs", file, **REGISTERED, **INFORMANT).became is Became.REGISTERED
    (facts,) = stored_facts(database)
    assert (facts["deceased"]["family_name"], facts["informant"]["family_name"]) == ("Ahmed", "Begum")


def test_a_signal_is_registered_with_what_it_does_not_say(replay: Replay, database: Database) -> None:
    """The NHS names little: all that is missing is named, and given beside it makes a report, which a removal ends."""
    signal = (RECORDS / "nhs/mns-pdsDeathSignal.json").read_bytes()
    assert {fault.pointer for fault in replay("nhs-signal", signal).faults} >= {
        "/facts/deceased/given_names",
        "/facts/deceased/date_of_death",
        "/facts/informant",
    }
    rest = {"deceased": {"given_names": "Jo", "date_of_death": "2022-04", "address": {"lines": ["Ward 3"]}}}
    assert replay("nhs-signal", signal, **REGISTERED, **INFORMANT, **rest).became is Became.REGISTERED
    (facts,) = stored_facts(database)
    assert facts["deceased"]["family_name"] == "Dawkins"
    removed = signal.replace(b'Status": "2"', b'Status": "U"')
    assert replay("nhs-signal", removed).became is Became.WITHDRAWN


def test_a_record_that_contradicts_itself_is_refused(replay: Replay, database: Database) -> None:
    """One that VRDR's own authors published has the death after its registration."""
    (fault,) = replay("vrdr", "vrdr/vrdr-DeathRecord1.json").faults
    assert fault.pointer == "/facts/deceased/date_of_death"
    assert replay("vrdr", "vrdr/vrdr-UnknownDateOfDeath.json").became is Became.REGISTERED


def test_what_nothing_came_before_is_refused(replay: Replay, database: Database) -> None:
    """An update or a void of a death that was never imported, and messages about messages."""
    for message in ("DeathRecordUpdate", "DeathRecordVoid", "Acknowledgement", "ExtractionError"):
        assert replay("vrdr", f"vrdr/vrdr-{message}Message.json").became is Became.REFUSED
    assert not any(contents(database).values())


def test_a_dry_run_stores_nothing(replay: Replay, database: Database) -> None:
    """It says what would become of a record."""
    message = "vrdr/vrdr-DeathRecordSubmissionMessage.json"
    assert replay("vrdr", message, dry_run=True).became is Became.REGISTERED
    assert not any(contents(database).values())
    replay("vrdr", message)
    update = "vrdr/vrdr-DeathRecordUpdateMessage.json"
    assert replay("vrdr", update, dry_run=True).became is Became.CORRECTED
    assert replay("vrdr", update).became is Became.CORRECTED


def test_an_identity_is_no_plain_text_in_the_database(replay: Replay, database: Database) -> None:
    """An NHS number is a fact about somebody, by whatever key it is remembered."""
    signal = (RECORDS / "nhs/mns-pdsDeathSignal.json").read_bytes()
    rest = {"deceased": {"given_names": "Jo", "date_of_death": "2022-04", "address": {"lines": ["Ward 3"]}}}
    replay("nhs-signal", signal, **REGISTERED, **INFORMANT, **rest)
    assert "9912003888" not in json.dumps(contents(database), default=str)
