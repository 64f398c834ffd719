"""Letting the time for keeping facts pass, and forgetting."""

from tellusonce.persistence.database import Database
from tellusonce.persistence.forgetting import Forgetting
from tellusonce.services.forget import Forget
from tests.persistence.stored import query


def days_pass(database: Database, days: int) -> None:
    """As if all that is stored had been stored so many days before."""
    query(database, "UPDATE notification SET closed_at = closed_at - make_interval(days => %s)", days)
    query(database, "UPDATE report_version SET registered_at = registered_at - make_interval(days => %s)", days)
    query(database, "UPDATE report SET forget_on = forget_on - %s::int WHERE forget_on > current_date", days + 365)


def forget(database: Database) -> int:
    """Destroy what is due, in small batches; gives the facts of how many reports."""
    return Forget(Forgetting(database), limit=2).forget_due()
