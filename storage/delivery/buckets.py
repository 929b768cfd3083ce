"""How much of a messenger's rate is used up, for all processes together, on PostgreSQL's own clock."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ARRAY, Double, String, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

#: A bucket that claims to be free only later than this, in seconds, was filled by a clock that has jumped back since.
FURTHEST = 120.0


class Ask(NamedTuple):
    """Permits wanted of one bucket, which gives one ``every`` so many seconds.

    ``behind``: seconds of unused permits that may be caught up with, so that a few may be used at once after silence.
    ``ahead``: seconds one is ready to wait; when it would be more, nothing is taken.
    """

    name: str
    every: float
    number: int = 1
    behind: float = 0.0
    ahead: float = FURTHEST


class Taken(NamedTuple):
    """Whether the permits were taken, and the seconds until the first may be used (or might be taken)."""

    taken: bool
    wait: float


# Rows are locked in the order of their names, so that two processes never wait for each other. The clock is read when
# they are locked. A row that another process makes in the same moment is not among the locked ones: then what is taken
# follows what that one took.
_TAKE = text(
    "WITH asked AS (SELECT * FROM unnest(:names, :costs, :behinds, :aheads) AS a (name, cost, behind, ahead)), "
    "locked AS MATERIALIZED (SELECT name, free_at FROM bucket WHERE name = ANY(:names) ORDER BY name FOR UPDATE), "
    "clock AS MATERIALIZED (SELECT extract(epoch FROM clock_timestamp())::float8 AS now, count(*) FROM locked), "
    "begun AS MATERIALIZED (SELECT asked.*, clock.now, CASE WHEN locked.free_at > clock.now + :furthest "
    "THEN clock.now ELSE greatest(locked.free_at, clock.now - asked.behind) END AS moment "
    "FROM asked CROSS JOIN clock LEFT JOIN locked ON locked.name = asked.name), "
    "fits AS MATERIALIZED (SELECT name, moment, now, cost, CASE WHEN :together "
    "THEN bool_and(moment <= now + ahead) OVER () ELSE moment <= now + ahead END AS taken FROM begun), "
    "written AS (INSERT INTO bucket AS b (name, free_at) "
    "SELECT name, moment + cost FROM fits WHERE taken ORDER BY name "
    "ON CONFLICT (name) DO UPDATE SET free_at = CASE WHEN b.free_at > (SELECT now FROM clock) + :furthest "
    "THEN excluded.free_at ELSE greatest(excluded.free_at, "
    "b.free_at + (SELECT cost FROM asked WHERE asked.name = excluded.name)) END RETURNING name, free_at) "
    "SELECT fits.name, fits.taken, coalesce(written.free_at - fits.cost, fits.moment) - fits.now AS wait "
    "FROM fits LEFT JOIN written ON written.name = fits.name"
).bindparams(
    bindparam("names", type_=ARRAY(String)),
    bindparam("costs", type_=ARRAY(Double)),
    bindparam("behinds", type_=ARRAY(Double)),
    bindparam("aheads", type_=ARRAY(Double)),
)
_HOLD = text(
    "INSERT INTO bucket (name, free_at) VALUES (:name, extract(epoch FROM clock_timestamp()) + :seconds) "
    "ON CONFLICT (name) DO UPDATE SET "
    "free_at = greatest(bucket.free_at, extract(epoch FROM clock_timestamp()) + :seconds)"
)
_TIDY = text(
    "DELETE FROM bucket WHERE name IN (SELECT name FROM bucket "
    "WHERE free_at < extract(epoch FROM clock_timestamp()) - :furthest FOR UPDATE SKIP LOCKED)"
)


def without_transactions(engine: AsyncEngine) -> AsyncEngine:
    """The engine for these statements, each of which is a transaction by itself."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


async def take(engine: AsyncEngine, asks: Sequence[Ask], *, together: bool) -> dict[str, Taken]:
    """Reserve permits, by the bucket's name; with ``together`` those of all buckets or none."""
    values = {
        "names": [ask.name for ask in asks],
        "costs": [ask.number * ask.every for ask in asks],
        "behinds": [ask.behind for ask in asks],
        "aheads": [ask.ahead for ask in asks],
        "furthest": FURTHEST,
        "together": together,
    }
    async with engine.connect() as connection:
        rows = (await connection.execute(_TAKE, values)).all()
    return {name: Taken(taken, wait) for name, taken, wait in rows}


async def hold(engine: AsyncEngine, name: str, seconds: float) -> None:
    """Give out nothing for so long."""
    async with engine.connect() as connection:
        await connection.execute(_HOLD, {"name": name, "seconds": min(seconds, FURTHEST)})


async def tidy(engine: AsyncEngine) -> None:
    """Remove buckets that nobody has used lately: they have long been full again."""
    async with engine.connect() as connection:
        await connection.execute(_TIDY, {"furthest": FURTHEST})
