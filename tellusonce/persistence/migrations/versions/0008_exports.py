"""Exports of what is held: the role that may ask for them, and their entry in the trail."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Widen two checks."""
    _check("api_key", "role", "role IN ('registrar', 'agency', 'staff', 'operator', 'data-protection')")
    _check(
        "trail",
        "action",
        "action IN ('registered', 'corrected', 'withdrawn', 'consent-given', 'consent-withdrawn', 'fields-withheld', "
        "'superseded', 'leased', 'delivered', 'attempt-failed', 'attempt-lost', 'parked', 'bounced', 'replayed', "
        "'opened', 'acknowledged', 'follow-up-opened', 'follow-up-closed', 'held', 'released', 'shredded', 'exported')",
    )


def _check(table: str, name: str, condition: str) -> None:
    full_name = op.f(f"{table}_{name}_check")
    op.drop_constraint(full_name, table, type_="check")
    op.create_check_constraint(full_name, table, condition)
