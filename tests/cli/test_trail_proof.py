"""`tellusonce trail verify`, `receipt` and `key`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tellusonce.bootstrap import Service
from tests.cli.conftest import Run
from tests.persistence.stored import COUNCIL_TAX, a_stored_report
from tests.trail.stored import a_service, as_superuser, ids, sealed_reports


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = a_service(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def public_key(run: Run, tmp_path: Path) -> str:
    """The file of the service's public key."""
    path = tmp_path / "public.pem"
    path.write_text(run("trail", "key").output)
    return str(path)


def test_a_sound_trail_verifies_with_status_0(run: Run, service: Service) -> None:
    (report, *_) = sealed_reports(service)
    published = str(service.settings.checkpoint_path)
    whole = run("trail", "verify", "--published", published)
    assert (whole.status, whole.output) == (0, "15 entries of 3 reports, 2 checkpoints: as they were sealed.\n")
    assert run("trail", "verify", report.reference.lower(), "--json").json == {
        "valid": True,
        "reports": 1,
        "entries": 5,
        "unsealed": 0,
        "checkpoints": 2,
        "flaws": [],
    }


def test_a_changed_entry_is_named_with_status_1(run: Run, service: Service) -> None:
    (_, report, _) = sealed_reports(service)
    last = ids(service.database, report.reference)[-1]
    changed = "UPDATE trail SET actor = 'x' WHERE id = (SELECT entries[4] FROM trail_link WHERE number = 5)"
    as_superuser(service.database, changed)
    named = f"report {report.reference}, position 5, entry {last}, link 5: the entry was changed, or its link\n"
    for arguments in ((), (report.reference,)):
        found = run("trail", "verify", *arguments)
        assert (found.status, found.output) == (1, named)
    (flaw,) = run("trail", "verify", "--json").json["flaws"]
    assert (flaw["reference"], flaw["position"], flaw["entry"]) == (report.reference, 5, last)
    assert run("trail", "receipt", report.reference).status == 1


def test_rewritten_history_is_found_by_the_published_file(run: Run, service: Service, tmp_path: Path) -> None:
    sealed_reports(service)
    kept = tmp_path / "kept.jsonl"
    service.settings.checkpoint_path.rename(kept)
    as_superuser(service.database, "DELETE FROM checkpoint WHERE number = 2")
    service.trail.seal.run()
    assert run("trail", "verify").status == 0
    found = run("trail", "verify", "--published", str(kept))
    assert (found.status, found.output) == (1, "checkpoint 2: the database has not the published checkpoint\n")


def test_an_unknown_report_ends_with_status_4(run: Run, service: Service) -> None:
    sealed_reports(service, 1)
    assert run("trail", "verify", "000-000-000").status == 4
    assert run("trail", "receipt", "000-000-000").status == 4


def test_a_receipt_is_verified_without_any_server(
    run: Run, service: Service, public_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (report, *_) = sealed_reports(service)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(run("trail", "receipt", report.reference, "--agency", COUNCIL_TAX).output)
    monkeypatch.setenv("TELLUSONCE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    verify = ("trail", "verify", "--receipt", str(receipt), "--public-key", public_key)
    found = run(*verify)
    assert found.status == 0
    assert f"2 of 5 entries of {report.reference} stand as they were sealed by 20" in found.output
    proved = run(*verify, "--published", str(service.settings.checkpoint_path), "--json").json
    assert (proved["valid"], proved["sealed"], len(proved["entries"])) == (True, 5, 2)
    receipt.write_bytes(receipt.read_bytes().replace(b"delivered", b"delayedly"))
    assert run(*verify).status == 1
    assert run(*verify, "--json").json["valid"] is False


def test_a_receipt_of_what_was_not_published_proves_nothing(
    run: Run, service: Service, public_key: str, tmp_path: Path
) -> None:
    """Made under a stolen key, it is as sound as any other; but nobody has published its checkpoint."""
    (report, *_) = sealed_reports(service)
    receipt, published = tmp_path / "receipt.json", tmp_path / "published.jsonl"
    receipt.write_text(run("trail", "receipt", report.reference).output)
    published.write_bytes(service.settings.checkpoint_path.read_bytes().splitlines(keepends=True)[0])
    verify = ("trail", "verify", "--receipt", str(receipt), "--public-key", public_key)
    found = run(*verify, "--published", str(published))
    assert (found.status, "checkpoint 2 was not published" in found.errors) == (1, True)


def test_a_receipt_is_given_once_a_checkpoint_covers_the_trail(run: Run, service: Service) -> None:
    report = a_stored_report(service.database)
    early = run("trail", "receipt", report.reference)
    assert (early.status, early.output) == (1, "")
    assert "ask again in some minutes" in early.errors
    service.trail.seal.run()
    assert run("trail", "receipt", report.reference).status == 0


def test_what_does_not_go_together_is_wrong_usage(run: Run, service: Service, public_key: str, tmp_path: Path) -> None:
    sealed_reports(service, 1)
    assert run("trail", "verify", "--receipt", public_key).status == 2
    assert run("trail", "verify", "000-000-000", "--receipt", public_key, "--public-key", public_key).status == 2
    assert run("trail", "verify", "--public-key", str(service.settings.checkpoint_path)).status == 1


def test_without_any_key_nothing_is_verified(run: Run, service: Service) -> None:
    sealed_reports(service, 1)
    service.settings.checkpoint_key_path.unlink()
    assert run("trail", "verify").status == 2
    assert not service.settings.checkpoint_key_path.exists()
