"""Import records of deaths from other systems: each becomes a report, or a correction or withdrawal of its report."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from pydantic_core import from_json, to_json

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.report import Submission
from tellusonce.domain.revision import Reason
from tellusonce.life_events.records.record import Record
from tellusonce.life_events.validation import read_submission
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.register import IdempotencyKey, KeyInFlight, KeyReused, Register
from tellusonce.services.revise import Request, Revise
from tellusonce.services.versions import ReportWithdrawn


class Became(StrEnum):
    """What came of a record."""

    REGISTERED = "registered"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    BEFORE = "before"
    REFUSED = "refused"


@dataclass(frozen=True)
class ImportedRecord:
    """What became of one record, and of which report."""

    number: int
    became: Became
    reference: str | None = None
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Import:
    """Who imports records of which form, and what is said of all of them."""

    read: Callable[[bytes], Record]
    rest: Mapping[str, Any]
    """Parts of a report that these records do not say, such as its benefits; a record's own word goes before it."""
    actor: str
    district: str
    dry_run: bool = False


class ImportRecords:
    """The use case. A death is known by what its system calls it: what is sent of it again, changed, corrects it."""

    def __init__(self, register: Register, revise: Revise) -> None:
        self._register = register
        self._revise = revise

    def run(self, records: Iterable[bytes], wanted: Import) -> Iterator[ImportedRecord]:
        """What became of each record, as they are stored one by one."""
        for number, record in enumerate(records, 1):
            yield self._imported(number, record, wanted)

    def _imported(self, number: int, body: bytes, wanted: Import) -> ImportedRecord:
        try:
            record = wanted.read(body)
            keys = [_key(wanted, record, identity) for identity in record.identities]
            if record.kind is NotificationKind.WITHDRAWAL:
                return self._withdrawn(number, record, keys, wanted)
            return self._told(number, record, keys[0], wanted)
        except InputRefused as refused:
            return ImportedRecord(number, Became.REFUSED, faults=refused.faults)
        except (ReportWithdrawn, FactsDestroyed, KeyInFlight, KeyReused) as refused:
            text = str(refused) or "it is being imported by somebody else: import it again"
            return ImportedRecord(number, Became.REFUSED, faults=[Fault("", text.capitalize())])

    def _told(self, number: int, record: Record, key: IdempotencyKey, wanted: Import) -> ImportedRecord:
        submission = _submission(record, wanted.rest)
        reference, is_same = self._imported_before(key)
        if reference is None:
            if record.kind is NotificationKind.CORRECTION:
                raise InputRefused([_NOT_IMPORTED])
            return self._registered(number, submission, key, wanted)
        if is_same:
            return ImportedRecord(number, Became.BEFORE, reference)
        corrected = ImportedRecord(number, Became.CORRECTED, reference)
        correct = partial(self._revise.correct, submission=submission)
        return self._revised(corrected, _of_version(key), wanted, Reason.MATERIAL, correct)

    def _registered(self, number: int, submission: Submission, key: IdempotencyKey, wanted: Import) -> ImportedRecord:
        if wanted.dry_run:
            self._register.prepare(submission, actor=wanted.actor, district=wanted.district)
            return ImportedRecord(number, Became.REGISTERED)
        answer = self._register.register_once(submission, actor=wanted.actor, district=wanted.district, key=key)
        return ImportedRecord(number, Became.REGISTERED, _reference(answer))

    def _withdrawn(self, number: int, record: Record, keys: Sequence[IdempotencyKey], wanted: Import) -> ImportedRecord:
        """Of a block of records, those that were imported; the last of them is named."""
        became = None
        for key in keys:
            reference, _ = self._imported_before(key)
            if reference is not None:
                became = self._revised(
                    ImportedRecord(number, Became.WITHDRAWN, reference),
                    _of_version(key),
                    wanted,
                    Reason(record.reason),
                    self._revise.withdraw,
                )
        if became is None:
            raise InputRefused([_NOT_IMPORTED])
        return became

    def _revised(
        self,
        would: ImportedRecord,
        key: IdempotencyKey,
        wanted: Import,
        reason: Reason,
        revise: Callable[[Request], bytes],
    ) -> ImportedRecord:
        assert would.reference is not None
        if self._register.answered(key) is not None:
            return ImportedRecord(would.number, Became.BEFORE, would.reference)
        revise(
            Request(would.reference, reason, wanted.actor, wanted.district, key=key, dry_run=wanted.dry_run),
        )
        return would

    def _imported_before(self, key: IdempotencyKey) -> tuple[str | None, bool]:
        """The reference of the death's report, if there is one, and whether the same record made it."""
        try:
            answer = self._register.answered(key)
        except KeyReused as reused:
            return _reference(reused.answer), False
        return (_reference(answer), True) if answer else (None, False)


_NOT_IMPORTED = Fault("", "No record of this death was imported before: import the one that first reported it")


def _key(wanted: Import, record: Record, identity: str) -> IdempotencyKey:
    """Records that say the same of a death are the same, whenever and however spaced they were written."""
    said = record.facts if record.kind is not NotificationKind.WITHDRAWAL else record.kind
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
    return IdempotencyKey(f"import/{wanted.district}", f"record {identity}", digest)


def _of_version(key: IdempotencyKey) -> IdempotencyKey:
    return IdempotencyKey(key.principal, f"{key.key} {key.request_digest.hex()}", key.request_digest)


def _reference(answer: bytes) -> str:
    return str(from_json(answer)["reference"])


def _submission(record: Record, rest: Mapping[str, Any]) -> Submission:
    return read_submission(to_json(_filled({"life_event": "bereavement", "facts": record.facts}, rest)))


def _filled(said: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, and where nothing is, the rest."""
    both = {name: _filled(said[name], rest[name]) for name in said if _has_parts(said[name], rest.get(name))}
    return {**rest, **said, **both}


def _has_parts(*values: Any) -> bool:
    return all(isinstance(value, Mapping) for value in values)
