"""One person on several channels: where a question was shown, where notices go, and codes that were guessed at."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("notify_channel", sa.String(length=20), nullable=True))
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account_id", _ID, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_conversation_account_id"), "account", ["account_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index(
        "ix_conversation_account_id",
        "conversation",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("account_id IS NOT NULL"),
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )
    op.create_table(
        "wrong_code",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account_external_id", sa.String(length=64), nullable=False),
        sa.Column("at", storage.types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_code")),
    )
    with op.batch_alter_table("wrong_code", schema=None) as batch_op:
        batch_op.create_index("ix_wrong_code_account", ["channel", "account_external_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("wrong_code")
    op.drop_index("ix_conversation_account_id", table_name="conversation")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_conversation_account_id"), type_="foreignkey")
        batch_op.drop_column("account_id")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("notify_channel")
