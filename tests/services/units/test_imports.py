"""Units from a file: any tree comes in, in any order, once; moving keeps paths and counts right."""

import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.documents.table import read_table
from bot.services.units.imports import COLUMNS, import_units
from storage.engine import Database
from storage.initiatives.tables import CountedState, OpeningBalance, Phase, Programme
from storage.progress import counts
from storage.units.tables import Unit
from tests.services.fresh import FOLLOWERS, act, fresh


@dataclass(frozen=True)
class Tree:
    """Parents by number; ``None`` for a top. ``order`` is that of the rows."""

    parents: tuple[int | None, ...]
    order: tuple[int, ...]

    def write(self, folder: Path) -> Path:
        lines = ["code,name,kind,parent"]
        for number in self.order:
            parent = self.parents[number]
            lines.append(f"U{number},Công đoàn {number},group,{'' if parent is None else f'u{parent}'}")
        path = folder / "units.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def trail(self, number: int) -> list[str]:
        """The codes from the top down."""
        parent = self.parents[number]
        return [*([] if parent is None else self.trail(parent)), f"U{number}"]


@st.composite
def trees(draw: st.DrawFn, size: int | None = None) -> Tree:
    size = draw(st.integers(1, 12)) if size is None else size
    # A parent is earlier in some order, so there is no circle; which order is drawn too.
    names = draw(st.permutations(range(size)))
    parents: dict[int, int | None] = {}
    for place, name in enumerate(names):
        above = draw(st.none() | st.integers(0, place - 1)) if place else None
        parents[name] = None if above is None else names[above]
    return Tree(tuple(parents[name] for name in range(size)), tuple(draw(st.permutations(range(size)))))


async def _import(database: Database, tree: Tree, folder: Path) -> tuple[int, int, int]:
    async with act(database) as one:
        found = await import_units(one, read_table(tree.write(folder), COLUMNS), followers=FOLLOWERS)
        assert not found.problems
        return found.new, found.changed, found.same


async def _join_codes(session: AsyncSession) -> dict[str, str]:
    return {unit.code: unit.join_code for unit in await session.scalars(select(Unit))}


async def _check_paths(database: Database, tree: Tree) -> None:
    async with database.read() as session:
        units = {unit.id: unit for unit in await session.scalars(select(Unit))}
    for unit in units.values():
        ids = [int(part) for part in unit.path.strip("/").split("/")]
        assert unit.path == f"/{'/'.join(map(str, ids))}/"
        assert [units[one].code for one in ids] == tree.trail(int(unit.code[1:]))


@settings(max_examples=30)
@given(trees())
async def test_any_tree_in_any_order_comes_in_once(tree: Tree) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with fresh() as database:
            size = len(tree.parents)
            assert await _import(database, tree, Path(folder)) == (size, 0, 0)
            await _check_paths(database, tree)
            async with database.read() as session:
                before = await _join_codes(session)
            assert len(set(before.values())) == size

            assert await _import(database, tree, Path(folder)) == (0, 0, size)

            async with database.read() as session:
                assert await _join_codes(session) == before


@settings(max_examples=30)
@given(st.integers(2, 10).flatmap(lambda size: st.tuples(trees(size), trees(size))), st.randoms())
async def test_moving_units_about_keeps_paths_and_counts_right(
    two: tuple[Tree, Tree], chance: random.Random
) -> None:
    before, after = two
    with tempfile.TemporaryDirectory() as folder:
        async with fresh() as database:
            await _import(database, before, Path(folder))
            async with act(database) as one:
                ids = (await one.session.scalars(select(Unit.id).order_by(Unit.id))).all()
                day = one.today
                programme = Programme(
                    code="P",
                    name="P",
                    unit_id=ids[0],
                    starts=day,
                    ends=day,
                    counts=CountedState.APPROVED,
                    rules={},
                )
                one.session.add(programme)
                await one.session.flush()
                phase = Phase(programme_id=programme.id, code="1", name="1", starts=day, ends=day)
                one.session.add(phase)
                await one.session.flush()
                for unit_id in ids:
                    one.session.add(
                        OpeningBalance(
                            unit_id=unit_id, phase_id=phase.id, number=chance.randint(1, 99), benefit=5
                        )
                    )
                await one.session.flush()
                await counts.rebuild(one.session)

            await _import(database, after, Path(folder))

            await _check_paths(database, after)
            async with database.read() as session:
                assert await counts.kept(session) == await counts.recount(session)


async def test_counts_that_went_wrong_are_right_after_a_move() -> None:
    """The whole is counted anew, not only what moved."""
    async with fresh() as database, act(database) as one:
        with tempfile.TemporaryDirectory() as folder:
            await import_units(
                one,
                read_table(Tree((None, None, 0), (0, 1, 2)).write(Path(folder)), COLUMNS),
                followers=FOLLOWERS,
            )
            await one.session.execute(update(Unit).values(path="/9/"))
            one.session.expire_all()
            found = await import_units(
                one,
                read_table(Tree((None, None, 1), (0, 1, 2)).write(Path(folder)), COLUMNS),
                followers=FOLLOWERS,
            )
        assert (found.changed, found.moved) == (1, 3)
