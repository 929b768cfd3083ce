"""Credentials that renew themselves with a single-use token; accounts that wait for their people to write."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import storage.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_at", storage.types.Moment(timezone=True), nullable=True))
    op.create_table(
        "credential",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("renewal", sa.Text(), nullable=False),
        sa.Column("renewed_at", storage.types.Moment(timezone=True), nullable=False),
        sa.Column("access", sa.Text(), nullable=True),
        sa.Column("use_until", storage.types.Moment(timezone=True), nullable=True),
        sa.Column("trying_since", storage.types.Moment(timezone=True), nullable=True),
        sa.Column("trying", sa.String(length=32), nullable=True),
        sa.Column("lost_at", storage.types.Moment(timezone=True), nullable=True),
        sa.Column("lost_why", sa.String(length=200), nullable=True),
        sa.Column(
            "given",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_credential")),
    )


def downgrade() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("closed_at")
    op.drop_table("credential")
