"""Idempotency keys: the answer to a request is kept in the transaction that did what it asked."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tellusonce.persistence.database import Cursor
from tellusonce.persistence.tables import idempotency_key
from tellusonce.persistence.unnest import BatchInsert
from tellusonce.services.register import IdempotencyKey, KeyInFlight, KeyReused

KEYS = BatchInsert(idempotency_key, "principal", "key", "request_digest", "answer")


def veiled(key: IdempotencyKey, index_key: bytes) -> IdempotencyKey:
    """The key as it is stored: who knows most of a request could guess the rest by a digest that has no key.

    An import's key is itself such a digest.
    """
    return replace(
        key,
        key=hmac.digest(index_key, f"request key\0{key.key}".encode(), "sha256").hex(),
        request_digest=hmac.digest(index_key, b"request\0" + key.request_digest, "sha256"),
    )


def key_row(key: IdempotencyKey, answer: bytes) -> tuple[object, ...]:
    """A key with its answer as a row for `KEYS`."""
    return key.principal, key.key, key.request_digest, answer


def lock_keys(cursor: Cursor, keys: Sequence[IdempotencyKey]) -> None:
    """Held to the end of the transaction: who cannot have a key's lock meets a request in flight.

    The cursor then gives for each key whether it is locked.
    """
    cursor.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(name, 0)) "
        "FROM unnest(%b::text[]) WITH ORDINALITY AS key (name, place) ORDER BY place",
        ([f"{key.principal}\n{key.key}" for key in keys],),
    )


def answers(cursor: Cursor, keys: Sequence[IdempotencyKey]) -> dict[tuple[str, str], tuple[bytes, bytes]]:
    """Digest of the request and answer of those keys that were used before."""
    cursor.execute(
        "SELECT principal, key, request_digest, answer FROM idempotency_key "
        "JOIN unnest(%b::text[], %b::text[]) AS asked (principal, key) USING (principal, key)",
        ([key.principal for key in keys], [key.key for key in keys]),
    )
    return {(principal, key): (bytes(digest), bytes(answer)) for principal, key, digest, answer in cursor}


def judged(key: IdempotencyKey, stored: Mapping[tuple[str, str], tuple[bytes, bytes]]) -> bytes | None:
    """The answer under the key, of those stored; None where it is new. Raises KeyReused."""
    if (key.principal, key.key) not in stored:
        return None
    digest, answer = stored[key.principal, key.key]
    if digest != key.request_digest:
        raise KeyReused(answer)
    return answer


def answered(cursor: Cursor, key: IdempotencyKey) -> bytes | None:
    """The answer under the key, which is locked from here on; None where it is new. Raises KeyReused, KeyInFlight."""
    lock_keys(cursor, [key])
    if not all(is_locked for (is_locked,) in cursor):
        raise KeyInFlight
    return judged(key, answers(cursor, [key]))
