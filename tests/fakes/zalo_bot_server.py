"""The HTTP side of the imitation of the Zalo Bot Platform: its calls, their strictness, and what goes wrong on request.

As strict as what is known of the real one: an update is handed out once and to one poll, whatever becomes of it; an
idle poll ends with 408; errors come with HTTP 200; a text has 1 to 2000 characters; a picture is taken by an address
that is fetched, and by nothing else; 429 does not say how long to wait.
"""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from tests.fakes.control import Controls

Json = dict[str, Any]

LONGEST = 2_000
_GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body>{path}</body></html>"


class Refused(Exception):
    """The answer is no."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(slots=True)
class Sent:
    """A message that the bot sent."""

    message_id: str
    text: str
    #: The bytes of its picture, as they were fetched from the address that the bot gave.
    picture: bytes | None = None
    seen: bool = False


@dataclass(slots=True)
class Chat:
    """What stands in one person's chat."""

    chat_id: str
    sent: list[Sent] = field(default_factory=list)
    #: Whether the person has written: before that, nobody may write to them.
    open: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, message: Sent) -> None:
        """Something new to see."""
        self.sent.append(message)
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


@dataclass(slots=True, eq=False)
class Posted:
    """An update that was posted to the webhook, by its message's id."""

    key: str
    body: Json
    #: Whether it was ever answered with 200.
    taken: bool = False


@dataclass(slots=True)
class Fault:
    """The next ``times`` calls of a method go wrong: with an error ``code``, or as ``kind`` says.

    ``kind``: "error", "garbage" (a page of HTML), "drop" (the connection is cut), "silent" (no answer). With ``done``
    the call takes effect first.
    """

    kind: str
    method: str
    times: int = 1
    code: int = 429
    status: int = 200
    done: bool = False


