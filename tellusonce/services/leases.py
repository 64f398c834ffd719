"""Pull: an agency takes its notifications in order, under leases that end by themselves."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Protocol
from uuid import UUID

from tellusonce.domain.acknowledgement import lease_id
from tellusonce.services.deliver import Claimed, Recorded, sift

CHANNEL = "pull"
_CLAIMED_AT_ONCE = 50
# What is given back is due again after this time, so that a program that gives back all that it takes does not spin.
_DUE_AGAIN_SECONDS = 5
_LEASE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9][0-9]{0,4})")
_Letter = tuple[Claimed, bytes]


@dataclass(frozen=True)
class Lease:
    """A notification that is the agency's alone for a while. The attempt in its id is its fencing token."""

    id: str
    notification: UUID
    expires_at: datetime
    message: bytes


class NoSuchLease(Exception):
    """This agency has never had such a lease."""


class PulledLane(Protocol):
    """An agency's lane."""

    def claim(self, agency: str, limit: int, lease_seconds: float) -> list[Claimed]:
        """Take up to `limit` that are due, under a lease; none while the lane is paused."""

    def claim_one(self, agency: str, lease_seconds: float) -> list[Claimed]:
        """Take one that must be taken alone, since attempts were lost over it."""

    def record(self, recorded: Sequence[Recorded], channel: str) -> object:
        """Write what came of attempts."""


class LeaseStore(Protocol):
    """Where leases are kept."""

    def begin(self, claims: Sequence[Claimed], actor: str) -> Mapping[UUID, datetime]:
        """Write into the trail that the agency takes these; gives when the leases end."""

    def undo(self, claims: Sequence[Claimed]) -> None:
        """Make it as if these had not been claimed: the agency has not seen them."""

    def extend(self, agency: str, notification: UUID, attempt: int, lease_seconds: float) -> datetime:
        """Let the lease end so long from now; gives when. Raises NoSuchLease, StaleLease."""

    def give_back(
        self, agency: str, notification: UUID, attempt: int, *, reason: str, actor: str, due_in_seconds: float
    ) -> None:
        """End the lease; nothing where the agency gave it back before. Raises NoSuchLease, StaleLease."""


class Leases:
    """The use case."""

    def __init__(
        self,
        *,
        lane: PulledLane,
        store: LeaseStore,
        render: Callable[[Claimed], bytes],
        lost_attempts_limit: int,
        limit_bytes: int,
    ) -> None:
        self._lane = lane
        self._store = store
        self._render = render
        self._lost_attempts_limit = lost_attempts_limit
        self._limit_bytes = limit_bytes

    def take(self, agency: str, limit: int, lease_seconds: float, actor: str) -> list[Lease]:
        """Up to `limit` that are due, in the order of acceptance, as many as fit into the bound together."""
        taken: list[_Letter] = []
        room_bytes = self._limit_bytes
        while len(taken) < limit:
            claims = self._claim(agency, min(limit - len(taken), _CLAIMED_AT_ONCE), lease_seconds, alone=not taken)
            letters = self._letters(claims)
            fitting = sum(total <= room_bytes for total in accumulate(len(message) for _, message in letters))
            if not taken:
                fitting = max(fitting, 1)  # one that is longer than the bound is taken by itself
            taken += letters[:fitting]
            if not claims or fitting < len(letters):
                self._store.undo([claimed for claimed, _ in letters[fitting:]])
                break
            room_bytes -= sum(len(message) for _, message in letters)
        ends = self._store.begin([claimed for claimed, _ in taken], actor) if taken else {}
        return [
            Lease(lease_id(claimed.id, claimed.attempt), claimed.id, ends[claimed.id], message)
            for claimed, message in taken
        ]

    def extend(self, agency: str, lease: str, lease_seconds: float) -> datetime:
        """Let the lease end so long from now; gives when. Raises NoSuchLease, StaleLease."""
        return self._store.extend(agency, *_parts(lease), lease_seconds)

    def give_back(self, agency: str, lease: str, reason: str, actor: str) -> UUID:
        """End the lease; gives the notification, which is shortly due again. Raises NoSuchLease, StaleLease."""
        notification, attempt = _parts(lease)
        self._store.give_back(
            agency, notification, attempt, reason=reason, actor=actor, due_in_seconds=_DUE_AGAIN_SECONDS
        )
        return notification

    def _claim(self, agency: str, limit: int, lease_seconds: float, *, alone: bool) -> list[Claimed]:
        claims = self._lane.claim(agency, limit, lease_seconds)
        if not claims and alone:
            claims = self._lane.claim_one(agency, lease_seconds)
        return sorted(claims, key=lambda claimed: (claimed.accepted_at, claimed.id))

    def _letters(self, claims: Sequence[Claimed]) -> list[_Letter]:
        """Those that may be given out, with their messages; the others are parked."""
        letters, parked = sift(claims, self._render, self._lost_attempts_limit)
        if parked:
            self._lane.record(parked, CHANNEL)
        return letters


def _parts(lease: str) -> tuple[UUID, int]:
    match = _LEASE.fullmatch(lease)
    if match is None:
        raise NoSuchLease
    return UUID(match[1]), int(match[2])
