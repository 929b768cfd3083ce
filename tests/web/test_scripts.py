"""The pages' scripts as files: who imports whom, which sentences they say, and how browsers may keep them."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.clock import FixedClock
from bot.texts import Texts
from bot.web.page import FOLDER, STATIC, asset, modules, version
from tests.web.served import Served, served

ROOT = FOLDER.parent.parent
SCRIPTS = sorted(path.name for path in STATIC.glob("*.js"))


@pytest.fixture
def demo_on() -> str:
    """The files are the same whatever the server keeps its data in."""
    return "sqlite"


@pytest.fixture
async def site(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    async with served(demo_url, tmp_path, clock=clock) as running:
        yield running


def source(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def imports(name: str) -> list[str]:
    return re.findall(r"""^(?:import|export)\b[^"';]*["']\./([\w.]+)["']""", source(name), re.MULTILINE)


def test_every_script_is_reachable_from_a_page() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "templates").glob("*.html"))
    entries = set(re.findall(r'"(\w+\.js)"', pages))

    reached = {name for entry in entries for name in modules(entry)}

    assert {"chat.js", "kiosk_chat.js"} <= entries
    assert sorted(reached) == SCRIPTS


def test_a_page_names_every_script_that_it_needs() -> None:
    needed = {"kiosk_chat.js"}
    while more := {other for name in needed for other in imports(name)} - needed:
        needed |= more

    assert set(modules("kiosk_chat.js")) == needed
    assert "kiosk.js" in needed
    assert "kiosk.js" not in modules("chat.js")


def test_scripts_import_in_one_direction() -> None:
    left = {name: set(imports(name)) for name in SCRIPTS}
    while leaves := {name for name, others in left.items() if not others & left.keys()}:
        left = {name: others for name, others in left.items() if name not in leaves}

    assert not left, f"these import each other in a circle: {sorted(left)}"


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_import_only_their_neighbours(name: str) -> None:
    # Under any other address, a script would leave the version that its page belongs to.
    everything = re.findall(
        r"""\bfrom ["']([^"']+)["']|^import ["']([^"']+)["']""", source(name), re.MULTILINE
    )
    addresses = {first or second for first, second in everything}

    assert not {
        address for address in addresses if not re.fullmatch(r"\./\w+\.js|\.\./shapes\.d\.ts", address)
    }
    assert "import(" not in source(name)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_type_checked_and_says_what_it_is_for(name: str) -> None:
    checked, purpose, *_ = source(name).splitlines()

    assert checked == "// @ts-check"
    assert re.match(r"// \w.{20}", purpose)
    assert "@ts-ignore" not in source(name)
    assert "@ts-nocheck" not in source(name)


def test_scripts_say_the_sentences_that_there_are() -> None:
    code = "".join(source(name) for name in SCRIPTS)
    said = set(re.findall(r'\bsay\("(\w+)"', code))
    # Some choose between two.
    may_be_said = {
        name for call in re.findall(r"\bsay\(([^()]+)", code) for name in re.findall(r'"(\w+)"', call)
    }

    there = Texts.load().say("vi").under("web.js").keys()

    assert said <= there
    assert there <= may_be_said, "no script says these"


async def test_browsers_keep_the_files_of_this_version_for_ever_and_no_others(site: Served) -> None:
    async with aiohttp.ClientSession() as browser:
        async with browser.get(site.root + asset("chat.js")) as current:
            assert current.status == 200
            assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert current.headers["content-encoding"] == "gzip"
            assert "script-src 'self'" in current.headers["content-security-policy"]
        # A page from before a restart still gets its scripts; but kept, they would be the wrong ones some day.
        async with browser.get(f"{site.root}/static/0000000000/chat.js") as stale:
            assert stale.status == 200
            assert stale.headers["cache-control"] == "no-store"
        async with browser.get(f"{site.root}/static/{version()}/nothing.js") as missing:
            assert missing.status == 404


async def test_no_script_stands_in_a_page(site: Served) -> None:
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
        browser.get(f"{site.root}/demo/cong-nhan") as page,
    ):
        markup = await page.text()
        policy = page.headers["content-security-policy"]

    scripts = re.findall(r"<script([^>]*)>([^<]*)</script>", markup)
    assert len(scripts) == markup.count("<script") == 2
    assert all(not content.strip() or 'type="application/json"' in head for head, content in scripts)
    assert f'src="{asset("chat.js")}"' in markup
    assert "script-src 'self';" in policy


def test_an_address_changes_with_any_static_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.page.STATIC", tmp_path)
    digests = set()
    for content in ("export {};", "export {}; "):
        (tmp_path / "other.js").write_text(content, encoding="utf-8")
        digests.add(version.__wrapped__())

    assert len(digests) == 2


def test_the_compiler_is_pinned_and_its_lock_names_no_address() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    locked = json.loads(text)["packages"]

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in wanted.values())
    assert all(locked[f"node_modules/{name}"]["version"] == pin for name, pin in wanted.items())
    assert all(package["integrity"].startswith("sha512-") for name, package in locked.items() if name)
    assert "resolved" not in text
    assert "://" not in text
