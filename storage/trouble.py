"""Telling a database that is locked, full or gone from a statement that is wrong."""

import sqlite3

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

#: Whatever the database, or the way to it, makes of a statement.
DatabaseError = SQLAlchemyError

#: PostgreSQL's classes of errors that have nothing to do with what was asked: the connection, a transaction that has
#: to be done again, resources (a full disk, too many connections), somebody who shuts it down, the system below it.
_CLASSES = ("08", "40", "53", "57", "58")
#: And single ones: a database that takes no connections or is not there, a standby that only reads, a lock.
_CODES = ("55000", "55P03", "3D000", "25006")


def is_trouble(problem: BaseException) -> bool:
    """Whether the same work is to be tried again later, since the database cannot do any now."""
    if isinstance(problem, (OperationalError, InterfaceError, PoolTimeoutError, OSError, TimeoutError)):
        return True
    if isinstance(problem, DBAPIError) and problem.connection_invalidated:
        return True
    # What goes wrong while connecting comes from PostgreSQL's driver as it is.
    origin = getattr(problem, "orig", None) or problem
    code = str(getattr(origin, "sqlstate", None) or "")
    # A damaged or foreign file is plainly a DatabaseError in SQLite's driver; its subclasses are about statements.
    return code.startswith(_CLASSES) or code in _CODES or type(origin) is sqlite3.DatabaseError


def brief(problem: BaseException) -> str:
    """What went wrong in one line, without the statement and its parameters (they are people's words)."""
    origin = getattr(problem, "orig", None) or problem
    return f"{type(origin).__name__}: {origin}".splitlines()[0][:200]


async def answers(session: AsyncSession) -> None:
    """Ask the database for nothing. Raises :data:`DatabaseError` or OSError when it does not answer."""
    await session.execute(text("SELECT 1"))
