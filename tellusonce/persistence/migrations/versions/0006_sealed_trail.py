"""The trail's entries sealed: chained by report, and held by signed checkpoints."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables, have each new entry noted as unsealed, and note those that are there."""
    _create_unsealed()
    _create_trail_link()
    _create_checkpoint()
    _note_what_is_added()
    _note_what_is_there()


def _create_unsealed() -> None:
    op.create_table(
        "unsealed",
        sa.Column("report_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("entries", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        postgresql_with={
            "toast_tuple_target": 8160,
            "autovacuum_vacuum_threshold": 1000,
            "autovacuum_vacuum_scale_factor": 0.02,
            "autovacuum_vacuum_cost_delay": 0,
        },
    )


def _create_trail_link() -> None:
    op.create_table(
        "trail_link",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("entries", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("trail_link_pkey")),
        sa.UniqueConstraint("report_id", "position", name=op.f("trail_link_report_id_position_key")),
    )
    _make_append_only("trail_link")


def _create_checkpoint() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_link", sa.BigInteger(), nullable=False),
        sa.Column("last_link", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("checkpoint_pkey")),
        sa.UniqueConstraint("last_link", name=op.f("checkpoint_last_link_key")),
    )
    _make_append_only("checkpoint")


def _make_append_only(table: str) -> None:
    op.execute(f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_trail()
    """)


def _note_what_is_added() -> None:
    op.execute("""
        CREATE FUNCTION note_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO unsealed (report_ids, entries)
            SELECT array_agg(report_id), array_agg(id) FROM added HAVING count(*) > 0;
            RETURN NULL;
        END
        $$
    """)
    op.execute("""
        CREATE TRIGGER trail_unsealed AFTER INSERT ON trail REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION note_unsealed()
    """)


def _note_what_is_there() -> None:
    op.execute("""
        INSERT INTO unsealed (report_ids, entries)
        SELECT array_agg(report_id), array_agg(id)
        FROM (SELECT report_id, id, (row_number() OVER (ORDER BY report_id, id) - 1) / 200 AS chunk FROM trail) AS there
        GROUP BY chunk
    """)
