"""A receipt proves its entries without the service, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tellusonce.bootstrap import Service
from tellusonce.domain.sealing import canonical
from tellusonce.domain.trail_receipt import ProvedTrail, ReceiptRefused, read_trail_receipt
from tellusonce.persistence.checkpoint_key import CheckpointKey, PublicKeys
from tellusonce.services.trail_receipts import NothingCovered, TrailFlawed
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, a_stored_report
from tests.trail.stored import a_service, as_superuser, sealed_reports

_TIME_AND_SPACE = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = a_service(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def receipt(service: Service) -> bytes:
    """Of a report's whole trail."""
    return given_for(service, sealed_reports(service)[1].reference)


def given_for(service: Service, reference: str, agency: str | None = None) -> bytes:
    given_receipt = service.trail.receipts.receipt(reference, agency)
    assert given_receipt is not None
    return given_receipt


def proved(service: Service, receipt: bytes) -> ProvedTrail:
    return read_trail_receipt(receipt, PublicKeys([service.trail.checkpoint_key.public]))


def test_a_receipt_shows_every_entry_and_is_proved(service: Service, receipt: bytes) -> None:
    found = proved(service, receipt)
    assert [each["action"] for each in found.entries] == [
        "registered",
        "delivered",
        "acknowledged",
        "delivered",
        "acknowledged",
    ]
    assert (found.sealed, [each.number for each in found.checkpoints]) == (5, [1, 2])


def test_an_agencys_receipt_shows_its_own_entries_alone(service: Service) -> None:
    (report, *_) = sealed_reports(service)
    receipt = given_for(service, report.reference, COUNCIL_TAX)
    found = proved(service, receipt)
    assert {(each["agency"], each["action"]) for each in found.entries} == {
        (COUNCIL_TAX, "delivered"),
        (COUNCIL_TAX, "acknowledged"),
    }
    assert found.sealed == 5
    others = [each.id for each in report.notifications if each.planned.agency != COUNCIL_TAX]
    assert STATE_PENSION.encode() not in receipt
    assert str(others[0]).encode() not in receipt


def test_what_is_hidden_cannot_be_guessed_from_its_hash(service: Service) -> None:
    """Each entry has a salt of its own, and an agency is given those of its own entries alone."""
    (report, *_) = sealed_reports(service)
    whole = json.loads(given_for(service, report.reference))
    hidden = json.loads(given_for(service, report.reference, COUNCIL_TAX))
    salts = [step["salt"] for step in whole["trail"]]
    assert len(set(salts)) == len(salts)
    shown = [at for at, step in enumerate(hidden["trail"]) if "entry" in step]
    told = json.dumps(hidden)
    assert [at for at, value in enumerate(salts) if value in told] == shown


def test_there_is_no_receipt_for_an_agency_that_was_not_told(service: Service) -> None:
    (report, *_) = sealed_reports(service)
    assert service.trail.receipts.receipt(report.reference, "dvla-driver") is None
    assert service.trail.receipts.receipt("000-000-000") is None


def test_there_is_no_receipt_before_a_checkpoint(service: Service) -> None:
    report = a_stored_report(service.database)
    with pytest.raises(NothingCovered):
        service.trail.receipts.receipt(report.reference)


def test_a_receipt_goes_as_far_as_checkpoints_do(service: Service, database_url: str, tmp_path: Path) -> None:
    (report, *_) = sealed_reports(service)
    patient = a_service(database_url, tmp_path, checkpoint_seconds=300)
    with service.database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trail (report_id, action, actor, detail) VALUES (%s, 'opened', 'x', '{}')", (report.id,)
        )
    patient.trail.seal.run()
    assert proved(service, given_for(service, report.reference)).sealed == 5
    patient.close()


def test_no_receipt_is_given_of_a_trail_that_was_changed(service: Service) -> None:
    (report, *_) = sealed_reports(service)
    as_superuser(service.database, "UPDATE trail SET actor = 'registrar:another' WHERE action = 'registered'")
    with pytest.raises(TrailFlawed, match=f"report {report.reference}, position 1, entry"):
        service.trail.receipts.receipt(report.reference)


@_TIME_AND_SPACE
@given(st.data())
def test_any_byte_of_a_receipt_flipped_is_refused(service: Service, receipt: bytes, draw: st.DataObject) -> None:
    at, mask = draw.draw(st.integers(0, len(receipt) - 1)), draw.draw(st.integers(1, 255))
    with pytest.raises(ReceiptRefused):
        proved(service, receipt[:at] + bytes([receipt[at] ^ mask]) + receipt[at + 1 :])


def test_every_letter_in_the_other_case_is_refused(service: Service, receipt: bytes) -> None:
    """A hash or an id in capital letters is the same number; the receipt is not the same."""
    letters = [at for at, byte in enumerate(receipt) if chr(byte).isalpha()]
    for at in letters:
        with pytest.raises(ReceiptRefused):
            proved(service, receipt[:at] + bytes([receipt[at] ^ 0x20]) + receipt[at + 1 :])


@_TIME_AND_SPACE
@given(st.binary(max_size=200))
def test_whatever_is_no_receipt_is_refused(service: Service, data: bytes) -> None:
    with pytest.raises(ReceiptRefused):
        proved(service, data)


CHANGES: dict[str, Any] = {
    "an entry left out": lambda document: document["trail"].pop(1),
    "the last entry left out": lambda document: document["trail"].pop(),
    "two entries exchanged": lambda document: document["trail"].insert(1, document["trail"].pop(2)),
    "an entry put at the end": lambda document: document["trail"].append(document["trail"][-1]),
    "another report's reference": lambda document: document.update(reference="000-000-000"),
    "no checkpoint": lambda document: document["checkpoints"].clear(),
    "the last checkpoint left out": lambda document: document["checkpoints"].pop(),
    "a proof for another position": lambda document: document["checkpoints"][1].update(position=4),
    "a proof for the beginning": lambda document: document["checkpoints"][1].update(position=0),
    "a proof from the end": lambda document: document["checkpoints"][1].update(position=-1),
    "another place in the tree": lambda document: document["checkpoints"][1].update(index=0),
    "something more": lambda document: document.update(note="all is well"),
    "a path that is none": lambda document: document["checkpoints"][1].update(path=5),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_receipt_put_together_otherwise_is_refused(service: Service, receipt: bytes, change: str) -> None:
    document = json.loads(receipt)
    assert canonical(document) + b"\n" == receipt
    CHANGES[change](document)
    with pytest.raises(ReceiptRefused):
        proved(service, canonical(document) + b"\n")


def test_a_receipt_signed_by_another_key_is_refused(service: Service, receipt: bytes, tmp_path: Path) -> None:
    another = PublicKeys([CheckpointKey(tmp_path / "another.key").public])
    with pytest.raises(ReceiptRefused, match="signed by a key that was not given"):
        read_trail_receipt(receipt, another)
