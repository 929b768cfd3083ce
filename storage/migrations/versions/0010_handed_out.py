"""What people are given lapses, and what they give is counted.

Documents made for one person leave the chats' transcripts: they are handed out for a while.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Much points at a person's row, so on SQLite its table is not copied.
    op.add_column("person", sa.Column("kept_on", sa.Date(), nullable=True))
    op.add_column("person", sa.Column("kept_files", sa.Integer(), server_default="0", nullable=False))
    op.add_column("person", sa.Column("kept_bytes", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_event_actor_id_kind", "event", ["actor_id", "kind"], unique=False)
    connection = op.get_bind()
    line = sa.table("transcript_line", sa.column("id", sa.BigInteger), sa.column("body", sa.Text))
    body = sa.cast(line.c.body, sa.Text)
    found = connection.execute(
        sa.select(line.c.id, body).where(body.like('%"data"%'), body.like('%"documents"%'))
    ).all()
    kind = "JSONB" if connection.dialect.name == "postgresql" else "TEXT"
    change = sa.text(f"UPDATE transcript_line SET body = CAST(:body AS {kind}) WHERE id = :id")  # noqa: S608 - a word of ours
    for number, text in found:
        shown = json.loads(text)
        for document in shown.get("documents", ()):
            document.pop("data", None)
        connection.execute(change, {"id": number, "body": json.dumps(shown, ensure_ascii=False)})


def downgrade() -> None:
    op.drop_index("ix_event_actor_id_kind", "event")
    for name in ("kept_bytes", "kept_files", "kept_on"):
        op.drop_column("person", name)
