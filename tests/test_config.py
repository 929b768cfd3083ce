"""Settings: from the file and the environment; a wrong one is named in one line before anything starts."""

import functools
import os
import subprocess
import sys
from datetime import date, time
from pathlib import Path

import pytest

from bot.config import Settings, WrongSetting, is_real, load
from bot.quiet_hours import QuietHours, at_local, quiet_hours
from storage.people.tables import Shift

ROOT = Path(__file__).parents[1]


def test_the_example_explains_every_setting_and_changes_none() -> None:
    example = (ROOT / "config.example.toml").read_text("utf-8")
    assert load(ROOT / "config.example.toml", {}) == load(None, {})
    for section, field in Settings.model_fields.items():
        assert f"[{section}]" in example
        for name in type(field.default).model_fields:
            assert f"\n{name} = " in example, f"{section}.{name} is not explained"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANGKIEN_WEB__PORT", "abc"),
        ("SANGKIEN_WEB__PORT", "70000"),
        ("SANGKIEN_WEB__PUBLIC_URL", "sangkien"),
        ("SANGKIEN_DATABASE__URL", "mysql://here"),
        ("SANGKIEN_TELEGRAM__TOKEN", "no token"),
        ("SANGKIEN_TELEGRAM__PROXY", "socks5://here"),
        ("SANGKIEN_TELEGRAM__MODE", "pigeon"),
        ("SANGKIEN_LOG__LEVEL", "LOUD"),
        ("SANGKIEN_REMINDERS__NIGHT", "from nine to seven"),
        ("SANGKIEN_REMINDERS__NIGHT", "21:00-24:30"),
        ("SANGKIEN_REMINDERS__NIGHT", ""),
        ("SANGKIEN_REMINDERS__NIGHT", "01:00-05:00"),
        ("SANGKIEN_REMINDERS__NIGHT_SHIFT", "06:00-06:00"),
        ("SANGKIEN_REMINDERS__NIGHT_SHIFT", "06:30-20:00"),
        ("SANGKIEN_DATABSE__URL", "sqlite:///x.db"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_kept_out(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting) as told:
        load(None, dict(os.environ))
    line = str(told.value)
    assert "\n" not in line
    section, _, field = name.removeprefix("SANGKIEN_").lower().partition("__")
    assert f"{section}.{field}" in line or name in line
    if "TOKEN" in name:
        assert value not in line


def test_quiet_hours_are_as_usual_until_they_are_set(tmp_path: Path) -> None:
    assert quiet_hours(load(None, {}).reminders) == QuietHours()
    file = tmp_path / "config.toml"
    file.write_text('[reminders]\nnight = "22:30-6:00"\nnight_shift = ""\noffice_hours = "21:30 - 7:30"\n')

    quiet = quiet_hours(load(file, {}).reminders)

    at = functools.partial(at_local, date(2027, 3, 1))
    assert quiet.awake(None, at(time(22))) == at(time(22))
    assert quiet.awake(Shift.NIGHT, at(time(8))) == at(time(8))
    assert quiet.awake(Shift.OFFICE, at(time(6, 30))) == at(time(7, 30))
    assert quiet.awake(Shift.MORNING, at(time(20))).time() == time(6)


def test_an_unknown_key_in_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[web]\nprot = 8080\n")
    with pytest.raises(WrongSetting, match=r"web\.prot"):
        load(file, {})


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[web]\nport = 8081\n")
    monkeypatch.setenv("SANGKIEN_WEB__PORT", "8082")
    assert load(file, dict(os.environ)).web.port == 8082


def test_only_where_nothing_is_chosen_there_is_a_demo(tmp_path: Path) -> None:
    assert not is_real(None, {})
    assert not is_real(None, {"SANGKIEN_WEB__PORT": "1"})
    assert not is_real(
        None, {"SANGKIEN_WEB__PUBLIC_URL": "http://localhost:9000", "SANGKIEN_WEB__HOST": "127.0.0.1"}
    )
    # What others can reach is no demo, where anybody may be an officer.
    assert is_real(None, {"SANGKIEN_WEB__PUBLIC_URL": "https://sangkien.example.vn"})
    assert is_real(None, {"SANGKIEN_WEB__HOST": "192.168.1.20"})
    assert is_real(None, {"SANGKIEN_DATABASE__URL": "x"})
    assert is_real(None, {"SANGKIEN_TELEGRAM__TOKEN": "x"})
    assert is_real(tmp_path / "config.toml", {})


def test_the_command_ends_with_one_clear_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SANGKIEN_WEB__PORT": "abc"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "web.port" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_the_environment_can_say_where_the_file_is(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text("[web]\nport = 'abc'\n")
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "check"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SANGKIEN_CONFIG": str(file)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "web.port" in ended.stderr
