"""The suite's own guards hold: each test has its own database, no test leaves the machine or leaves things running."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import aiohttp
import pytest
import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.browser import Phones
from tests.network import NetworkGuard, UnexpectedConnection

# An address that is promised to be nobody's (RFC 5737), should the guard not hold.
ELSEWHERE = ("192.0.2.1", 9)


def _connect() -> None:
    with socket.socket() as sock:
        sock.connect(ELSEWHERE)


def _look_up() -> None:
    socket.getaddrinfo("sangkien.invalid", 80)


def _send_datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ELSEWHERE)


@pytest.mark.parametrize("leave", [_connect, _look_up, _send_datagram])
def test_nothing_leaves_the_machine(leave: Callable[[], None], network: NetworkGuard) -> None:
    with pytest.raises(UnexpectedConnection):
        leave()

    assert len(network.refused) == 1
    network.refused.clear()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("host", ["192.0.2.1", "sangkien.invalid"])
def test_nothing_leaves_the_machine_by_a_loop(
    new_loop: Callable[[], asyncio.AbstractEventLoop], host: str, network: NetworkGuard
) -> None:
    async def leave() -> None:
        with pytest.raises(UnexpectedConnection):
            await asyncio.open_connection(host, 9)
        async with aiohttp.ClientSession() as client:
            with pytest.raises(UnexpectedConnection):
                await client.get(f"http://{host}:9")

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(leave())

    assert len(network.refused) == 2
    network.refused.clear()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_this_machine_can_be_reached(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def call() -> None:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("localhost", port, family=socket.AF_INET)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(call())


@pytest.mark.parametrize("_time", ["first", "second"])
async def test_a_database_is_migrated_and_nobody_elses(engine: AsyncEngine, _time: str) -> None:
    async with engine.begin() as connection:
        assert (await connection.scalar(text("SELECT count(*) FROM alembic_version"))) == 1
        await connection.execute(text("CREATE TABLE only_mine (id INTEGER)"))


@pytest.fixture
def house(pytester: pytest.Pytester, request: pytest.FixtureRequest) -> pytest.Pytester:
    """A folder for a suite under the same guards."""
    root = request.config.rootpath
    pytester.makeconftest(
        "from tests.conftest import *\nfrom tests.conftest import _guard, _nothing_left_behind\n"
    )
    pytester.makepyprojecttoml(
        f"[tool.pytest]\npythonpath = [{str(root)!r}]\nasyncio_mode = 'auto'\nfilterwarnings = ['error']\n"
        "asyncio_default_test_loop_scope = 'session'\nasyncio_default_fixture_loop_scope = 'session'\n"
    )
    return pytester


def test_what_is_left_behind_fails_the_test(house: pytest.Pytester) -> None:
    house.makepyfile("""import asyncio, contextlib, socket
async def test_task():
    global task
    task = asyncio.create_task(asyncio.Event().wait())
async def fail():
    raise ValueError('lost')
async def test_error():
    asyncio.create_task(fail())
    await asyncio.sleep(0)
def test_connection():
    with socket.socket() as sock, contextlib.suppress(Exception):
        sock.connect(('192.0.2.1', 9))
def test_nothing():
    pass
""")

    result = house.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=4, errors=3)
    result.stdout.fnmatch_lines(
        [
            "*at teardown of test_task *",
            "*left running: *Event.wait*",
            "*at teardown of test_error *",
            "*nobody handled: *lost*",
            "*at teardown of test_connection *",
            "*tests stay on this machine*192.0.2.1*",
        ]
    )


PAGE = b"""<!doctype html>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<button onclick="this.textContent = 'done'">go</button>
"""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_two_people_have_a_phone_each(phones: Phones, site: str) -> None:
    first, second = await phones.open(), await phones.open(width=320, dark=True)
    for page in (first, second):
        await page.goto(site)
    await first.get_by_role("button").tap()

    assert await first.get_by_role("button").text_content() == "done"
    assert await second.get_by_role("button").text_content() == "go"
    assert await second.evaluate("innerWidth") == 320
    assert not phones.complaints


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('broken')", "broken"),
        ("setTimeout(() => { throw new Error('broken') })", "broken"),
        ("fetch('http://192.0.2.1/').catch(() => 0)", "192.0.2.1"),
        ("fetch('https://sangkien.invalid/').catch(() => 0)", "sangkien.invalid"),
    ],
    ids=["console", "exception", "address", "name"],
)
async def test_what_a_page_does_wrong_is_complained_of(
    phones: Phones, site: str, script: str, complaint: str
) -> None:
    page = await phones.open()
    await page.goto(site)
    await page.evaluate(f"() => {{ {script}; return new Promise((done) => setTimeout(done)) }}")
    # Another page over the same connection: what the first one caused has been told before it is there.
    await page.goto(site)

    assert any(complaint in line for line in phones.complaints)
    phones.complaints.clear()
