"""What travels between server and page has the fields that shapes.d.ts, by which the scripts are checked, says."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.clock import FixedClock
from bot.web.chat import KIOSK_TIMES
from bot.web.page import FOLDER
from tests.handlers.talks import photo
from tests.web.kiosks import OURS, device_code, kiosk_code
from tests.web.served import Served, served

SHAPES = (FOLDER / "shapes.d.ts").read_text(encoding="utf-8")


@pytest.fixture
def demo_on() -> str:
    """What is sent is the same whatever it is kept in."""
    return "sqlite"


@pytest.fixture
async def site(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    async with served(demo_url, tmp_path, clock=clock) as running:
        yield running


def fields(shape: str) -> dict[str, bool]:
    """The names of an interface's fields, each with whether it must be there."""
    found = re.search(
        rf"^export interface {shape}(?: extends (\w+))? {{(.*?)^}}", SHAPES, re.DOTALL | re.MULTILINE
    )
    assert found, f"shapes.d.ts has no {shape}"
    parent, body = found.groups()
    own = {name: not mark for name, mark in re.findall(r"^  (\w+)(\??):", body, re.MULTILINE)}
    return {**(fields(parent) if parent else {}), **own}


def is_shaped(value: Mapping[str, Any], shape: str) -> None:
    known = fields(shape)
    assert value.keys() <= known.keys(), f"{shape} lacks fields of {value}"
    assert {name for name, needed in known.items() if needed} <= value.keys(), (
        f"{value} lacks fields of {shape}"
    )


def browser() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=OURS)


def settings_in(markup: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="settings">(.*?)</script>', markup)
    assert found
    settings: dict[str, Any] = json.loads(found[1])
    return settings


async def lines_until(page: aiohttp.ClientSession, base: str, words: str) -> list[dict[str, Any]]:
    """The bubbles of a chat up to one with these words, and the other events by their shapes."""
    lines, event = [], ""
    async with page.get(f"{base}events?after=0") as stream:
        async for raw in stream.content:
            row = raw.decode().rstrip("\n")
            if row.startswith("event: "):
                event = row.removeprefix("event: ")
                assert re.search(rf"^  {event}: ", SHAPES, re.MULTILINE), event
            elif row.startswith("data: ") and event == "line":
                lines.append(json.loads(row.removeprefix("data: ")))
                if words in lines[-1].get("text", ""):
                    return lines
    raise AssertionError(f"{words!r} was not said")


def test_a_kiosk_counts_by_the_times_that_its_page_knows() -> None:
    is_shaped(KIOSK_TIMES, "KioskTimes")


async def test_bubbles_settings_and_answers(site: Served) -> None:
    base = f"{site.root}/demo/cong-nhan/chat/"
    async with browser() as page:
        async with page.get(f"{site.root}/demo/cong-nhan") as shown:
            settings = settings_in(await shown.text())
        form = aiohttp.FormData({"key": "key-00000001", "album": "one"})
        form.add_field("file", photo(), filename="a.jpg")
        async with page.post(f"{base}upload", data=form) as answer:
            is_shaped(await answer.json(), "SendAnswer")
        for key, text in (("key-00000002", "/toi"), ("key-00000003", "/trogiup")):
            async with page.post(f"{base}send", json={"key": key, "text": text}) as answer:
                is_shaped(await answer.json(), "SendAnswer")
        lines = await lines_until(page, base, "mình lưu về bạn")
        export = next(
            choice
            for line in lines
            for row in line.get("rows", ())
            for choice in row
            if "Lấy về máy" in choice["label"]
        )
        press = {
            "key": "key-00000004",
            "action": export["action"],
            "line": lines[-1]["id"],
            "label": export["label"],
        }
        assert press.keys() <= fields("SendBody").keys()
        async with page.post(f"{base}send", json=press) as answer:
            assert answer.status == 200
        async with page.post(f"{base}send", json={"key": "?"}) as refused:
            is_shaped(await refused.json(), "SendAnswer")
        async with page.get(f"{base}history?before=999999") as answer:
            history = await answer.json()

    is_shaped(settings, "Settings")
    is_shaped(history, "HistoryAnswer")
    seen = lines + history["lines"]
    for line in seen:
        is_shaped(line, "Line")
    pictures = [picture for line in seen for picture in line.get("pictures", ())]
    documents = [document for line in seen for document in line.get("documents", ())]
    choices = [choice for line in seen for row in line.get("rows", ()) for choice in row]
    assert pictures
    assert documents
    for picture in pictures:
        is_shaped(picture, "Picture")
    for document in documents:
        is_shaped(document, "SharedDocument")
    assert all(choice.keys() in ({"label", "action"}, {"label", "url"}) for choice in choices)


async def test_what_a_kiosk_knows_and_hands_over(site: Served) -> None:
    async with browser() as page:
        async with page.post(f"{site.root}/i/{await kiosk_code(site)}") as made:
            assert made.status == 200
        async with page.post(f"{site.root}/kiosk/enter", data={"code": await device_code(site)}) as shown:
            settings = settings_in(await shown.text())
        async with page.post(f"{site.root}/chat/take") as taken:
            is_shaped(await taken.json(), "TakeAnswer")

    is_shaped(settings, "Settings")
    is_shaped(settings["kiosk"], "KioskSettings")
