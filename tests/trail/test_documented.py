"""A receipt is verified as docs/agencies.md says, by a program that shares no code with the service."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from tellusonce.bootstrap import Service
from tests.persistence.stored import COUNCIL_TAX
from tests.trail.stored import a_service, sealed_reports


def digest(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def verify(receipt: bytes, public_pem: bytes) -> list[dict[str, Any]]:
    """The entries that are proved; an AssertionError or InvalidSignature where anything is not."""
    document = json.loads(receipt)
    assert receipt == canonical(document) + b"\n"
    chain = [digest(b"\x04", UUID(document["report_id"]).bytes, document["reference"].encode())]
    for position, step in enumerate(document["trail"], 1):
        if "hash" in step:
            of_step = bytes.fromhex(step["hash"])
        else:
            salt = bytes.fromhex(step["salt"])
            of_step = digest(b"\x02", position.to_bytes(8, "big"), salt, canonical(step["entry"]))
        chain.append(digest(b"\x03", chain[-1], of_step))
    for proof in document["checkpoints"]:
        checkpoint = proof["checkpoint"]
        size = checkpoint["last_link"] - checkpoint["first_link"] + 1
        path = [bytes.fromhex(each) for each in proof["path"]]
        assert tree(chain[proof["position"]], proof["index"], size, path).hex() == checkpoint["root"]
        verify_signature(checkpoint, public_pem)
    assert document["checkpoints"][-1]["position"] == len(document["trail"])
    return [step["entry"] for step in document["trail"] if "entry" in step]


def tree(data: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root to which a path leads, by the recursive definition of RFC 6962, section 2.1.1."""
    if size == 1:
        assert path == []
        return digest(b"\x00", data)
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        return digest(b"\x01", tree(data, index, left, path[:-1]), path[-1])
    return digest(b"\x01", path[-1], tree(data, index - left, size - left, path[:-1]))


def verify_signature(checkpoint: dict[str, Any], public_pem: bytes) -> None:
    key = load_pem_public_key(public_pem)
    assert isinstance(key, Ed25519PublicKey)
    assert checkpoint["key"] == digest(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hex()[:16]
    signed = {name: value for name, value in checkpoint.items() if name != "signature"}
    key.verify(bytes.fromhex(checkpoint["signature"]), b"tellusonce checkpoint\n" + canonical(signed))


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = a_service(database_url, tmp_path)
    yield made
    made.close()


def test_a_receipt_is_verified_by_the_documents_steps(service: Service) -> None:
    reports = sealed_reports(service, 7)
    for report in reports:
        for agency, shown in ((None, 5), (COUNCIL_TAX, 2)):
            receipt = service.trail.receipts.receipt(report.reference, agency)
            assert receipt is not None
            assert len(verify(receipt, service.trail.checkpoint_key.public_pem().encode())) == shown


def test_what_was_changed_fails_by_the_documents_steps(service: Service) -> None:
    (report, *_) = sealed_reports(service)
    receipt = service.trail.receipts.receipt(report.reference)
    assert receipt is not None
    changed = receipt.replace(b'"result":"delivered"', b'"result":"undelivrd"')
    with pytest.raises((AssertionError, InvalidSignature)):
        verify(changed, service.trail.checkpoint_key.public_pem().encode())
