"""Calls to the Zalo Bot Platform, and what their errors mean.

The token is part of every address. So nothing that leaves this module carries an address: errors are made anew,
outside of the handler that caught the original, so that not even ``__context__`` leads back to it.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from yarl import URL

from bot.delivery.channel import NotSent, Rejected, SendError, TryLater, Uncertain, Unreachable

#: The largest answer that is read, in bytes; they are short.
_LONGEST: Final = 2**20
#: Seconds for a call that does something, and for the connection.
_PATIENCE_S: Final = 20.0
_CONNECT_S: Final = 5.0
#: Zalo does not say how long to wait. Asked again after so long, seconds, it mostly takes it.
WAIT_S: Final = 5.0
#: Where the description says that it is the person, and not the message, that is not accepted.
_GONE: Final = ("chat not found", "user not found", "blocked", "not follow", "chat_id")


class Refused(Exception):
    """Zalo's answer is no: ``code`` is its error code, or the HTTP status where it gave none."""

    def __init__(self, code: int, description: str) -> None:
        """As Zalo says it."""
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description


class WrongToken(NotSent):
    """Zalo does not know the token."""


class Client:
    """The calls of one bot. Open it with :meth:`start`."""

    def __init__(self, api: str, token: str) -> None:
        """``api``: the server's root, without a slash at its end."""
        self._root = f"{api}/bot{token}/"
        self._token = token
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connections."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64, ttl_dns_cache=300), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self, method: str, body: Mapping[str, object] | None = None, *, patience_s: float = _PATIENCE_S
    ) -> Any:  # noqa: ANN401 - JSON
        """The result of a call. Raises :class:`Refused` when Zalo says no.

        Raises :class:`NotSent` when the call surely did not reach Zalo, :class:`Uncertain` when it may have.
        """
        status, content = await self._exchange(method, body or {}, patience_s)
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not ("result" in answer or "error_code" in answer):
            # A page of some server between us and Zalo; it may quote the address.
            raise Uncertain(f"the answer is not Zalo's ({status}, {len(content)} bytes)")
        # An error can come with any status, 200 too.
        if answer.get("ok") is True:
            return answer.get("result")
        code = answer.get("error_code")
        told = str(answer.get("description", ""))[:200].replace(self._token, "<token>")
        raise Refused(code if isinstance(code, int) else status, told)

    async def do(self, method: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """The result of a call that sends something. Raises :class:`SendError` and nothing else."""
        try:
            return await self.call(method, body)
        except Refused as refused:
            problem = named(refused)
        raise problem

    async def _exchange(
        self, method: str, body: Mapping[str, object], patience_s: float
    ) -> tuple[int, bytes]:
        session = self._session
        if session is None:
            raise NotSent("the connections to Zalo are not open")
        problem: SendError
        try:
            async with session.post(
                URL(self._root + method, encoded=True),
                json=body,
                timeout=aiohttp.ClientTimeout(total=patience_s, sock_connect=_CONNECT_S),
                # A redirect would carry the token elsewhere.
                allow_redirects=False,
            ) as answer:
                content = await answer.content.read(_LONGEST)
                return answer.status, content
        except aiohttp.ConnectionTimeoutError:
            problem = NotSent("no connection to Zalo in time")
        except aiohttp.ClientConnectorError as caught:
            problem = NotSent(f"no connection to Zalo ({type(caught.os_error).__name__})")
        except aiohttp.InvalidURL:
            problem = NotSent("zalo_bot.api is not an address that can be asked")
        except TimeoutError:
            problem = Uncertain("Zalo did not answer in time")
        except (aiohttp.ClientError, OSError) as caught:
            problem = Uncertain(f"the connection to Zalo broke ({type(caught).__name__})")
        raise problem


def named(refused: Refused) -> SendError:
    """What a refusal means for a message."""
    words = str(refused)
    match refused.code:
        case 401:
            return WrongToken("Zalo refuses the token: check zalo_bot.token")
        case 429:
            return TryLater(WAIT_S)
        case 403 | 408:
            # 403 is Zalo's own trouble, whatever the number says elsewhere; what had been done by then is unknown.
            return Uncertain(words)
        case code if code >= 500:
            return Uncertain(words)
        case _ if any(sign in refused.description.lower() for sign in _GONE):
            return Unreachable(words)
    return Rejected(words)
