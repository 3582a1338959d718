"""Instruments, data availability, quality reports and load logs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the registry's first tables."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "instruments",
        sa.Column("symbol", sa.String(50), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("exchange", sa.String(20), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("sector", sa.Text, nullable=False),
        sa.Column("lot_size", sa.Integer, nullable=False),
        sa.Column("tick_size", sa.Float),
        sa.Column("isin", sa.String(20), nullable=False),
        sa.Column("has_derivatives", sa.Boolean, nullable=False),
        sa.Column("price_band", sa.Float),
        sa.Column("updated_at", time, nullable=False),
        sa.PrimaryKeyConstraint("symbol", name="pk_instruments"),
    )
    op.create_table(
        "data_availability",
        sa.Column("symbol", sa.String(50), nullable=False),
        sa.Column("timeframe", sa.String(10), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("first_time", time),
        sa.Column("last_time", time),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("adjusted", sa.Boolean, nullable=False),
        sa.Column("interval_minutes", sa.Integer),
        sa.Column("updated_at", time, nullable=False),
        sa.PrimaryKeyConstraint("symbol", "timeframe", name="pk_data_availability"),
    )
    op.create_table(
        "quality_reports",
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("rules_version", sa.Integer, nullable=False),
        sa.Column("symbol", sa.String(50), nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("bad_rows", sa.BigInteger, nullable=False),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.Column("checked_at", time, nullable=False),
        sa.PrimaryKeyConstraint("identity", "rules_version", name="pk_quality_reports"),
    )
    op.create_table(
        "data_load_logs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("loaded_at", time, nullable=False),
        sa.Column("symbol", sa.String(50), nullable=False),
        sa.Column("timeframe", sa.String(10), nullable=False),
        sa.Column("start_day", sa.Date),
        sa.Column("end_day", sa.Date),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("cached", sa.Boolean, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_load_logs"),
    )
    op.create_index("ix_data_load_logs_symbol_loaded_at", "data_load_logs", ["symbol", "loaded_at"])


def downgrade() -> None:
    """Drop the registry's tables; bars are files and stay."""
    for table in ("data_load_logs", "quality_reports", "data_availability", "instruments"):
        op.drop_table(table)
