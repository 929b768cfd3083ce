"""Known holes of the libraries in the lock: found by their version, accepted until a day, and asked for anew."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from dev import holes

TODAY = date(2026, 12, 1)
KNOWN: dict[str, Any] = {
    "asked_on": None,
    "accepted": [],
    "packages": {
        "jinja2": [{"id": "G-1", "summary": "A hole", "ranges": [{"introduced": "2.0", "fixed": "3.1.6"}]}],
        "idna": [{"id": "G-2", "ranges": [{"introduced": "0"}]}, {"id": "G-3", "versions": ["3.9"]}],
    },
}


@pytest.mark.parametrize(
    ("lock", "found"),
    [
        ({"jinja2": "3.1.5"}, ["G-1"]),
        ({"jinja2": "3.1.6"}, []),
        ({"jinja2": "1.9"}, []),
        ({"jinja2": "3.1.6rc1"}, ["G-1"]),
        ({"idna": "3.9"}, ["G-2", "G-3"]),
        ({"idna": "4.0"}, ["G-2"]),
        ({"markupsafe": "1.0"}, []),
    ],
)
def test_a_pinned_version_with_a_hole_is_named(lock: dict[str, str], found: list[str]) -> None:
    assert [one.id for one in holes.holes(KNOWN, lock, TODAY)] == found


def test_a_hole_is_accepted_until_its_day() -> None:
    known = {**KNOWN, "accepted": [{"id": "G-1", "why": "no sandbox here", "until": "2026-12-01"}]}
    assert list(holes.holes(known, {"jinja2": "3.1.5"}, TODAY)) == []
    assert list(holes.holes(known, {"jinja2": "3.1.5"}, date(2026, 12, 2))) != []


def test_nothing_in_the_lock_has_a_hole_that_the_list_knows() -> None:
    known = json.loads(holes.LIST.read_text("utf-8"))
    lock = holes.pinned()
    assert len(lock) > 50
    assert [f"{one.package} {one.version} {one.id}" for one in holes.holes(known, lock, TODAY)] == []
    # The list is of what we use, and each of its versions can be read.
    assert known["packages"].keys() <= lock.keys() | {"h11", "httpx", "setuptools", "pip"}
    for listed in known["packages"].values():
        for hole in listed:
            assert (
                holes.is_affected("0.0.0.dev0", hole) is not None
                or hole.get("ranges", [{}])[0].get("introduced") != "0"
            )


def test_names_are_compared_as_the_index_does(tmp_path: Path) -> None:
    (tmp_path / "run.txt").write_text(
        "Jinja2==3.1.6 \\\n    --hash=sha256:00\nruamel.yaml==1 ; python_version > '3'\n"
    )
    assert holes.pinned(tmp_path) == {"jinja2": "3.1.6", "ruamel-yaml": "1"}


async def test_what_is_known_today_is_asked_for() -> None:
    told = {
        "vulns": [
            {
                "id": "G-9",
                "summary": "Bad",
                "affected": [
                    {
                        "package": {"name": "Jinja2", "ecosystem": "PyPI"},
                        "ranges": [
                            {"type": "GIT", "events": [{"introduced": "0"}]},
                            {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0"}]},
                            {
                                "type": "ECOSYSTEM",
                                "events": [{"introduced": "4.0"}, {"last_affected": "4.2"}],
                            },
                        ],
                    }
                ],
            },
            {"id": "G-0", "withdrawn": "2020-01-01T00:00:00Z", "affected": []},
        ]
    }
    asked: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return web.json_response(told if asked[-1]["package"]["name"] == "jinja2" else {})

    app = web.Application()
    app.router.add_post("/v1/query", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        (address,) = runner.addresses
        lock = {"jinja2": "2.9", "idna": "3.9"}
        url = f"http://127.0.0.1:{address[1]}/v1/query"
        found = await asyncio.to_thread(holes.ask, lock, url)
    finally:
        await runner.cleanup()
    assert asked == [{"package": {"name": name, "ecosystem": "PyPI"}} for name in lock]
    assert found.keys() == {"jinja2"}
    assert [one["id"] for one in found["jinja2"]] == ["G-9"]
    for version, affected in (("2.9", True), ("3.0", False), ("4.1", True), ("4.3", False)):
        assert (holes.is_affected(version, found["jinja2"][0]) is not None) is affected, version
