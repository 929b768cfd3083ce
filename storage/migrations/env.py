"""How Alembic reaches the database: over the same engine as the bot."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text

from storage.engine import open_engine
from storage.tables import metadata


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Of processes that start at the same moment one migrates, and the others find it done.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('sangkien migrations'))"))
        context.run_migrations()


async def _run() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if url is None:
        raise RuntimeError("no database URL was given")
    engine = open_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


asyncio.run(_run())
