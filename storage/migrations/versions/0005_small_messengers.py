"""Messengers without buttons, files or much room: pending lists, choices of notices, files handed out, and counts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import storage.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
)


def upgrade() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("menu", _JSON, nullable=True))
        batch_op.add_column(sa.Column("last_offer", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "offer",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("choices", _JSON, nullable=False),
        sa.Column("made_at", storage.types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_offer_account_id")),
        sa.PrimaryKeyConstraint("account_id", "number", name=op.f("pk_offer")),
    )
    op.create_table(
        "handout",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("lapses_at", storage.types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_handout_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handout")),
    )
    with op.batch_alter_table("handout", schema=None) as batch_op:
        batch_op.create_index("ix_handout_account_id", ["account_id"], unique=False)
        batch_op.create_index("ix_handout_lapses_at", ["lapses_at"], unique=False)
    op.create_table(
        "sent_count",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "month", name=op.f("pk_sent_count")),
    )


def downgrade() -> None:
    op.drop_table("sent_count")
    with op.batch_alter_table("handout", schema=None) as batch_op:
        batch_op.drop_index("ix_handout_lapses_at")
        batch_op.drop_index("ix_handout_account_id")
    op.drop_table("handout")
    op.drop_table("offer")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("last_offer")
        batch_op.drop_column("menu")
