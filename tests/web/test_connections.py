"""What somebody can do with connections alone, by raw sockets: dribble, send without end, hold, and not listen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request

from bot.web.connections import Bounds, bounded_http
from tests.web.served import Listening, listening

#: All that is waited for here ends by itself or by a bound; this is far beyond both.
PATIENCE_S = 10

BOUNDS = Bounds(
    most=50, each=50, head_s=0.3, head_size=8192, body_size=300_000, body_rate=2_000, body_grace_s=0.3,
    linger_s=0.3, write_s=0.3,
)  # fmt: skip

Socket = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answering:
    """An application that reads a body and says how long it was; or says much, or nothing at once."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.go_on = asyncio.Event()
        self.waiting = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        said = b"x" * 40_000_000 if scope["path"] == "/much" else b""
        if scope["path"] == "/wait":
            self.waiting += 1
            await self.go_on.wait()
        if not said and scope["path"] != "/unread":
            try:
                size = len(await Request(scope, receive).body())
            except ClientDisconnect:
                self.gone.set()
                return
            said = f"{size} bytes of {scope['path']}".encode()
        head = [(b"content-length", str(len(said)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": said})


@dataclass(slots=True)
class Running:
    app: Answering
    at: Listening

    @property
    def connections(self) -> int:
        return len(self.at.state.connections)


@asynccontextmanager
async def serving(bounds: Bounds = BOUNDS, proxies: tuple[str, ...] = ()) -> AsyncIterator[Running]:
    app = Answering()
    config = uvicorn.Config(
        app, http=bounded_http(bounds, proxies), ws="none", lifespan="off", log_config=None, access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    async with listening(config) as at:
        yield Running(app, at)
        app.go_on.set()


@pytest.fixture
async def server() -> AsyncIterator[Running]:
    async with serving() as one:
        yield one


async def connected(server: Running, own: str = "127.0.0.1") -> Socket:
    return await asyncio.open_connection("127.0.0.1", server.at.port, local_addr=(own, 0))


async def rest(reader: asyncio.StreamReader) -> bytes:
    """All that is said until the connection is closed."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    async with asyncio.timeout(PATIENCE_S):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return int(head.split()[1]), await reader.readexactly(length)


async def dribbles(writer: asyncio.StreamWriter, piece: bytes, reader: asyncio.StreamReader) -> bytes:
    """Send a piece every twentieth of a second until the connection is closed."""
    closed = asyncio.create_task(rest(reader))
    while not closed.done():
        writer.write(piece)
        await asyncio.wait([closed], timeout=0.05)
    return closed.result()


@contextmanager
def closed_after(*sockets: Socket) -> Iterator[None]:
    try:
        yield
    finally:
        for _, writer in sockets:
            writer.transport.abort()


# ---------------------------------------------------------------- time


@pytest.mark.attack("Headers that never end hold a connection for ever")
@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nHost: a\r\n", b"GET /"])
async def test_headers_that_dribble_in_are_not_waited_for(server: Running, begun: bytes) -> None:
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        writer.write(begun)
        said = await dribbles(writer, b"X", reader)
    assert said.startswith(b"HTTP/1.1 408 ")


@pytest.mark.attack("Connections on which nothing is ever said fill the machine")
@pytest.mark.parametrize("said", [b"", b"\r\n"])
async def test_who_connects_and_asks_nothing_is_let_go(server: Running, said: bytes) -> None:
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        assert await (dribbles(writer, said, reader) if said else rest(reader)) == b""


async def test_after_an_answer_empty_lines_keep_no_connection(server: Running) -> None:
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await answer(reader))[0] == 200
        assert await dribbles(writer, b"\r\n", reader) == b""


@pytest.mark.attack("A body that never ends holds a connection for ever")
async def test_a_body_that_dribbles_in_is_not_waited_for(server: Running) -> None:
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        assert (await dribbles(writer, b"x", reader)).startswith(b"HTTP/1.1 408 ")
        async with asyncio.timeout(PATIENCE_S):
            await server.app.gone.wait()


async def test_a_slow_body_that_comes_steadily_is_taken(server: Running) -> None:
    """Slower than any network of today, and three times as long as a body may stand still."""
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        writer.write(b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n")
        told = asyncio.create_task(answer(reader))
        for _ in range(20):
            writer.write(b"x" * 1000)
            await asyncio.wait([told], timeout=0.05)
        assert await told == (200, b"20000 bytes of /slow")


async def test_who_waits_for_a_slow_answer_is_not_let_go(server: Running) -> None:
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        writer.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
        told = asyncio.create_task(answer(reader))
        await asyncio.wait([told], timeout=3 * BOUNDS.head_s)
        assert not told.done()
        server.app.go_on.set()
        assert await told == (200, b"0 bytes of /wait")


@pytest.mark.attack("Answers that nobody takes are kept in memory for ever")
async def test_an_answer_of_which_nothing_is_taken_is_dropped(server: Running) -> None:
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /much HTTP/1.1\r\nHost: a\r\n\r\n")
        await until(lambda: server.connections > 0)
        await until(lambda: not server.connections)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if is_so():
                return
            await asyncio.sleep(0)


# ---------------------------------------------------------------- size


@pytest.mark.attack("A header of hundreds of megabytes is read to its end")
@pytest.mark.parametrize("begun", [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n"])
async def test_headers_without_end_are_refused_early(server: Running, begun: bytes) -> None:
    reader, writer = await connected(server)
    piece = b"X: y\r\n" if begun.endswith(b"\r\n") else b"x"
    with closed_after((reader, writer)):
        writer.write(begun + piece * (3 * BOUNDS.head_size // len(piece)))
        assert (await rest(reader)).startswith(b"HTTP/1.1 431 ")


async def test_headers_as_long_as_they_may_be_are_taken(server: Running) -> None:
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nCookie: " + b"x" * (BOUNDS.head_size - 200) + b"\r\n\r\n")
        assert (await answer(reader))[0] == 200


@pytest.mark.attack("A body without a length, or beyond any of ours, is read to its end")
@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: 300001", b"413"),
        (b"Content-Length: 1000000000000000", b"413"),
    ],
)
async def test_a_body_without_bounds_is_refused_by_its_headers(
    server: Running, header: bytes, status: bytes
) -> None:
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\n" + header + b"\r\n\r\n5\r\nhello\r\n")
        assert (await rest(reader)).startswith(b"HTTP/1.1 " + status)


async def test_what_is_left_of_a_body_after_its_answer_ends_the_connection(server: Running) -> None:
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        writer.write(b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\nx")
        assert (await answer(reader))[0] == 200
        assert await dribbles(writer, b"x", reader) == b""


@pytest.mark.parametrize("piece", [1, 7, 4096, 10**6])
async def test_requests_are_answered_in_order_however_they_are_cut(server: Running, piece: int) -> None:
    sent = (
        b"".join(
            b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (number, size, b"x" * size)
            for number, size in enumerate((0, 3, 500, 0))
        )
        + b"GET /last HTTP/1.1\r\nHost: a\r\n\r\n"
    )
    reader, writer = await connected(server)
    with closed_after((reader, writer)):
        for at in range(0, len(sent), piece):
            writer.write(sent[at : at + piece])
            await writer.drain()
        told = [(await answer(reader))[1] for _ in range(5)]
    assert told == [
        b"0 bytes of /0",
        b"3 bytes of /1",
        b"500 bytes of /2",
        b"0 bytes of /3",
        b"0 bytes of /last",
    ]


# ---------------------------------------------------------------- number


async def asks(server: Running, own: str) -> int:
    reader, writer = await connected(server, own)
    with closing(writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        return (await answer(reader))[0]


def bounds(most: int, each: int) -> Bounds:
    return Bounds(most=most, each=each, head_s=60.0)


@pytest.mark.attack("One address opens connections until nobody else gets one")
@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\n"])
async def test_who_holds_idle_connections_shuts_nobody_out(begun: bytes) -> None:
    async with serving(bounds(most=8, each=8)) as server:
        held = [await connected(server, "127.0.0.2") for _ in range(20)]
        with closed_after(*held):
            for _, writer in held:
                writer.write(begun)
            await until(lambda: server.connections <= 8)
            assert [await asks(server, f"127.0.0.{own}") for own in (3, 4, 2)] == [200, 200, 200]


async def test_one_address_is_bounded_and_another_is_free() -> None:
    async with serving(bounds(most=8, each=3)) as server:
        held = [await connected(server, "127.0.0.2") for _ in range(3)]
        with closed_after(*held):
            for _, writer in held:
                writer.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            await until(lambda: server.app.waiting == 3)
            assert await asks(server, "127.0.0.2") == 503
            assert await asks(server, "127.0.0.3") == 200


async def test_a_trusted_proxy_is_many_people() -> None:
    async with serving(bounds(most=8, each=2), proxies=("127.0.0.0/29",)) as server:
        held = [await connected(server, "127.0.0.2") for _ in range(4)]
        with closed_after(*held):
            for _, writer in held:
                writer.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            await until(lambda: server.app.waiting == 4)
            assert await asks(server, "127.0.0.2") == 200


async def test_where_everybody_is_being_answered_who_is_new_is_told_to_come_again() -> None:
    async with serving(bounds(most=2, each=2)) as server:
        held = [await connected(server, "127.0.0.2") for _ in range(2)]
        with closed_after(*held):
            for _, writer in held:
                writer.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            await until(lambda: server.app.waiting == 2)
            reader, writer = await connected(server, "127.0.0.3")
            with closing(writer):
                said = await rest(reader)
            assert said.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 5\r\n" in said
        await until(lambda: not server.connections)
        assert await asks(server, "127.0.0.3") == 200
