"""Fetching a picture or document from an address that a messenger gives, and from nowhere that it should not lead.

Whoever can make a messenger's server give us an address must not make us ask inside our own network. So a name is
resolved once and connected to at just the addresses that were looked at; each redirect is looked at like the first
address; and only what is plainly out on the internet is connected to.
"""

import asyncio
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import aiohttp
import filetype
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.conversation.vocabulary import IncomingFile
from bot.delivery.channel import FileProblem, NotSent

#: Seconds for the whole of a file, and for the connection alone.
_WHOLE_S = 30.0
_CONNECT_S = 5.0
#: How often an address may point to another one.
_REDIRECTS = 3
#: Files on their way at once; each is held in memory until it is stored.
_AT_ONCE = 8
#: What translates IPv4 into IPv6 networks keeps the old address in the last four bytes (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")
#: Answers that may be another one a moment later.
_PASSING = (408, 425, 429)


class _Inside(OSError):
    """An address that is not out on the internet."""


class Fetcher:
    """Fetches files over HTTPS. One for each channel; open it with :meth:`start`."""

    def __init__(
        self,
        *,
        inside: Collection[str] = (),
        resolver: AbstractResolver | None = None,
        whole_s: float = _WHOLE_S,
        connect_s: float = _CONNECT_S,
    ) -> None:
        """Times are in seconds.

        ``inside``: origins (``http://127.0.0.1:8081``) that may be asked although they are in our network, or without
        HTTPS: a relay of the union's own. ``resolver``: who turns names into addresses; the system by default.
        """
        self._inside = frozenset(_origin(URL(one)) for one in inside) - {""}
        self._resolver = resolver
        self._whole_s = whole_s
        self._connect_s = connect_s
        self._outside: aiohttp.ClientSession | None = None
        self._own: aiohttp.ClientSession | None = None
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def start(self) -> None:
        """Open the connections."""
        resolver = self._resolver or aiohttp.ThreadedResolver()
        self._outside = _session(_OnlyOutside(resolver), self._connect_s)
        self._own = _session(resolver, self._connect_s)

    async def stop(self) -> None:
        """Close them."""
        for session in (self._outside, self._own):
            if session is not None:
                await session.close()
        self._outside = self._own = None

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        """The bytes at ``file.source``, at most ``limit`` of them.

        Raises :class:`FileProblem` when there is no point in trying again (too big, a page instead of a picture, an
        address that leads inside, too slow), and :class:`NotSent` when there is.
        """
        if file.size is not None and file.size > limit:
            raise FileProblem("files.too_big")
        async with self._places:
            try:
                async with asyncio.timeout(self._whole_s):
                    content = await self._follow(file.source, limit)
            except TimeoutError:
                # A whole attempt has been spent on it, and the sender waits: they can send it again.
                raise FileProblem("files.unreachable") from None
        if _is_page(content):
            raise FileProblem("files.unreachable")
        if file.is_picture and content and not _is_picture(content):
            raise FileProblem("files.unreadable")
        return content

    async def _follow(self, source: str, limit: int) -> bytes:
        try:
            url = URL(source)
        except ValueError:
            raise FileProblem("files.unreachable") from None
        for _ in range(_REDIRECTS + 1):
            found = await self._ask(url, limit)
            if isinstance(found, bytes):
                return found
            url = found
        raise FileProblem("files.unreachable")

    async def _ask(self, url: URL, limit: int) -> bytes | URL:
        """The bytes at an address, or the next address that it points to."""
        session = self._session_for(url)
        try:
            # aiohttp would follow redirects by itself, also from an origin of ours to the one next door.
            async with session.get(url, allow_redirects=False) as answer:
                if 300 <= answer.status < 400 and "location" in answer.headers:
                    return url.join(URL(answer.headers["location"]))
                return await _read(answer, limit)
        except (_Inside, aiohttp.InvalidURL, ValueError):
            raise FileProblem("files.unreachable") from None
        except aiohttp.ClientConnectorError as problem:
            if isinstance(problem.os_error, _Inside):
                raise FileProblem("files.unreachable") from None
            # Without the address: it may let whoever reads the log see the picture.
            raise NotSent(f"no connection ({type(problem.os_error).__name__})") from None
        except aiohttp.ClientError as problem:
            raise NotSent(f"the connection broke ({type(problem).__name__})") from None

    def _session_for(self, url: URL) -> aiohttp.ClientSession:
        """Who may ask for an address. Raises :class:`FileProblem` for one that nobody may."""
        if self._own is None or self._outside is None:
            raise NotSent("the connections are not open")
        if _origin(url) in self._inside:
            return self._own
        if url.scheme != "https" or not url.host or url.user is not None:
            raise FileProblem("files.unreachable")
        # Numbers go past the resolver. What is no number is a name, and the resolver's answers are looked at.
        number = _number(url.host)
        if number is not None and not is_outside(number):
            raise FileProblem("files.unreachable")
        return self._outside


def is_outside(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is plainly out on the internet.

    Loopback, private, link-local, shared (CGNAT), reserved and multicast ones are not, nor one that carries such an
    address within it.
    """
    if isinstance(address, IPv6Address):
        teredo = address.teredo
        carried = [address.ipv4_mapped, address.sixtofour, *(teredo or ())]
        if address in _NAT64:
            carried.append(IPv4Address(address.packed[-4:]))
        within = [one for one in carried if one is not None]
        if within:
            return all(is_outside(one) for one in within)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class _OnlyOutside(AbstractResolver):
    """A resolver that refuses a name which leads inside, with even one of its addresses."""

    def __init__(self, resolver: AbstractResolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name; they are what is connected to."""
        found = await self._resolver.resolve(host, port, family)
        for one in found:
            number = _number(one["host"])
            if number is None or not is_outside(number):
                raise _Inside("the name leads inside")
        return found

    async def close(self) -> None:
        """Not ours to close: the other session uses it too."""


def _session(resolver: AbstractResolver, connect_s: float) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        # Without a cache of names, and without kept connections: each file is looked at from the beginning.
        connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_s),
        # Bytes are counted as they come: what is packed could be a thousand times larger unpacked.
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    )


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    if answer.status in _PASSING or answer.status >= 500:
        raise NotSent(f"the answer is {answer.status}")
    if answer.status != 200 or answer.headers.get("content-encoding", "identity") != "identity":
        raise FileProblem("files.unreachable")
    if answer.content_type in ("text/html", "application/xhtml+xml"):
        # An address that has expired, mostly: a page says so.
        raise FileProblem("files.unreachable")
    if (answer.content_length or 0) > limit:
        raise FileProblem("files.too_big")
    content = bytearray()
    async for piece in answer.content.iter_any():
        content += piece
        if len(content) > limit:
            answer.close()
            raise FileProblem("files.too_big")
    return bytes(content)


def _is_picture(content: bytes) -> bool:
    kind = filetype.guess(content)
    return kind is not None and str(kind.mime).startswith("image/")


def _is_page(content: bytes) -> bool:
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script"))


def _origin(url: URL) -> str:
    """Scheme, host and port; empty for an address without them, or with a name and password in it."""
    if not url.host or url.user is not None:
        return ""
    return f"{url.scheme}://{url.host.lower()}:{url.port}"


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
