"""Kiosks: browsers that are shared at a workshop, and the sessions at them."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "kiosk",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("made_by", _ID, nullable=True),
        sa.Column("made_at", storage.types.Moment(timezone=True), nullable=False),
        sa.Column("last_used_at", storage.types.Moment(timezone=True), nullable=True),
        sa.Column("revoked_at", storage.types.Moment(timezone=True), nullable=True),
        sa.Column("revoked_by", _ID, nullable=True),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_kiosk_unit_id")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_kiosk_made_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["person.id"], name=op.f("fk_kiosk_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk")),
        sa.UniqueConstraint("digest", name=op.f("uq_kiosk_digest")),
    )
    op.create_index("ix_kiosk_unit_id", "kiosk", ["unit_id"], unique=False)
    # Nothing points at a device's row, so on SQLite its table may be copied.
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kiosk_id", _ID, nullable=True))
        batch_op.create_foreign_key(op.f("fk_device_kiosk_id"), "kiosk", ["kiosk_id"], ["id"])
        batch_op.create_index("ix_device_kiosk_id", ["kiosk_id"], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM device WHERE kiosk_id IS NOT NULL")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index("ix_device_kiosk_id")
        batch_op.drop_constraint(op.f("fk_device_kiosk_id"), type_="foreignkey")
        batch_op.drop_column("kiosk_id")
    op.drop_index("ix_kiosk_unit_id", "kiosk")
    op.drop_table("kiosk")
    op.execute("DELETE FROM pass WHERE kind = 'kiosk'")
