"""A row for each process, by which what is claimed is told from what a dead one left; decisions that are told again."""

from typing import Any

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SENDING: dict[str, Any] = {
    "sqlite_where": sa.text("state = 'sending'"),
    "postgresql_where": sa.text("state = 'sending'"),
}
_AGAIN: dict[str, Any] = {
    "sqlite_where": sa.text("state = 'uncertain' AND again_at IS NOT NULL"),
    "postgresql_where": sa.text("state = 'uncertain' AND again_at IS NOT NULL"),
}


def upgrade() -> None:
    op.create_table(
        "process",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("beat_at", storage.types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process")),
    )
    # No foreign key: it would look at the process's row with each row that is claimed.
    for table in ("outbox", "delivery"):
        op.drop_index(f"ix_{table}_sending", table_name=table, **_SENDING)
        op.drop_column(table, "claimed_at")
        op.add_column(table, sa.Column("claimed_by", sa.BigInteger(), nullable=True))
        op.create_index(f"ix_{table}_sending", table, ["claimed_by"], **_SENDING)
    op.add_column("outbox", sa.Column("again_at", storage.types.Moment(timezone=True), nullable=True))
    op.create_index("ix_outbox_again", "outbox", ["again_at"], **_AGAIN)


def downgrade() -> None:
    op.drop_index("ix_outbox_again", table_name="outbox", **_AGAIN)
    op.drop_column("outbox", "again_at")
    for table in ("outbox", "delivery"):
        op.drop_index(f"ix_{table}_sending", table_name=table, **_SENDING)
        op.drop_column(table, "claimed_by")
        op.add_column(table, sa.Column("claimed_at", storage.types.Moment(timezone=True), nullable=True))
        op.create_index(f"ix_{table}_sending", table, ["claimed_at"], **_SENDING)
    op.drop_table("process")
