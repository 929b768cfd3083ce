"""Filling a database with made-up initiatives: only a new one or a demo, never one that holds real people."""

from pathlib import Path

from tests.cli.administrator import Administrator, set_up


def _few(file: Path, *more: str) -> tuple[str | Path, ...]:
    return ("seed", "--database", file, "--initiatives", "14", *more)


def test_a_new_file_is_filled_once_and_its_counts_are_right(admin_on_sqlite: Administrator) -> None:
    admin = admin_on_sqlite
    file = Path(admin.url.partition("///")[2])

    said = admin.does(*_few(file))
    assert "14 sáng kiến mẫu" in said
    assert f"run --database {file}" in said
    assert "Số liệu đúng" in admin.does("check")
    assert admin.asks("SELECT count(*) FROM initiative") == [(14,)]
    assert any((file.parent / "new-media").iterdir())

    first = admin.asks("SELECT min(join_code) FROM unit")
    assert "--anew" in admin.is_refused(*_few(file))
    assert admin.asks("SELECT min(join_code) FROM unit") == first
    admin.does(*_few(file, "--anew"))
    assert admin.asks("SELECT min(join_code) FROM unit") != first
    assert admin.asks("SELECT count(*) FROM initiative") == [(14,)]


def test_real_units_are_left_alone(admin: Administrator) -> None:
    set_up(admin)

    refused = admin.runs("seed", "--initiatives", "14")

    assert refused.code == 2
    assert "người thật" in refused.err
    assert "CTVN" not in admin.does("units", "list")
