"""People from a file: they become what the last file says, once."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.table import read_table
from bot.services.people.imports import COLUMNS as PEOPLE_COLUMNS
from bot.services.people.imports import import_people
from bot.services.units.imports import COLUMNS, import_units
from tests.services.fresh import FOLLOWERS, act, fresh

_NAMES = st.sampled_from(["Nguyễn Văn An", "TRẦN THỊ BÌNH", "lê hoà", "Đỗ Đức"])
_PEOPLE = st.dictionaries(
    st.tuples(st.sampled_from(["A", "a1"]), st.integers(1, 30)),
    st.tuples(
        _NAMES, st.sampled_from(["", "1/2/1990", "1988-12-31"]), st.sampled_from(["", "Xưởng 1", "x" * 200])
    ),
    max_size=20,
)


@settings(max_examples=20)
@given(_PEOPLE, _PEOPLE)
async def test_people_become_what_the_last_file_says(
    first: dict[tuple[str, int], tuple[str, str, str]], second: dict[tuple[str, int], tuple[str, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        async with fresh() as database:
            async with act(database) as one:
                (Path(folder) / "u.csv").write_text("code;name;kind\nA;A;upper\nA1;A1;group")
                await import_units(one, read_table(Path(folder) / "u.csv", COLUMNS), followers=FOLLOWERS)
            last = (-1, -1)
            for people in (first, second, second):
                lines = ["staff_code,unit,name,born,workplace"]
                lines += [f"{number},{unit},{','.join(rest)}" for (unit, number), rest in people.items()]
                path.write_text("\n".join(lines), encoding="utf-8")
                async with act(database) as one:
                    found = await import_people(one, read_table(path, PEOPLE_COLUMNS))
                    assert not found.problems
                    assert found.new + found.changed + found.same == len(people)
                    last = (found.new, found.changed)
            assert last == (0, 0)
