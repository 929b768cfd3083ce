"""What is asked of every request before a page sees it, and said in every answer: our host, and HTTPS."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]

#: A machine that looks after the bot asks at whatever address it knows.
_FOR_ANY_HOST = "/health"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Browsers come back over HTTPS alone for a year, and no other site's window gets hold of ours.
_OVER_HTTPS: Mapping[bytes, bytes] = {
    b"strict-transport-security": b"max-age=31536000",
    b"cross-origin-opener-policy": b"same-origin",
}


class Guard:
    """Around an application: a foreign Host is refused, and answers over HTTPS say so."""

    def __init__(self, app: App, *, root: str, listens_on: str, hosts: Sequence[str] = ()) -> None:
        """``root``: our address; ``listens_on``: the address of the machine; ``hosts``: further names of ours.

        With a name of our own, nobody else's leads here: a page of another site could otherwise have its name lead to us
        and read what we answer (DNS rebinding). Without one, people come by the machine's numbers.
        """
        self._app = app
        self._is_https = root.startswith("https:")
        ours = urlsplit(root).hostname or ""
        self._hosts = {*_LOOPBACK, ours, listens_on, *(one.lower() for one in hosts)}
        self._by_number = _is_number(ours)

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:  # noqa: ANN401 - passed on as it is
        """Answer, or let the application do it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] != _FOR_ANY_HOST and not self._is_ours(scope):
            await _refuse(send)
        else:
            await self._app(scope, receive, self._saying(send) if self._is_https else send)

    def _is_ours(self, scope: Scope) -> bool:
        named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(named) != 1:
            return False
        try:
            host = urlsplit(f"//{named[0]}").hostname or ""
        except ValueError:
            return False
        return host in self._hosts or (self._by_number and _is_number(host))

    @staticmethod
    def _saying(send: Send) -> Send:
        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_OVER_HTTPS.items()]
            await send(message)

        return with_headers


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host in _LOOPBACK
    return True


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": b"This address leads elsewhere.\n"})