class ZaloBotServer:
    """Answers ``/bot<TOKEN>/<method>`` on 127.0.0.1, and gives out the photos that people sent."""

    def __init__(self, token: str, now_ms: Callable[[], int], idle_s: float) -> None:
        """``idle_s``: how long an idle poll is held; the real one does so for as long as it was asked to."""
        self.root = ""
        self.chats: dict[str, Chat] = {}
        self.photos: dict[str, tuple[int, str, bytes]] = {}
        self.faults: list[Fault] = []
        #: How often each method was called.
        self.counts: Counter[str] = Counter()
        #: Tell of each message that somebody gets: their chat, and its text.
        self.on_shown: list[Callable[[str, str], None]] = []
        #: Answers what comes under /control/, if anything shall.
        self.control: Controls | None = None
        self.requests: list[tuple[str, Json]] = []
        #: Message ids of the updates that were handed out, in order.
        self.handed: list[str] = []
        self.webhook: tuple[str, str] | None = None
        #: What was posted to it, oldest first.
        self.posted: list[Posted] = []
        self.latency = 0.0
        #: Who fetches the picture of an address: content type and bytes. None: over HTTP, as the real one does.
        self.opens: Callable[[str], Awaitable[tuple[int, str, bytes]]] | None = None
        self._token = token
        self._now_ms = now_ms
        self._idle_s = idle_s
        self._waiting: deque[Json] = deque()
        self._came = asyncio.Event()
        self._polling = False
        self._sent = 0
        self._stopped = asyncio.Event()
        self._runner: web.ServerRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self._arrived: list[tuple[str, int, asyncio.Future[None]]] = []
        self._awaited: list[tuple[int, asyncio.Future[None]]] = []

    async def start(self) -> None:
        self._client = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        # Who hangs up in the middle of a poll gets nothing.
        server = web.Server(self._handle, access_log=None, handler_cancellation=True)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.root = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self._stopped.set()
        self._came.set()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()

    # ------------------------------------------------------------ to the bot

    async def push(self, update: Json, *, wrapped: bool = False) -> None:
        """Post an update to the bot's webhook; or keep it for a poll, where there is none."""
        if self.webhook is None:
            self._waiting.append({"result": update} if wrapped else update)
            self._came.set()
            return
        body = {"ok": True, "result": update} if wrapped else update
        posted = Posted(update["message"]["message_id"], body)
        self.posted.append(posted)
        await self._repeat(posted)

    async def _repeat(self, posted: Posted) -> None:
        try:
            status = await self.post(posted.body)
        except aiohttp.ClientError:
            return
        assert status == 200 or status >= 500, f"the webhook answered {status}"
        posted.taken = posted.taken or status == 200

    async def tries_again(self) -> None:
        """Post once more what was not taken."""
        for posted in self.posted:
            if not posted.taken:
                await self._repeat(posted)

    async def replays(self) -> None:
        """Post all of it once more."""
        for posted in self.posted:
            await self._repeat(posted)

    async def post(self, body: object, secret: str | None = None) -> int:
        """A call of the webhook; gives its status. Without a body the bytes are none at all."""
        assert self.webhook is not None
        assert self._client is not None
        url, own = self.webhook
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"X-Bot-Api-Secret-Token": own if secret is None else secret}
        async with self._client.post(url, data=content, headers=headers) as answer:
            await answer.read()
            return answer.status

    async def asked(self, method: str, times: int, deadline: float) -> None:
        """Return once a method was called so many times."""
        if self.counts[method] >= times:
            return
        waiting = (method, times, asyncio.get_running_loop().create_future())
        self._arrived.append(waiting)
        try:
            async with asyncio.timeout(deadline):
                await waiting[2]
        except TimeoutError:
            raise AssertionError(f"{method} was called {self.counts[method]} times, not {times}") from None
        finally:
            self._arrived.remove(waiting)

    async def handed_out(self, number: int, deadline: float) -> None:
        """Return once so many updates were handed out."""
        if len(self.handed) >= number:
            return
        waiting = (number, asyncio.get_running_loop().create_future())
        self._awaited.append(waiting)
        try:
            async with asyncio.timeout(deadline):
                await waiting[1]
        except TimeoutError:
            raise AssertionError(f"{len(self.handed)} updates were handed out, not {number}") from None
        finally:
            self._awaited.remove(waiting)

    # ------------------------------------------------------------ from the bot

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/photo/"):
            status, kind, content = self.photos.get(path.removeprefix("/photo/"), (404, "text/plain", b""))
            return web.Response(status=status, body=content, content_type=kind)
        if path.startswith("/control/") and self.control is not None:
            return await self.control(request)
        token, _, method = path.removeprefix("/bot").partition("/")
        if request.method != "POST" or not path.startswith("/bot") or not method:
            return _no(404, "Not Found", 404)
        if token != self._token:
            return _no(401, "Unauthorized")
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            return _no(400, "Bad Request: not JSON")
        self.counts[method] += 1
        if method != "getUpdates":
            self.requests.append((method, body))
        for wanted, times, arrived in self._arrived:
            if self.counts[wanted] >= times and not arrived.done():
                arrived.set_result(None)
        fault = next((one for one in self.faults if one.method == method and one.times > 0), None)
        if fault is not None:
            fault.times -= 1
            if not fault.done:
                return await self._go_wrong(request, fault)
        try:
            answer = _yes(await self._carry_out(method, body))
        except Refused as refused:
            answer = _no(refused.code, refused.description)
        if self.latency:
            await asyncio.sleep(self.latency)
        return answer if fault is None else await self._go_wrong(request, fault)

    async def _go_wrong(self, request: web.BaseRequest, fault: Fault) -> web.StreamResponse:
        match fault.kind:
            case "error":
                return _no(
                    fault.code, "Internal Server Error" if fault.code == 403 else "Refused", fault.status
                )
            case "garbage":
                return web.Response(
                    text=_GARBAGE.format(path=request.path), content_type="text/html", status=502
                )
            case "silent":
                await self._stopped.wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _carry_out(self, method: str, body: Json) -> Any:
        match method:
            case "getMe":
                return {
                    "id": "42",
                    "account_name": "bot.sangkien",
                    "account_type": "BASIC",
                    "can_join_groups": False,
                }
            case "getUpdates":
                return await self._get_updates(body)
            case "setWebhook":
                secret = str(body.get("secret_token", ""))
                if not 8 <= len(secret) <= 256 or not str(body.get("url", "")).startswith("http"):
                    raise Refused(400, "Bad Request: url or secret_token")
                self.webhook = (body["url"], secret)
                return {"url": body["url"]}
            case "deleteWebhook":
                self.webhook = None
                return {"url": ""}
            case "getWebhookInfo":
                return {"url": self.webhook[0] if self.webhook else ""}
            case "sendMessage":
                return self._add(body, _words(body, "text", shortest=1), None)
            case "sendPhoto":
                words = _words(body, "caption", shortest=0)
                self._chat(body)
                return self._add(body, words, await self._fetched(body.get("photo")))
            case "sendChatAction":
                self._chat(body)
                return {}
        raise Refused(404, "Not Found")

    async def _get_updates(self, body: Json) -> Json:
        if not isinstance(body.get("timeout"), str) or not body["timeout"].isdecimal():
            raise Refused(400, "Bad Request: timeout is a string of digits")
        if self.webhook is not None:
            raise Refused(400, "Bad Request: a webhook is set")
        if self._polling:
            raise Refused(400, "Bad Request: somebody else polls")
        self._polling = True
        try:
            async with asyncio.timeout(min(self._idle_s, int(body["timeout"]))):
                while not self._waiting:
                    self._came.clear()
                    await self._came.wait()
                    if self._stopped.is_set():
                        raise Refused(408, "Request timeout")
        except TimeoutError:
            raise Refused(408, "Request timeout") from None
        finally:
            self._polling = False
        # From here on it is gone, whether the bot gets it or not.
        update = self._waiting.popleft()
        self.handed.append(update.get("result", update)["message"]["message_id"])
        for number, reached in self._awaited:
            if len(self.handed) >= number and not reached.done():
                reached.set_result(None)
        return update

    def _chat(self, body: Json) -> Chat:
        chat = self.chats.get(body["chat_id"]) if isinstance(body.get("chat_id"), str) else None
        if chat is None or not chat.open:
            raise Refused(400, "Bad Request: chat not found")
        return chat

    def _add(self, body: Json, text: str, picture: bytes | None) -> Json:
        chat = self._chat(body)
        self._sent += 1
        message = Sent(f"s{self._sent}", text, picture)
        chat.add(message)
        for see in self.on_shown:
            see(chat.chat_id, text)
        return {"message_id": message.message_id, "date": self._now_ms()}

    async def _fetched(self, address: object) -> bytes:
        if not isinstance(address, str) or not address.startswith(("http://", "https://")):
            raise Refused(400, "Bad Request: photo is no address")
        status, kind, content = await (self.opens or self._get)(address)
        if status != 200 or not kind.startswith("image/"):
            raise Refused(400, f"Bad Request: photo ({status} {kind})")
        return content

    async def _get(self, address: str) -> tuple[int, str, bytes]:
        assert self._client is not None
        try:
            async with self._client.get(address, timeout=aiohttp.ClientTimeout(total=5)) as answer:
                return answer.status, answer.content_type, await answer.read()
        except aiohttp.ClientError:
            raise Refused(400, "Bad Request: photo cannot be fetched") from None


def _words(body: Json, name: str, *, shortest: int) -> str:
    text = body.get(name, "")
    if not isinstance(text, str) or not shortest <= len(text) <= LONGEST:
        raise Refused(400, f"Bad Request: {name} has {len(text)} characters")
    return text


def _yes(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _no(code: int, description: str, status: int = 200) -> web.Response:
    return web.json_response({"ok": False, "error_code": code, "description": description}, status=status)
