"""Files that are uploaded: counted while they come, and refused by their first bytes where they will be in the end."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from bot.clock import FixedClock
from bot.media.store import LIMIT
from bot.web.uploads import HEAD, Broken, Busy, TooBig, Uploads, arriving
from storage.media import Media
from tests.web.served import Served, served
from tests.web.test_doors import enters, unit, visitor
from tests.web.test_sessions import device_code_of

BOUNDARY = b"----line"
OURS = "multipart/form-data; boundary=----line"


def form(content: bytes, *, name: str = "anh.jpg", **fields: str) -> bytes:
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (BOUNDARY, key.encode(), said.encode())
        for key, said in fields.items()
    ]
    head = (
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    return b"".join([*parts, b"--%s\r\n" % BOUNDARY, head.encode(), content, b"\r\n--%s--\r\n" % BOUNDARY])


async def cut(sent: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(sent), size):
        yield sent[at : at + size]


class Looking:
    def __init__(self) -> None:
        self.saw: list[tuple[str, bytes]] = []

    async def __call__(self, name: str, head: bytes) -> None:
        self.saw.append((name, head))


@settings(max_examples=40)
@given(content=some.binary(max_size=3 * HEAD), size=some.integers(1, 20_000), album=some.text(max_size=20))
async def test_a_file_arrives_as_it_was_however_it_is_cut(content: bytes, size: int, album: str) -> None:
    look, album = Looking(), album.replace("\r", "").replace("\n", "")
    sent = form(content, name="ảnh.jpg", key="key-00000001", album=album)
    async with arriving(cut(sent, max(size, len(sent) // 200)), OURS, look, most=LIMIT) as came:
        assert await came.read() == content
        assert (came.name, came.size) == ("ảnh.jpg", len(content))
        assert came.fields == {"key": "key-00000001", "album": album.encode(errors="replace").decode()}
    assert look.saw == [("ảnh.jpg", content[:HEAD])]


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"nothing of the kind",
        form(b"cut off")[:-12],
        form(b"one", key="x" * 300),
        form(b"one", **{f"field{number}": "" for number in range(9)}),
        form(b"one").replace(b"--\r\n", b"\r\n") + form(b"two"),
        form(b"one").replace(b'name="file"', b'name="other"'),
        form(b"one").replace(b"Content-Disposition", b"X" * 10_000),
    ],
)  # fmt: skip
async def test_what_is_no_upload_is_refused(sent: bytes) -> None:
    with pytest.raises(Broken):
        async with arriving(cut(sent, 4096), OURS, Looking(), most=LIMIT):
            pass


async def test_a_file_is_counted_while_it_comes() -> None:
    taken = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal taken
        yield form(b"")[:-16]
        while True:
            taken += 4096
            yield b"x" * 4096

    with pytest.raises(TooBig):
        async with arriving(without_end(), OURS, Looking(), most=100_000):
            pass
    assert taken < 150_000


async def test_only_so_many_files_are_on_their_way() -> None:
    uploads = Uploads(8)
    async with uploads.one(1, "a", is_guest=False), uploads.one(1, "b", is_guest=False):
        with pytest.raises(Busy):
            async with uploads.one(1, "c", is_guest=False):
                pass
        async with uploads.one(2, "a", is_guest=True), uploads.one(3, "a", is_guest=True):
            with pytest.raises(Busy):
                async with uploads.one(4, "d", is_guest=True):
                    pass
            async with uploads.one(5, "a", is_guest=False):
                with pytest.raises(Busy):
                    async with uploads.one(6, "a", is_guest=False):
                        pass
    async with uploads.one(1, "a", is_guest=False), uploads.one(4, "d", is_guest=True):
        pass


# ---------------------------------------------------------------- at the bot


@pytest.fixture
async def site(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    async with served(demo_url, tmp_path, clock=clock) as running:
        yield running


async def begins(site: Served, browser: aiohttp.ClientSession, sent: bytes, declared: int) -> tuple[int, str]:
    """Announce a body, send only its beginning, and wait for what is answered."""
    port = urlsplit(site.root).port
    cookie = "; ".join(f"{one.key}={one.value}" for one in browser.cookie_jar)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            f"POST /chat/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nX-Requested-With: chat\r\n"
            f"Content-Type: {OURS}\r\nContent-Length: {declared}\r\n\r\n".encode()
            + sent
        )
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
            said = await reader.readuntil(b"}") if b"json" in head else b""
        return int(head.split()[1]), said.decode()
    finally:
        writer.transport.abort()


@pytest.mark.attack("Hundreds of megabytes are uploaded, and lie on the disk before anybody looks at them")
async def test_an_upload_is_refused_before_it_is_there(site: Served) -> None:
    async with visitor() as worker:
        code = await device_code_of(site, "Nguyễn Thị Hoa")
        async with worker.post(f"{site.root}/enter", data={"code": code}) as page:
            assert page.status == 200
        program = form(b"MZ" + b"x" * HEAD, name="tep.exe", key="key-00000001")[:-16]
        status, said = await begins(site, worker, program, LIMIT)
        assert status == 415
        assert "tep.exe" in said
        assert (await begins(site, worker, b"", 300_000_000))[0] == 413
        status, said = await begins(site, worker, b"", LIMIT + 200_000)
        assert status == 413
        assert "20 MB" in said
    async with visitor() as guest:
        await enters(guest, f"{site.root}/i/{(await unit(site)).join_code}")
        paper = form(b"%PDF-1.7\n" + b"x" * HEAD, key="key-00000002")[:-16]
        status, said = await begins(site, guest, paper, LIMIT // 2)
        assert status == 415
        assert "sau khi bạn đăng ký" in said
        assert (await begins(site, guest, b"", 15_000_000))[0] == 413
    assert not list(site.bot.chat.media.folder.glob("??/*"))


async def test_a_photo_is_taken_as_before(site: Served) -> None:
    picture = io.BytesIO()
    Image.effect_noise((600, 600), 90).convert("RGB").save(picture, "JPEG", quality=95)
    async with visitor() as worker:
        code = await device_code_of(site, "Nguyễn Thị Hoa")
        async with worker.post(f"{site.root}/enter", data={"code": code}) as page:
            assert page.status == 200
        sent = aiohttp.FormData({"key": "key-00000001"})
        sent.add_field("file", picture.getvalue(), filename="anh.jpg")
        async with worker.post(
            f"{site.root}/chat/upload", data=sent, headers={"X-Requested-With": "chat"}
        ) as answer:
            assert (answer.status, await answer.json()) == (200, {"ok": True})
    async with site.bot.database.read() as session:
        assert await session.get(Media, 1) is not None
