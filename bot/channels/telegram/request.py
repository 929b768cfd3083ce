"""How requests reach Telegram: python-telegram-bot's transport, on aiohttp.

The stock transport looks at every open connection for each request, so it gets slower the more requests are under
way: with an answer after 50 ms it sends 292 a second with 16 in flight and 138 with 64. aiohttp keeps a queue of
idle connections instead.

The bot's token is part of every address. So nothing that leaves this module carries an address: errors are made
anew, outside of the handler that caught the original, so that not even ``__context__`` leads back to it; and what
the library itself logs is cleaned.
"""

import json
import logging
import os
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from telegram._utils.types import ODVInput  # the type of BaseRequest's own parameters; exported nowhere else
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter
from yarl import URL

# The library moves RetryAfter.retry_after from int to timedelta, and warns at each 429 until one takes that up.
os.environ.setdefault("PTB_TIMEDELTA", "1")

#: The largest answer that is read, in bytes: Telegram hands out files of 20 MB at most.
MAX_ANSWER: Final = 21 * 1024 * 1024
#: Seconds for the whole of a file's way down; ``read_timeout`` is for each piece.
_DOWNLOAD_SECONDS: Final = 300.0
#: Library loggers that write addresses or parameters at DEBUG.
_TALKATIVE: Final = (
    "telegram.Bot",
    "telegram.request.BaseRequest",
    "telegram.BaseRequest",
    "telegram.ext.ExtBot",
)

_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
_IN_ADDRESS: Final = re.compile(r"/bot([^/?#\s]+)")
_SECRET: Final = re.compile(r"('secret_token': ')[^']*")


class RequestNotSent(NetworkError):
    """The request surely did not reach Telegram; sending it again doubles nothing."""

    __slots__ = ()


class MaybeSent(NetworkError):
    """The request left and no usable answer came: Telegram may have done it."""

    __slots__ = ()


class TooLarge(TelegramError):
    """The answer is larger than ``MAX_ANSWER``; asking again is pointless."""

    __slots__ = ()


class AiohttpRequest(BaseRequest):
    """Requests over a pool of kept connections.

    All times are in seconds; ``None`` waits for ever. Raises :class:`RequestNotSent`, :class:`MaybeSent` or ``TimedOut``
    (which may have been delivered too), and :class:`TooLarge`.
    """

    __slots__ = ("_connect", "_connections", "_media_write", "_pool", "_proxy", "_read", "_session", "_write")

    def __init__(
        self,
        *,
        connections: int = 256,
        proxy: str | None = None,
        read_timeout: float | None = 10.0,
        write_timeout: float | None = 10.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 5.0,
        media_write_timeout: float | None = 60.0,
    ) -> None:
        """``connections``: how many requests can be under way. ``proxy``: ``http://[user:password@]host:port``.

        Raises ``ValueError`` naming the setting when the proxy cannot be used.
        """
        self._connections = connections
        self._proxy = _proxy(proxy)
        self._read = read_timeout
        self._write = write_timeout
        self._connect = connect_timeout
        self._pool = pool_timeout
        self._media_write = media_write_timeout
        self._session: aiohttp.ClientSession | None = None
        _clean_library_logs()

    async def send_message(self, base_url: str, message: Mapping[str, object]) -> int:
        """Send a text; gives the message's id.

        ``Bot.send_message`` makes objects of the keyboard, dictionaries of the objects, and objects of the whole
        answer, of which one number is needed: half of what a text costs (measured with 256 in flight). Errors are
        those of any other call.
        """
        data = RequestData([RequestParameter(name, value, None) for name, value in message.items()])
        answer = await self.post(f"{base_url}/sendMessage", request_data=data)
        if not isinstance(answer, dict):
            raise MaybeSent("the answer is no message")
        return int(answer["message_id"])

    @property
    def read_timeout(self) -> float | None:
        """Seconds to wait for (the next piece of) an answer when a call names no other."""
        return self._read

    async def initialize(self) -> None:
        """Open the pool; a second call does nothing."""
        if self._session is not None and not self._session.closed:
            return
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self.USER_AGENT},
            auto_decompress=True,
            # Answers come in one piece; a small buffer would only pause the socket while a file comes in.
            read_bufsize=2**18,
        )

    async def shutdown(self) -> None:
        """Close the pool; a second call does nothing."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The status and body of Telegram's answer. Raises as the class says; never with the address."""
        session = self._session
        if session is None or session.closed:
            raise RequestNotSent("the Telegram transport is not open")
        files = bool(request_data and request_data.contains_files)
        patience = _patience(
            read=_given(read_timeout, self._read),
            write=_given(write_timeout, self._media_write if files else self._write),
            connect=_given(connect_timeout, self._connect),
            pool=_given(pool_timeout, self._pool),
            download=request_data is None,
        )
        try:
            address = URL(url, encoded=True)  # the library has encoded it already
            body, kind = _body(request_data)
        except (ValueError, TypeError) as caught:
            unusable = f"the request cannot be written down: {type(caught).__name__}"
        else:
            return await self._exchange(session, method, address, body, kind, patience)
        raise RequestNotSent(unusable)

    async def _exchange(
        self,
        session: aiohttp.ClientSession,
        method: str,
        address: URL,
        body: bytes | aiohttp.FormData | None,
        kind: dict[str, str] | None,
        patience: aiohttp.ClientTimeout,
    ) -> tuple[int, bytes]:
        problem: TelegramError
        url = str(address)
        try:
            async with session.request(
                # A redirect would carry the token elsewhere.
                method,
                address,
                data=body,
                headers=kind,
                timeout=patience,
                proxy=self._proxy,
                allow_redirects=False,
            ) as answer:
                if (answer.content_length or 0) <= MAX_ANSWER:
                    pieces, size = [], 0
                    async for piece in answer.content.iter_any():
                        pieces.append(piece)
                        if (size := size + len(piece)) > MAX_ANSWER:
                            break
                    else:
                        return _answer(url, answer.status, b"".join(pieces), may_echo="/file/bot" not in url)
                answer.close()
            problem = TooLarge(f"the answer is larger than {MAX_ANSWER} bytes")
        except Exception as caught:  # noqa: BLE001 - the library would show it, address and all
            problem = _without_address(caught, url)
        raise problem

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, object]:
        """Telegram's answer as a dict. Raises :class:`MaybeSent` when it is not one of Telegram's.

        The library would log the whole of a strange body; a proxy's error page may quote the address.
        """
        try:
            answer = json.loads(payload)
        except ValueError:
            answer = None
        if isinstance(answer, dict) and ("result" in answer or "description" in answer):
            return answer
        raise MaybeSent(f"the answer is not Telegram's ({len(payload)} bytes)")


