"""An account remembers whose code opened it; what somebody claims to be waits for who knows; members are confirmed."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Much points at an account's row, so on SQLite its table is not copied; both databases know this.
    kind = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE account ADD COLUMN by_code_of {kind} CONSTRAINT fk_account_by_code_of REFERENCES person (id)"
    )
    op.add_column("person", sa.Column("member_since", storage.types.Moment(timezone=True), nullable=True))
    # Who was there before anybody asked stays a member.
    op.execute("UPDATE person SET member_since = registered_at WHERE unit_id IS NOT NULL")
    op.create_table(
        "claim",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("details", storage.types.Json, nullable=False),
        sa.Column("made_at", storage.types.Moment(timezone=True), nullable=False),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("decided_at", storage.types.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_claim_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_claim_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_claim_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index("ix_claim_person_id", "claim", ["person_id"], unique=False)
    op.create_index("ix_claim_unit_id_state", "claim", ["unit_id", "state"], unique=False)
    op.create_index(
        "uq_claim_waiting",
        "claim",
        ["kind", "person_id", "subject"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "wrong_number",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("name_folded", sa.String(length=100), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("at", storage.types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_wrong_number_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_number")),
    )
    op.create_index(
        "ix_wrong_number_unit_id_name_folded", "wrong_number", ["unit_id", "name_folded", "at"], unique=False
    )
    op.create_index("ix_wrong_number_origin", "wrong_number", ["origin", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("wrong_number")
    op.drop_table("claim")
    op.drop_column("person", "member_since")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("account", "by_code_of")
        return
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_account_by_code_of"), type_="foreignkey")
        batch_op.drop_column("by_code_of")
