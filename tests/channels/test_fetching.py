"""Files from addresses that a messenger gives: fetched from out on the internet, within bounds, and from nowhere else."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from PIL import Image

from bot.channels.fetching import Fetcher, is_outside
from bot.conversation.vocabulary import IncomingFile
from bot.delivery.channel import FileProblem, NotSent

LIMIT = 20 * 2**20


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return out.getvalue()


JPEG = _jpeg()
PDF = b"%PDF-1.7 drawing"


class Names(AbstractResolver):
    """Names as a test wants them; what it does not know does not exist."""

    def __init__(self, **known: list[str]) -> None:
        self.known = known
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host.partition(".")[0] not in self.known:
            raise OSError("no such name")
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
            for address in self.known[host.partition(".")[0]]
        ]

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Site:
    """A server of pictures on this machine, with everything wrong that one can have."""

    root: str = ""
    asked: list[str] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        match request.path:
            case "/photo":
                return web.Response(body=JPEG, content_type="image/jpeg")
            case "/unnamed":
                return web.Response(body=JPEG, content_type="application/octet-stream")
            case "/drawing.pdf":
                return web.Response(body=PDF)
            case "/page":
                return web.Response(text="<html>expired</html>", content_type="text/html")
            case "/page-in-disguise":
                return web.Response(body=b" \n<!DOCTYPE html><p>expired", content_type="image/jpeg")
            case "/words":
                return web.Response(text="no picture", content_type="image/jpeg")
            case "/gone":
                raise web.HTTPGone
            case "/busy":
                raise web.HTTPServiceUnavailable
            case "/packed":
                return web.Response(body=JPEG, headers={"Content-Encoding": "gzip"})
            case "/told-large":
                return web.Response(headers={"Content-Length": str(30 * 2**20)})
            case "/large":
                return await self._pour(request, 30)
            case "/slow":
                await self.stopped.wait()
                return web.Response()
            case "/drip":
                return await self._pour(request, 1, wait=True)
            case "/to":
                return web.Response(status=302, headers={"Location": request.query["url"]})
            case "/around":
                return web.Response(status=307, headers={"Location": "/around"})
        raise web.HTTPNotFound

    async def _pour(
        self, request: web.BaseRequest, megabytes: int, *, wait: bool = False
    ) -> web.StreamResponse:
        """Some of it without saying how much it will be."""
        answer = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
        await answer.prepare(request)
        with suppress(ConnectionError):  # when the fetcher has seen enough
            for _ in range(megabytes):
                await answer.write(b"\xff" * 2**20)
            if wait:
                await self.stopped.wait()
        return answer


async def _serve(site: Site) -> web.ServerRunner:
    runner = web.ServerRunner(web.Server(site.answer), shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    site.root = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    runner = await _serve(site)
    yield site
    site.stopped.set()
    await runner.cleanup()


@pytest.fixture
async def fetcher(site: Site) -> AsyncIterator[Fetcher]:
    # The system's own resolver reads this as a number.
    names = Names(**{"0x7f000001": ["127.0.0.1"]})
    fetcher = Fetcher(inside=[site.root], resolver=names)
    await fetcher.start()
    yield fetcher
    await fetcher.stop()


def photo(url: str) -> IncomingFile:
    return IncomingFile(url, "anh.jpg", is_picture=True)


async def refused(fetcher: Fetcher, file: IncomingFile) -> str:
    with pytest.raises(FileProblem) as told:
        await fetcher.fetch(file, LIMIT)
    return told.value.key


@pytest.mark.parametrize("path", ["/photo", "/unnamed"])
async def test_a_picture_is_fetched(site: Site, fetcher: Fetcher, path: str) -> None:
    assert await fetcher.fetch(photo(site.root + path), LIMIT) == JPEG


async def test_a_document_is_fetched(site: Site, fetcher: Fetcher) -> None:
    document = IncomingFile(f"{site.root}/drawing.pdf", "ban ve.pdf", is_picture=False)
    assert await fetcher.fetch(document, LIMIT) == PDF


async def test_a_redirect_is_followed_a_few_times(site: Site, fetcher: Fetcher) -> None:
    assert await fetcher.fetch(photo(f"{site.root}/to?url=/photo"), LIMIT) == JPEG
    site.asked.clear()
    assert await refused(fetcher, photo(f"{site.root}/around")) == "files.unreachable"
    assert len(site.asked) == 4


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/page", "files.unreachable"),
        ("/page-in-disguise", "files.unreachable"),
        ("/words", "files.unreadable"),
        ("/gone", "files.unreachable"),
        ("/nowhere", "files.unreachable"),
        ("/packed", "files.unreachable"),
        ("/told-large", "files.too_big"),
        ("/large", "files.too_big"),
    ],
)
async def test_what_is_no_picture_of_our_size_is_refused(
    site: Site, fetcher: Fetcher, path: str, why: str
) -> None:
    assert await refused(fetcher, photo(site.root + path)) == why


async def test_what_is_said_to_be_too_big_is_not_asked_for(site: Site, fetcher: Fetcher) -> None:
    large = IncomingFile(f"{site.root}/photo", "phim.mp4", is_picture=False, size=30 * 2**20)
    assert await refused(fetcher, large) == "files.too_big"
    assert not site.asked


@pytest.mark.parametrize("path", ["/slow", "/drip"])
async def test_a_slow_answer_is_not_waited_for(site: Site, path: str) -> None:
    fetcher = Fetcher(inside=[site.root], resolver=Names(), whole_s=0.2)
    await fetcher.start()
    assert await refused(fetcher, photo(site.root + path)) == "files.unreachable"
    assert site.asked == [path]
    await fetcher.stop()


async def test_what_may_work_a_moment_later_is_told_as_that(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(NotSent, match="503"):
        await fetcher.fetch(photo(f"{site.root}/busy"), LIMIT)
    with pytest.raises(NotSent, match="no connection") as told:
        await fetcher.fetch(photo("https://nobody.example/secret-photo"), LIMIT)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://photos.example/a.jpg",
        "ftp://photos.example/a.jpg",
        "file:///etc/passwd",
        "//photos.example/a.jpg",
        "a.jpg",
        "",
        "https://",
        "https://[::1/a.jpg",
        "https://someone:password@photos.example/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://127.1/a.jpg",
        "https://2130706433/a.jpg",
        "https://0x7f000001/a.jpg",
        "https://0/a.jpg",
        "https://[::1]/a.jpg",
        "https://[::ffff:127.0.0.1]/a.jpg",
        "https://[::ffff:a9fe:a9fe]/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/a.jpg",
        "https://172.16.0.1/a.jpg",
        "https://192.168.1.1/a.jpg",
        "https://100.64.0.1/a.jpg",
        "https://224.0.0.1/a.jpg",
        "https://[fe80::1]/a.jpg",
        "https://[fc00::1]/a.jpg",
    ],
)
async def test_an_address_that_leads_inside_or_nowhere_is_never_asked(
    site: Site, fetcher: Fetcher, url: str
) -> None:
    """Straight, and as what another address points to. The suite's own guard sees each connection that is tried."""
    assert await refused(fetcher, photo(url)) == "files.unreachable"
    if "://" in url:
        assert await refused(fetcher, photo(f"{site.root}/to?url={url}")) == "files.unreachable"
        assert site.asked == ["/to"]


