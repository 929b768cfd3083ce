"""Bringing a database to the newest shape."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    # Alembic reads "%" as the start of a placeholder; a password may have one.
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Make the tables, or change them to what this version needs. Doing it again changes nothing.

    Not for use inside a running event loop: it runs one of its own.
    """
    command.upgrade(_config(url), "head")


def newest() -> str:
    """The revision that this version of the code needs."""
    revision = ScriptDirectory.from_config(_config("sqlite://")).get_current_head()
    if revision is None:
        raise RuntimeError("the migrations folder is empty")
    return revision


async def revision(session: AsyncSession) -> str | None:
    """The revision that a database has; None before the first. Raises the driver's error where there is no table of it."""
    found = await session.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)