class _Cleaned(logging.Filter):
    """Takes tokens and the webhook's secret out of a record before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: the record stays, without them."""
        record.msg = _SECRET.sub(r"\1…", _TOKEN.sub("<token>", record.getMessage()))
        record.args = ()
        return True


_CLEANED: Final = _Cleaned()


def _clean_library_logs() -> None:
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_CLEANED)  # the same filter is not added twice


def _proxy(setting: str | None) -> URL | None:
    if not setting:
        return None
    try:
        parts = urlsplit(setting)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        # Without the value: it may hold a password.
        raise ValueError(
            "telegram.proxy: must be http://host:port or https://host:port (SOCKS is not supported)"
        )
    return URL(setting)


def _given(asked: ODVInput[float], default: float | None) -> float | None:
    if asked is None or isinstance(asked, int | float):
        return asked
    return default


def _patience(
    *,
    read: float | None,
    write: float | None,
    connect: float | None,
    pool: float | None,
    download: bool,
) -> aiohttp.ClientTimeout:
    """The pool and the connection are under one limit of aiohttp's; writing has none, so the total bounds it."""
    before = None if pool is None or connect is None else pool + connect
    if download:
        total: float | None = _DOWNLOAD_SECONDS
    else:
        total = None if before is None or write is None or read is None else before + write + read
    return aiohttp.ClientTimeout(total=total, connect=before, sock_connect=connect, sock_read=read)


def _body(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str] | None]:
    if data is None:
        return None, None
    if not data.contains_files:
        text = json.dumps(data.parameters, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace"), {"Content-Type": "application/json"}
    # Telegram reads a file's name as plain UTF-8 and knows no percent signs in it.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        plain = "".join(c if c.isprintable() else "_" for c in filename)
        form.add_field(name, content, filename=plain, content_type=mime)
    return form, None


def _answer(url: str, status: int, body: bytes, *, may_echo: bool) -> tuple[int, bytes]:
    """An error page may quote the address, and the library shows pages that it cannot read."""
    token = _IN_ADDRESS.search(url)
    if token and (may_echo or status >= 300):
        body = body.replace(token[1].encode(), b"<token>")
    if status >= 500:
        raise MaybeSent(f"Telegram answered {status}")
    return status, body


def _without_address(caught: Exception, url: str) -> TelegramError:
    kind = type(caught).__name__
    if isinstance(caught, TelegramError):
        return type(caught)(caught.message)  # ours, from the answer
    if isinstance(caught, aiohttp.ConnectionTimeoutError):
        return RequestNotSent("no connection to Telegram in time")
    if isinstance(caught, aiohttp.ClientConnectorError):
        # Refused, no such host, unreachable, a proxy or certificate refused: all before the first byte of ours.
        return RequestNotSent(f"no connection to Telegram: {_scrubbed(str(caught.os_error), url)} ({kind})")
    if isinstance(caught, aiohttp.ClientConnectorCertificateError):
        return RequestNotSent("no connection to Telegram: its certificate is not accepted")
    if isinstance(caught, aiohttp.ClientHttpProxyError):
        return RequestNotSent(f"the proxy (telegram.proxy) refused the connection with {caught.status}")
    if isinstance(caught, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        return RequestNotSent("telegram.api is not an address that can be asked")
    if isinstance(caught, TimeoutError):
        return TimedOut("Telegram did not answer in time")
    return MaybeSent(
        f"the connection to Telegram broke: {_scrubbed(str(caught), url) or 'no answer'} ({kind})"
    )


def _scrubbed(text: str, url: str) -> str:
    token = _IN_ADDRESS.search(url)
    if token:
        text = text.replace(token[1], "<token>")
    return _TOKEN.sub("<token>", text)