async def test_another_port_of_an_own_machine_is_not_ours_to_ask(site: Site, fetcher: Fetcher) -> None:
    other = Site()
    runner = await _serve(other)
    assert await refused(fetcher, photo(f"{other.root}/photo")) == "files.unreachable"
    assert await refused(fetcher, photo(f"{site.root}/to?url={other.root}/photo")) == "files.unreachable"
    assert not other.asked
    await runner.cleanup()


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["::1"],
        ["8.8.8.8", "192.168.0.1"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
    ],
)
async def test_a_name_that_leads_inside_is_never_connected_to(addresses: list[str]) -> None:
    names = Names(photos=addresses)
    fetcher = Fetcher(resolver=names)
    await fetcher.start()
    assert await refused(fetcher, photo("https://photos.example/a.jpg")) == "files.unreachable"
    assert names.asked == ["photos.example"]
    await fetcher.stop()


async def test_a_name_is_looked_up_once_and_just_that_address_is_used(site: Site) -> None:
    """A second look-up could give another answer than the one that was looked at."""
    names = Names(relay=["127.0.0.1"])
    relay = site.root.replace("127.0.0.1", "relay.example")
    fetcher = Fetcher(inside=[relay], resolver=names)
    await fetcher.start()
    assert await fetcher.fetch(photo(f"{relay}/photo"), LIMIT) == JPEG
    assert names.asked == ["relay.example"]
    await fetcher.stop()


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("1.1.1.1", True),
        ("118.69.0.1", True),
        ("2606:4700::1111", True),
        ("::ffff:1.1.1.1", True),
        ("64:ff9b::101:101", True),
        ("2002:101:101::1", True),
        ("2002:a00:1::1", False),
        ("64:ff9b::7f00:1", False),
        ("::127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("198.18.0.1", False),
        ("ff02::1", False),
        ("fec0::1", False),
        ("fe80::1%eth0", False),
        ("2001:db8::1", False),
    ],
)
def test_what_is_out_on_the_internet(address: str, outside: bool) -> None:
    assert is_outside(ip_address(address)) is outside
