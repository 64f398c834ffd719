"""Sealing the trail: each report's entries chained to one another, so that none can be changed, taken out or put in.

The hash of an entry covers its canonical bytes, its position, and a salt that nobody can guess. So a hash may be shown
to an agency that must not see the entry: without the salt it confirms no guess.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

HASH_BYTES = 32

# What is hashed begins with a byte that says what it is; 0 and 1 are the Merkle tree's leaves and nodes.
_ENTRY, _CHAIN, _BEGINNING, _SALT = b"\x02", b"\x03", b"\x04", b"\x05"

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(value: object) -> bytes:
    """JSON in the one form that is hashed and signed: names sorted, no spaces, UTF-8.

    Where names are ASCII and numbers whole, as the service writes them, it is that of RFC 8785.
    """
    return _ENCODER.encode(value).encode()


def canonical_time(at: datetime) -> str:
    """RFC 3339 in UTC, always to the microsecond."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry of the trail as it stands in the database, all its columns."""

    report_id: UUID
    id: int
    at: datetime
    action: str
    actor: str
    agency: str | None
    notification_id: UUID | None
    detail: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """The entry as JSON. The names are those of the columns; what it says is of no concern here."""
        return {
            "report_id": str(self.report_id),
            "id": self.id,
            "at": canonical_time(self.at),
            "action": self.action,
            "actor": self.actor,
            "agency": self.agency,
            "notification_id": self.notification_id and str(self.notification_id),
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a report's chain ends: how many entries it has, and the hash after the last."""

    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class TrailLink:
    """What one round of sealing added to the chain of one report."""

    number: int
    """Counts up by one over all reports, in the order of sealing."""
    report_id: UUID
    position: int
    """Of its first entry in the report's chain, counted from 1."""
    entries: Sequence[int]
    """Their ids, in the order of the chain."""
    hashes: bytes
    """The chain's hash after each entry, one after the other."""
    seed: bytes
    """Random; the entries' salts are made from it."""

    def is_well_formed(self) -> bool:
        """Whether there are entries, a hash for each, and a seed."""
        return (
            len(self.entries) > 0
            and len(self.hashes) == HASH_BYTES * len(self.entries)
            and len(self.seed) == HASH_BYTES
        )

    def hash_after(self, index: int) -> bytes:
        """The chain's hash after the entry at `index`, counted from 0 in this link."""
        return self.hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES]

    def end(self) -> ChainEnd:
        """Where the chain ends with this link."""
        return ChainEnd(self.position + len(self.entries) - 1, self.hashes[-HASH_BYTES:])


def beginning(report_id: UUID, reference: str) -> ChainEnd:
    """Where a report's chain begins: it belongs to this report and no other."""
    return ChainEnd(0, sha256(_BEGINNING + report_id.bytes + reference.encode()).digest())


def salt(seed: bytes, position: int) -> bytes:
    """The salt of one entry, which tells nothing of the others'."""
    return sha256(_SALT + seed + position.to_bytes(8)).digest()


def entry_hash(document: Mapping[str, Any] | None, position: int, entry_salt: bytes) -> bytes:
    """The hash of an entry; None stands for one that was gone before it could be sealed."""
    return sha256(_ENTRY + position.to_bytes(8) + entry_salt + canonical(document)).digest()


def chained(end: bytes, of_entry: bytes) -> bytes:
    """The chain's hash after one more entry."""
    return sha256(_CHAIN + end + of_entry).digest()


def sealed(end: bytes, entry: StoredEntry | None, position: int, seed: bytes) -> bytes:
    """The chain's hash after this entry, in a link of this seed; None stands for an entry that is gone."""
    document = entry.document() if entry else None
    return chained(end, entry_hash(document, position, salt(seed, position)))


def link(
    number: int,
    report_id: UUID,
    end: ChainEnd,
    entries: Iterable[tuple[int, StoredEntry | None]],
    seed: bytes,
) -> TrailLink:
    """The next link of a report's chain: these entries, in order, after its end."""
    ids, hashes, reached = [], [], end.hash
    for position, (id_, entry) in enumerate(entries, end.position + 1):
        reached = sealed(reached, entry, position, seed)
        ids.append(id_)
        hashes.append(reached)
    return TrailLink(number, report_id, end.position + 1, ids, b"".join(hashes), seed)
