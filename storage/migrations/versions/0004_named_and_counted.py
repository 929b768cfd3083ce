"""Who agrees to be named when people are thanked; a campaign's figures are read from the days' counts alone."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("named_since", storage.types.Moment(timezone=True), nullable=True))
    op.add_column(
        "consent", sa.Column("subject", sa.String(length=20), nullable=False, server_default="data")
    )
    # Not by copying the table, as a batch does on SQLite: others point at its rows.
    op.drop_column("campaign", "count_before")
    op.drop_column("campaign", "count_after")
    op.drop_column("daily_count", "opening")


def downgrade() -> None:
    op.add_column("daily_count", sa.Column("opening", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("campaign", sa.Column("count_after", sa.Integer(), nullable=True))
    op.add_column("campaign", sa.Column("count_before", sa.Integer(), nullable=True))
    op.drop_column("consent", "subject")
    op.drop_column("person", "named_since")
