"""Records of other systems, as their authors published them: what of each is a report's."""

from pathlib import Path
from typing import Any

import pytest

from tellusonce.domain.faults import InputRefused
from tellusonce.domain.notification import NotificationKind
from tellusonce.life_events.records import FORMS
from tellusonce.life_events.records.record import Record

RECORDS = Path(__file__).parents[1] / "records"
ORIGINAL, CORRECTION, WITHDRAWAL = NotificationKind.ORIGINAL, NotificationKind.CORRECTION, NotificationKind.WITHDRAWAL

_READ: dict[str, tuple[str, NotificationKind, str, dict[str, Any]]] = {
    "vrdr/vrdr-DeathRecord1.json": (
        *("vrdr", ORIGINAL, "2022YC000182"),
        {
            "deceased": {
                "given_names": "Mædęlyñ Middle",
                "family_name": "Pãtêl",
                "date_of_birth": "1940-02-19",
                "date_of_death": "2019-02-19",
                "address": {"lines": ["5590 Lockwood Drive", "Danville", "VA", "01730", "US"]},
            },
            "registration": {"entry_number": "2022YC000182", "registered_on": "2019-02-01", "district": "YC"},
            "informant": {"given_names": "Joe", "family_name": "Smith", "relationship": "Friend of family"},
            "partner": {"given_names": "Spouse Middle", "family_name": "Last"},
        },
    ),
    "vrdr/vrdr-UnknownDateOfDeath.json": (
        *("vrdr", ORIGINAL, "2022YC000182"),
        {"deceased": {"date_of_death": "unknown"}},
    ),
    "vrdr/vrdr-DeathRecordSubmissionMessage.json": (
        *("vrdr", ORIGINAL, "2018NY123456"),
        {"deceased": {"family_name": "Pãtêl", "date_of_birth": "2004-11-10", "date_of_death": "2020-11-12"}},
    ),
    "vrdr/vrdr-DeathRecordUpdateMessage.json": (
        *("vrdr", CORRECTION, "2018NY123456"),
        {"deceased": {"family_name": "Patel"}},
    ),
    "vrdr/vrdr-DeathRecordVoidMessage.json": ("vrdr", WITHDRAWAL, "2018NY123456", {}),
    "vrdr/vrdr-1.MOR": (
        *("ije", ORIGINAL, "2019YC000001"),
        {
            "deceased": {
                "given_names": "Madelyn Middle",
                "family_name": "Patel",
                "date_of_birth": "1940-02-19",
                "date_of_death": "2019-02-19",
                "address": {"lines": ["5590 Lockwood Drive", "Danville", "Virginia", "01730", "UNITED STATES"]},
            },
            "registration": {"registered_on": "2019-02-01"},
            "informant": {"relationship": "Friend of family"},
            "partner": {"given_names": "Spouse", "family_name": "Maiden"},
        },
    ),
    "opencrvs/opencrvs-postman-Create_Death_Notification_Max.json": (
        *("opencrvs", ORIGINAL, "7109f150-6262-4798-835e-55b3e4dd4cfb"),
        {
            "deceased": {
                "given_names": "Bashir",
                "family_name": "Ahmed",
                "date_of_birth": "1971-12-12",
                "date_of_death": "2021-12-12",
                "address": {"lines": ["12", "Usual Street", "Usual Residental Area", "Meghnan", "52275"]},
            },
            "informant": {"given_names": "Selena", "relationship": "spouse", "telephone": "+260712345679"},
            "partner": {"family_name": "Begum", "date_of_birth": "1980-12-12"},
        },
    ),
    "opencrvs/opencrvs-postman-Create_Death_Notification_Min.json": (
        *("opencrvs", ORIGINAL, "56e7d617-1011-4ca1-863f-3b7262709329"),
        {"deceased": {"given_names": "Salam", "address": {"lines": ["Meghnan", "52275"]}}},
    ),
    "nhs/mns-pdsDeathSignal.json": (
        *("nhs-signal", ORIGINAL, "9912003888"),
        {"deceased": {"family_name": "Dawkins", "date_of_birth": "2017-10-02"}},
    ),
    "nhs/mns-pdsDeath2Signal.json": ("nhs-signal", ORIGINAL, "9912003888", {}),
    "nhs/mns-pds-death-notification-2-fhir.json": ("nhs-signal", ORIGINAL, "9912003888", {}),
}
_ABOUT_NO_DEATH = ("vrdr/vrdr-AcknowledgementMessage.json", "vrdr/vrdr-ExtractionErrorMessage.json")


def the_record(file: str, form: str) -> Record:
    return FORMS[form]((RECORDS / file).read_bytes())


def test_each_record_says_what_it_does_of_a_report(subtests: pytest.Subtests) -> None:
    """Its kind, how its system knows the death, and those facts that have a field here."""
    for file, (form, kind, identity, facts) in _READ.items():
        with subtests.test(file):
            record = the_record(file, form)
            assert (record.kind, record.identities[0]) == (kind, identity)
            for part, said in facts.items():
                assert record.facts[part].items() >= said.items()


def test_every_record_that_is_there_is_read() -> None:
    """But for messages about messages, which are refused."""
    files = {str(path.relative_to(RECORDS)) for path in RECORDS.glob("*/*")}
    assert files == {*_READ, *_ABOUT_NO_DEATH}
    for file in _ABOUT_NO_DEATH:
        with pytest.raises(InputRefused):
            the_record(file, "vrdr")


def test_no_record_says_why_somebody_died() -> None:
    """Causes of death stand in most of them, and have no field."""
    read = [the_record(file, form) for file, (form, *_) in _READ.items()]
    assert not [record for record in read if "myocard" in str(record.facts).lower()]


def test_a_block_of_voids_names_each_record() -> None:
    """By the first certificate and how many there are."""
    record = the_record("vrdr/vrdr-DeathRecordVoidMessage.json", "vrdr")
    assert (len(record.identities), record.identities[-1]) == (10, "2018NY123465")


def test_a_removed_signal_says_that_the_person_is_alive() -> None:
    """Status U of the NHS."""
    signal = (RECORDS / "nhs/mns-pdsDeathSignal.json").read_bytes().replace(b'Status": "2"', b'Status": "U"')
    record = FORMS["nhs-signal"](signal)
    assert (record.kind, record.reason) == (WITHDRAWAL, "person-alive")


def test_an_informal_signal_reports_no_death() -> None:
    """Status 1 of the NHS: nothing is registered yet."""
    signal = (RECORDS / "nhs/mns-pdsDeathSignal.json").read_bytes().replace(b'Status": "2"', b'Status": "1"')
    with pytest.raises(InputRefused) as refused:
        FORMS["nhs-signal"](signal)
    assert [fault.pointer for fault in refused.value.faults] == ["/data/deathNotificationStatus"]


def test_an_unknown_part_of_a_date_in_columns_is_left_out() -> None:
    """99 for the day, 9999 for the year."""
    line = (RECORDS / "vrdr/vrdr-1.MOR").read_text()
    known_to_the_month = line[:238] + "99" + line[240:]
    assert FORMS["ije"](known_to_the_month.encode()).facts["deceased"]["date_of_death"] == "2019-02"
    assert FORMS["ije"](("9999" + line[4:]).encode()).facts["deceased"]["date_of_death"] == "unknown"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b'{"resourceType": "Bundle", "entry": 7}', b"\xff", b"2019"]
)
def test_what_is_no_record_is_refused(form: str, body: bytes) -> None:
    """Whatever it is."""
    with pytest.raises(InputRefused):
        FORMS[form](body)
