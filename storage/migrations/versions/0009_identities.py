"""A change of identity ends the sessions of before: accounts count theirs, and devices know for which one they are."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Much points at an account's row, so on SQLite its table is not copied.
    op.add_column("account", sa.Column("identity_rev", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.add_column(sa.Column("identity_rev", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("digest_before", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("changed_with", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("changed_at", storage.types.Moment(timezone=True), nullable=True))
        batch_op.create_index("ix_device_digest_before", ["digest_before"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index("ix_device_digest_before")
        for name in ("changed_at", "changed_with", "digest_before", "identity_rev"):
            batch_op.drop_column(name)
    op.drop_column("account", "identity_rev")
