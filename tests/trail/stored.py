"""A trail that is sealed, and what is needed to seal and verify one."""

from collections.abc import Sequence
from pathlib import Path
from typing import LiteralString

from tellusonce.bootstrap import Service
from tellusonce.domain.verifying import Flaw
from tellusonce.persistence.checkpoint_key import PublicKeys
from tellusonce.persistence.database import Database
from tellusonce.persistence.published_checkpoints import read_published
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.register import NewReport
from tellusonce.services.verify_trail import Verification, VerifyTrail
from tellusonce.settings import Settings
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, a_stored_report, claim, delivered, query, record


def a_service(database_url: str, data_dir: Path, **settings: float) -> Service:
    """One whose checkpoints are due at once."""
    return Service(
        Settings.model_validate({"data_dir": data_dir, "checkpoint_seconds": 0.000_001, **settings}),
        database_url,
        SilentDoorbell(),
    )


def sealed_reports(service: Service, count: int = 3) -> Sequence[NewReport]:
    """Reports of which two agencies were told, registered under one checkpoint and told under the next."""
    database = service.database
    reports = [a_stored_report(database, STATE_PENSION, COUNCIL_TAX) for _ in range(count)]
    service.trail.seal.run()
    for agency in (STATE_PENSION, COUNCIL_TAX):
        record(database, *(delivered(claimed, acknowledged=True) for claimed in claim(database, agency)))
    service.trail.seal.run()
    return reports


def verifier(service: Service) -> VerifyTrail:
    """Verifies by the service's own key."""
    return service.trail.verify(PublicKeys([service.trail.checkpoint_key.public]))


def verified(service: Service, *, published: bool = False) -> Verification:
    """What verifying everything finds."""
    file = read_published(service.settings.checkpoint_path) if published else None
    return verifier(service).everything(file)


def flaws(service: Service, *, published: bool = False) -> list[Flaw]:
    """The flaws of that."""
    return verified(service, published=published).flaws


def as_superuser(database: Database, *statements: LiteralString) -> None:
    """Change what is append-only, as who owns the server can."""
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)


def ids(database: Database, reference: str) -> list[int]:
    """The ids of a report's entries."""
    rows = query(
        database,
        "SELECT trail.id FROM trail JOIN report ON report.id = report_id WHERE reference = %s ORDER BY trail.id",
        reference,
    )
    return [id_ for (id_,) in rows]
