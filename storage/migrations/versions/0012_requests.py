"""What people ask of whoever holds their data, by when it is answered; and whose data is not to be used."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("person", sa.Column("restricted_since", storage.types.Moment(timezone=True), nullable=True))
    op.create_table(
        "data_request",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("made_at", storage.types.Moment(timezone=True), nullable=False),
        sa.Column("answer_until", storage.types.Moment(timezone=True), nullable=False),
        sa.Column("done_until", storage.types.Moment(timezone=True), nullable=False),
        sa.Column("answered_at", storage.types.Moment(timezone=True), nullable=True),
        sa.Column("answered_by", _ID, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_data_request_answered_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_data_request_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_data_request_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
    )
    op.create_index("ix_data_request_person_id", "data_request", ["person_id"], unique=False)
    op.create_index(
        "ix_data_request_state_answer_until", "data_request", ["state", "answer_until"], unique=False
    )


def downgrade() -> None:
    op.drop_table("data_request")
    op.drop_column("person", "restricted_since")
