"""A trail that can be proved: words apart from the events, seals over them, and triggers that let it only grow."""

import hashlib
import json
import os

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import storage.types
from storage.trail import triggers

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
)
#: What was said, among the details of events so far.
_SAID = ("words", "name")


def upgrade() -> None:
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("words_digest", sa.LargeBinary(length=32), nullable=True))
        batch_op.drop_constraint(op.f("fk_event_actor_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_event_person_id"), type_="foreignkey")
        batch_op.create_index("ix_event_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_event_unit_id_id", ["unit_id", "id"], unique=False)
    op.create_table(
        "event_words",
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("words", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_words_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_words")),
    )
    op.create_table(
        "seal",
        sa.Column("seq", _ID, autoincrement=False, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("link", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_at", storage.types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_seal")),
        sa.UniqueConstraint("event_id", name=op.f("uq_seal_event_id")),
    )
    op.add_column("person", sa.Column("became", _ID, nullable=True))
    _part_words()
    for statement in triggers(op.get_bind().dialect.name):
        op.execute(statement)


def _part_words() -> None:
    """What was said moves to a row of its own."""
    connection = op.get_bind()
    event = sa.table(
        "event", sa.column("id", _ID), sa.column("details", _JSON), sa.column("words_digest", sa.LargeBinary)
    )
    said = sa.table(
        "event_words",
        sa.column("event_id", _ID),
        sa.column("salt", sa.LargeBinary),
        sa.column("words", _JSON),
    )
    for number, details in connection.execute(sa.select(event.c.id, event.c.details)).all():
        words = {name: details[name] for name in _SAID if details.get(name)}
        if not any(name in details for name in _SAID):
            continue
        rest = {name: value for name, value in details.items() if name not in _SAID}
        values: dict[str, object] = {"details": rest}
        if words:
            salt = os.urandom(16)
            canonical = json.dumps(words, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
            values["words_digest"] = hashlib.sha256(salt + canonical).digest()
            connection.execute(said.insert().values(event_id=number, salt=salt, words=words))
        connection.execute(event.update().where(event.c.id == number).values(**values))


def downgrade() -> None:
    connection = op.get_bind()
    for table in ("event", "seal"):
        for verb in ("update", "delete"):
            name = f"{table}_{verb}_refused"
            if connection.dialect.name == "postgresql":
                op.execute(f"DROP TRIGGER {name} ON {table}")
                op.execute(f"DROP FUNCTION {name}()")
            else:
                op.execute(f"DROP TRIGGER {name}")
    event = sa.table("event", sa.column("id", _ID), sa.column("details", _JSON))
    said = sa.table("event_words", sa.column("event_id", _ID), sa.column("words", _JSON))
    rows = connection.execute(
        sa.select(event.c.id, event.c.details, said.c.words).join(said, said.c.event_id == event.c.id)
    ).all()
    for number, details, words in rows:
        connection.execute(event.update().where(event.c.id == number).values(details={**details, **words}))
    op.drop_column("person", "became")
    op.drop_table("seal")
    op.drop_table("event_words")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_unit_id_id")
        batch_op.drop_index("ix_event_person_id")
        batch_op.create_foreign_key(op.f("fk_event_actor_id"), "person", ["actor_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_event_person_id"), "person", ["person_id"], ["id"])
        batch_op.drop_column("words_digest")
