"""The web servers' configurations in ``deploy/``: they agree with the bot's bounds, and work where they are installed."""

import asyncio
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.clock import FixedClock
from bot.config.web import WebSettings
from bot.media.store import LIMIT
from bot.web import serving
from bot.web.tries import Tries
from tests.web.served import Served, served
from tests.web.test_doors import unit

DEPLOY = Path(__file__).parents[1] / "deploy"
NAME = "sangkien.example.vn"
NGINX, CADDY = ((DEPLOY / name).read_text("utf-8") for name in ("nginx.conf", "Caddyfile"))
BOUNDS = serving.bounds_of(WebSettings(), 20_000)


def value(text: str, directive: str) -> float:
    """A directive's last number, in seconds or bytes."""
    found = re.search(rf"^\s*{directive}\b.*?(\d+)(s|m|d|k|KB|MB)?;?$", text, re.MULTILINE)
    assert found is not None, directive
    is_time = "time" in directive or directive in ("read_header", "read_body", "idle", "keepalive")
    units = {"s": 1, "m": 60 if is_time else 2**20, "k": 1024, "KB": 1000, "MB": 10**6, None: 1}
    return int(found[1]) * units[found[2]]


def test_what_is_before_the_bot_is_as_patient_as_the_bot_at_most() -> None:
    assert value(NGINX, "client_header_timeout") == value(CADDY, "read_header") == BOUNDS.head_s
    assert value(NGINX, "client_body_timeout") == BOUNDS.body_grace_s
    assert value(NGINX, "send_timeout") == BOUNDS.write_s
    assert value(CADDY, "read_body") <= BOUNDS.body_grace_s + BOUNDS.body_size / BOUNDS.body_rate


def test_what_is_before_the_bot_passes_on_all_that_the_bot_takes_and_no_more() -> None:
    for text, directive in ((NGINX, "client_max_body_size"), (CADDY, "max_size")):
        assert LIMIT < value(text, directive) <= BOUNDS.body_size
    buffers = re.search(r"large_client_header_buffers (\d+) (\d+)k;", NGINX)
    assert buffers is not None
    assert int(buffers[1]) * int(buffers[2]) * 1024 <= BOUNDS.head_size
    assert value(CADDY, "max_header_size") <= BOUNDS.head_size
    assert value(NGINX, "limit_conn sangkien_address") == BOUNDS.each


def test_an_idle_connection_ends_before_the_bot_ends_it() -> None:
    (upstream,) = re.findall(r"upstream sangkien {(.*?)}", NGINX, re.DOTALL)
    assert value(upstream, "keepalive_timeout") < serving.KEEP_ALIVE_S
    assert value(CADDY, "keepalive") < serving.KEEP_ALIVE_S


# ---------------------------------------------------------------- as they run

Adapt = Callable[[Path, int, int], list[str]]


def certificate(folder: Path) -> None:
    openssl = shutil.which("openssl") or pytest.skip("openssl is not installed")
    subprocess.run(  # noqa: S603
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def nginx(folder: Path, own: int, bots: int) -> list[str]:
    """Only names, ports and files differ from what is delivered."""
    program = shutil.which("nginx") or pytest.skip("nginx is not installed")
    text = NGINX.replace(f"/etc/letsencrypt/live/{NAME}", str(folder)).replace(
        "127.0.0.1:8080", f"127.0.0.1:{bots}"
    )
    text = re.sub(r"^ +listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{own} ").replace(
        "listen 80;", "listen unix:plain.sock;"
    )
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/log warn; events {{}}\n"
        f"http {{ access_log off; {paths}\n{text}}}\n"
    )
    return [program, "-p", str(folder), "-e", str(folder / "log"), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, own: int, bots: int) -> list[str]:
    """As above; the certificate is ours, since nobody out there may be asked for one."""
    program = shutil.which("caddy") or pytest.skip("caddy is not installed")
    text = CADDY.replace("127.0.0.1:8080", f"127.0.0.1:{bots}")
    text = text.replace("{\n\tservers", "{\n\tadmin off\n\tauto_https disable_redirects\n\tservers", 1)
    text = text.replace(
        f"\n{NAME} {{",
        f"\nhttps://{NAME}:{own} {{\n\tbind 127.0.0.1\n\ttls {folder}/fullchain.pem {folder}/privkey.pem",
    )
    (folder / "Caddyfile").write_text(text)
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@asynccontextmanager
async def before(site: Served, adapt: Adapt, folder: Path) -> AsyncIterator[int]:
    """The web server before a bot; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = free.getsockname()[1]
    command = adapt(folder, own, urlsplit(site.root).port or 0)
    certificate(folder)
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(20):
            while True:
                assert process.returncode is None, (await process.communicate())[1]
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", own)
                except ConnectionRefusedError:
                    await asyncio.sleep(0)
                    continue
                writer.transport.abort()
                break
        yield own
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture
async def site(demo_url: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Served]:
    settings = {"hosts": [NAME], "trusted_proxies": ["127.0.0.1"]}
    async with served(demo_url, tmp_path, clock=clock, web=settings) as running:
        yield running


class Curl:
    """A browser that speaks HTTP/2, at an address of its own."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.cookies = folder / "cookies"
        self.program = shutil.which("curl") or pytest.skip("curl is not installed")

    async def __call__(self, path: str, *options: str, own: str = "127.0.0.1") -> tuple[str, int, str]:
        """The version of HTTP, the status and the page."""
        process = await asyncio.create_subprocess_exec(
            self.program, "-sk", "--http2", "--max-time", "5", "--interface", own, "-b", self.cookies,
            "-c", self.cookies, "--resolve", f"{NAME}:{self.port}:127.0.0.1", "-w", "\n%{http_version} %{http_code}",
            *options, f"https://{NAME}:{self.port}{path}",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        page, _, told = (await process.communicate())[0].decode().rpartition("\n")
        version, status = told.split()
        return version, int(status), page


@pytest.mark.parametrize("adapt", [nginx, caddy])
async def test_people_come_through_the_web_server_as_themselves_over_http_2(
    site: Served, tmp_path: Path, adapt: Adapt
) -> None:
    home = await unit(site)
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(23_000_000)
    async with before(site, adapt, tmp_path) as port:
        asks = Curl(port, tmp_path)
        assert (await asks("/health"))[:2] == ("2", 200)
        # Whatever they say of where they come from, their own address is counted, and another one is another.
        forged = [
            (await asks("/i/ABCDEFGH23", "-H", f"X-Forwarded-For: 10.0.0.{number}", own="127.0.0.9"))[1]
            for number in range(Tries.WRONG + 1)
        ]
        assert forged == [404] * Tries.WRONG + [429]
        assert (await asks("/i/ABCDEFGH23", own="127.0.0.8"))[1] == 404
        assert (await asks("/chat/upload", "--data-binary", f"@{big}", "-H", "X-Requested-With: chat"))[
            1
        ] == 413
        # Over HTTP/2 a web server may end the stream (0) rather than answer.
        assert (await asks("/", "-H", f"X: {'x' * 20_000}"))[1] in (0, 400, 431)
        # A live chat says at once what there is.
        assert (await asks(f"/i/{home.join_code}", "-X", "POST"))[1] == 303
        version, status, told = await asks("/chat/events?after=0", "-N", "--max-time", "1")
        assert (version, status) == ("2", 200)
        assert "event: line" in told
