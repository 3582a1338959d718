"""One quality report a symbol and base timeframe, known by its files and by the rules that applied to them.

Reports made before do not say which facts of the instrument they rest on. They are dropped: Hermes makes them anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the table of reports, empty."""
    op.drop_table("quality_reports")
    op.create_table(
        "quality_reports",
        sa.Column("symbol", sa.String(50), nullable=False),
        sa.Column("timeframe", sa.String(10), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("bad_rows", sa.BigInteger, nullable=False),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("symbol", "timeframe", name="pk_quality_reports"),
    )


def downgrade() -> None:
    """Bring the first table of reports back, empty."""
    op.drop_table("quality_reports")
    op.create_table(
        "quality_reports",
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("rules_version", sa.Integer, nullable=False),
        sa.Column("symbol", sa.String(50), nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("bad_rows", sa.BigInteger, nullable=False),
        sa.Column("problems", sa.JSON, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identity", "rules_version", name="pk_quality_reports"),
    )
