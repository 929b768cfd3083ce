"""Units from a file: the tree of unions, mended and moved as the file says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.conversation.text import fold
from bot.documents.table import Row, Table, code_of, column, day_of, number_of, text_of
from bot.services.act import Act
from bot.services.imports import Outcome, Told, quiet, take_turn
from bot.services.refusal import Refusal
from bot.services.units.join_codes import JOIN_LENGTH, random_code
from bot.services.units.moving import Follower
from storage.units import tree
from storage.units.tables import Unit, UnitKind

COLUMNS = (
    column("code", "ma", "ma don vi", "unit code"),
    column("name", "ten", "ten don vi", "unit name", "don vi"),
    column("kind", "loai", "loai don vi", "cap", "cap cong doan", "type"),
    column(
        "parent",
        "parent code",
        "ma cap tren",
        "cap tren",
        "don vi cap tren",
        "ma don vi cap tren",
        "truc thuoc",
        required=False,
    ),
    column("members", "so doan vien", "doan vien", "so nguoi", "so lao dong", required=False),
    column("valid_from", "hieu luc tu", "tu ngay", required=False),
    column("valid_until", "hieu luc den", "den ngay", required=False),
)

#: What people call the levels, folded, besides the words of :class:`UnitKind`.
_KINDS = {
    **{kind.value: kind for kind in UnitKind},
    **dict.fromkeys(("cong doan nganh", "nganh"), UnitKind.SECTOR),
    **dict.fromkeys(
        ("cong doan cap tren truc tiep co so", "cong doan cap tren", "cap tren", "cap tren truc tiep co so"),
        UnitKind.UPPER,
    ),
    **dict.fromkeys(("cong doan co so", "cdcs", "co so"), UnitKind.GRASSROOTS),
    **dict.fromkeys(("cong doan bo phan", "cdbp", "bo phan"), UnitKind.SECTION),
    **dict.fromkeys(("to cong doan", "to", "nhom"), UnitKind.GROUP),
}

_MOST_MEMBERS = 100_000_000
_LONGEST_PATH = 200


@dataclass(slots=True)
class _Wanted:
    """A unit as the file has it."""

    row: Row
    code: str
    name: str
    kind: UnitKind
    parent: str | None
    members: int | None
    valid_from: date | None
    valid_until: date | None


async def import_units(
    act: Act, table: Table, *, followers: Sequence[Follower], dry_run: bool = False, told: Told = quiet
) -> Outcome:
    """Make the units be as the file has them; units that it does not name stay. With problems nothing is written.

    A column that the file lacks changes nothing; an empty cell empties. Join codes are made once and stay.
    ``followers``: what all domains keep by unit, which follows units that move. Raises :class:`Refusal`.
    """
    await take_turn(act.session)
    if not dry_run:
        for follower in followers:
            await follower.hold(act.session)
    units = {unit.code.casefold(): unit for unit in await tree.all_units(act.session)}
    wanted = _read(table)
    _check_tree(table, wanted, units)
    outcome = Outcome(problems=table.problems, ignored=table.ignored)
    if table.problems:
        return outcome
    new = []
    for key, one in wanted.items():
        unit = units.get(key)
        if unit is None:
            new.append(key)
        elif _differs(table, unit, one, units):
            outcome.changed += 1
        else:
            outcome.same += 1
    outcome.new = len(new)
    if dry_run:
        return outcome
    before = {unit.id: unit.path for unit in units.values()}
    await _write(act, table, wanted, units, new, told)
    # Always from the tree itself, so that a moved unit takes along all below it.
    for unit, path in _paths(units.values()):
        if len(path) > _LONGEST_PATH:
            raise Refusal("cli.units.too_deep", unit=unit.code)
        if unit.path != path:
            unit.path = path
            outcome.moved += unit.id in before
    await act.session.flush()
    if outcome.moved:
        after = {unit.id: unit.path for unit in units.values()}
        for follower in followers:
            await follower.follow(act.session, before, after)
    if outcome.new or outcome.changed:
        act.record("units_imported", new=outcome.new, changed=outcome.changed, moved=outcome.moved)
    await act.session.flush()
    return outcome


def _read(table: Table) -> dict[str, _Wanted]:
    found: dict[str, _Wanted] = {}
    first: dict[str, int] = {}
    for row in table.rows:
        code = code_of(table, row, "code", 40)
        name = text_of(table, row, "name", 200, required=True)
        kind = _kind(table, row)
        parent = code_of(table, row, "parent", 40, required=False)
        members = number_of(table, row, "members", _MOST_MEMBERS)
        starts, ends = day_of(table, row, "valid_from"), day_of(table, row, "valid_until")
        if starts and ends and ends < starts:
            table.wrong(row, "valid_until", "cli.cell.ends_first")
        if code is None:
            continue
        key = code.casefold()
        if key in first:
            table.wrong(row, "code", "cli.cell.twice", typed=code, first=str(first[key]))
            continue
        first[key] = row.number
        # Kept although something else is wrong with it, so that those below it are not called parentless.
        found[key] = _Wanted(row, code, name or "", kind or UnitKind.GROUP, parent, members, starts, ends)
    return found


def _kind(table: Table, row: Row) -> UnitKind | None:
    text = text_of(table, row, "kind", 100, required=True)
    if text is None:
        return None
    kind = _KINDS.get(fold(text))
    if kind is None:
        table.wrong(row, "kind", "cli.units.unknown_kind", typed=text)
    return kind


def _check_tree(table: Table, wanted: Mapping[str, _Wanted], units: Mapping[str, Unit]) -> None:
    """Every parent is known, and no unit is above itself."""
    codes = {unit.id: key for key, unit in units.items()}
    parents = {key: codes[unit.parent_id] if unit.parent_id else None for key, unit in units.items()}
    for key, one in wanted.items():
        if not table.has("parent"):
            parents.setdefault(key, None)
            continue
        parents[key] = one.parent.casefold() if one.parent else None
        if one.parent and one.parent.casefold() not in wanted and one.parent.casefold() not in units:
            table.wrong(one.row, "parent", "cli.units.unknown_parent", typed=one.parent)
            parents[key] = None
    safe: set[str] = set()
    for start in parents:
        trail: list[str] = []
        on_trail: set[str] = set()
        here: str | None = start
        while here is not None and here not in safe and here not in on_trail:
            trail.append(here)
            on_trail.add(here)
            here = parents.get(here)
        if here is not None and here in on_trail:
            round_trip = trail[trail.index(here) :]
            inside = next(one for one in round_trip if one in wanted)
            codes_shown = [_code(one, wanted, units) for one in (*round_trip, round_trip[0])]
            table.wrong(wanted[inside].row, "parent", "cli.units.cycle", trail=" → ".join(codes_shown))
        safe.update(trail)


def _code(key: str, wanted: Mapping[str, _Wanted], units: Mapping[str, Unit]) -> str:
    return wanted[key].code if key in wanted else units[key].code


def _differs(table: Table, unit: Unit, one: _Wanted, units: Mapping[str, Unit]) -> bool:
    if unit.name != one.name or unit.kind != one.kind:
        return True
    if any(
        table.has(name) and getattr(unit, name) != getattr(one, name)
        for name in ("members", "valid_from", "valid_until")
    ):
        return True
    if not table.has("parent"):
        return False
    parent = units.get(one.parent.casefold()) if one.parent else None
    # A parent that is yet to be made is another one than today's.
    return (parent.id if parent else None) != unit.parent_id or (one.parent is not None and parent is None)


async def _write(
    act: Act,
    table: Table,
    wanted: Mapping[str, _Wanted],
    units: dict[str, Unit],
    new: Sequence[str],
    told: Told,
) -> None:
    codes = {unit.join_code for unit in units.values()}
    for key in new:
        one = wanted[key]
        unit = Unit(
            code=one.code, name="", name_folded="", kind=one.kind, path="", join_code=_join_code(codes)
        )
        units[key] = unit
        act.session.add(unit)
    await act.session.flush()
    for key, one in wanted.items():
        unit = units[key]
        if unit.name != one.name:
            unit.name, unit.name_folded = one.name, fold(one.name)
        unit.kind = one.kind
        for name in ("members", "valid_from", "valid_until"):
            if table.has(name):
                setattr(unit, name, getattr(one, name))
        if table.has("parent"):
            unit.parent_id = units[one.parent.casefold()].id if one.parent else None
        told(1)
    await act.session.flush()


def _join_code(taken: set[str]) -> str:
    while (code := random_code(JOIN_LENGTH)) in taken:
        pass
    taken.add(code)
    return code


def _paths(units: Iterable[Unit]) -> list[tuple[Unit, str]]:
    below: dict[int | None, list[Unit]] = defaultdict(list)
    for unit in units:
        below[unit.parent_id].append(unit)
    found: list[tuple[Unit, str]] = []
    waiting = [(unit, "/") for unit in below[None]]
    while waiting:
        unit, above = waiting.pop()
        path = f"{above}{unit.id}/"
        found.append((unit, path))
        waiting.extend((child, path) for child in below[unit.id])
    return found
