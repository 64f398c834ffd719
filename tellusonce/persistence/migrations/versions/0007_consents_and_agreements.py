"""Consents and what was taken back of them, the texts of agreements, and what reports declared."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_GIVERS = "given_by IN ('informant', 'partner', 'estate_contact')"
_CAPACITIES = "capacity IN ('informant', 'next-of-kin', 'executor', 'administrator', 'representative', 'own-behalf')"
_RECORDED = "recorded IN ('with-report', 'in-person', 'telephone', 'writing')"


def upgrade() -> None:
    """Widen what is there, and create the tables."""
    op.add_column("report_version", sa.Column("declared_benefits", postgresql.ARRAY(sa.Text())))
    op.add_column("report_version", sa.Column("named_councils", postgresql.ARRAY(sa.Text())))
    _check(
        "follow_up",
        "kind",
        "kind IN ('undeliverable', 'receipt-overdue', 'outcome-overdue', 'query', 'rejected', "
        "'reversal-unconfirmed', 'consent-withdrawn')",
    )
    _check(
        "trail",
        "action",
        "action IN ('registered', 'corrected', 'withdrawn', 'consent-given', 'consent-withdrawn', 'fields-withheld', "
        "'superseded', 'leased', 'delivered', 'attempt-failed', 'attempt-lost', 'parked', 'bounced', 'replayed', "
        "'opened', 'acknowledged', 'follow-up-opened', 'follow-up-closed', 'held', 'released', 'shredded')",
    )
    _create_agreement_text()
    _create_consent()
    _create_consent_withdrawal()


def _check(table: str, name: str, condition: str) -> None:
    full_name = op.f(f"{table}_{name}_check")
    op.drop_constraint(full_name, table, type_="check")
    op.create_check_constraint(full_name, table, condition)


def _create_agreement_text() -> None:
    op.create_table(
        "agreement_text",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("life_event", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agency", "life_event", "version", name=op.f("agreement_text_pkey")),
    )
    op.execute("""
        CREATE FUNCTION refuse_change_of_agreement_text() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'texts of agreements are only ever added to: % refused', TG_OP
                USING ERRCODE = 'restrict_violation';
        END
        $$
    """)
    op.execute("""
        CREATE TRIGGER agreement_text_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_text
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_agreement_text()
    """)


def _create_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("agencies", postgresql.ARRAY(sa.Text())),
        sa.Column("fields", postgresql.ARRAY(sa.Text())),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "version", "number", name=op.f("consent_pkey")),
        sa.ForeignKeyConstraint(
            ["report_id", "version"],
            ["report_version.report_id", "report_version.version"],
            name=op.f("consent_report_id_fkey"),
        ),
        sa.CheckConstraint(_GIVERS, name=op.f("consent_given_by_check")),
        sa.CheckConstraint(_CAPACITIES, name=op.f("consent_capacity_check")),
        sa.CheckConstraint(_RECORDED, name=op.f("consent_recorded_check")),
    )


def _create_consent_withdrawal() -> None:
    op.create_table(
        "consent_withdrawal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.Text()),
        sa.Column("agencies", postgresql.ARRAY(sa.Text())),
        sa.Column("recorded", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("consent_withdrawal_pkey")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("consent_withdrawal_report_id_fkey")),
        sa.CheckConstraint(_GIVERS, name=op.f("consent_withdrawal_given_by_check")),
        sa.CheckConstraint(_RECORDED, name=op.f("consent_withdrawal_recorded_check")),
    )
    op.create_index(op.f("consent_withdrawal_report_id_idx"), "consent_withdrawal", ["report_id"])
