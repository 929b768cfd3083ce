"""The HTTP side of the imitation: addresses, bodies, the answers' form, and the faults on the way."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from tests.fakes.telegram_faults import Fault, FaultKind, Limits
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_params import Params, Refused, Upload
from tests.fakes.telegram_state import Json, Received, State
from tests.fakes.telegram_updates import Conflicting, Updates

if TYPE_CHECKING:
    from tests.fakes.control import Controls

#: A document of 50 MB and its wrapping.
_LARGEST = 60 * 2**20
_GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body>{path}</body></html>"


class BotApiServer:
    """Answers ``/bot<TOKEN>/<method>`` and ``/file/bot<TOKEN>/<path>`` on 127.0.0.1."""

    def __init__(
        self,
        token: str,
        state: State,
        updates: Updates,
        methods: Methods,
        limits: Limits,
        clock: Callable[[], float],
    ) -> None:
        """Not listening yet."""
        self.faults: list[Fault] = []
        self.latency = 0.0
        self.root = ""
        self.faulted: Counter[str] = Counter()
        #: Answers what comes under /control/, if anything shall.
        self.control: Controls | None = None
        self._token = token
        self._state = state
        self._updates = updates
        self._methods = methods
        self._limits = limits
        self._clock = clock
        self._bot = f"/bot{token}/"
        self._files = f"/file/bot{token}/"
        self._runner: web.ServerRunner | None = None
        self._stopped = asyncio.Event()
        self._awaited: list[tuple[str, int, asyncio.Future[None]]] = []

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each method was called, from the start."""
        return self._state.counts

    async def start(self) -> None:
        """Listen; sets ``root``."""
        # The bare server, without routing: a bench measures the bot, not this.
        server = web.Server(self._handle, request_factory=_request, access_log=None, keepalive_timeout=600)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.root = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Cut what hangs, and stop listening."""
        self._stopped.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        path = request.path
        if path.startswith(self._bot):
            return await self._call(request, path.removeprefix(self._bot))
        if path.startswith(self._files):
            return await self._download(request, path.removeprefix(self._files))
        if path.startswith("/control/") and self.control is not None:
            return await self.control(request)
        bot, _, method = path.removeprefix("/file").removeprefix("/bot").partition("/")
        if path.startswith(("/bot", "/file/bot")) and method and ":" in bot:
            return _refusal(401, "Unauthorized")
        return _refusal(404, "Not Found")

    async def _call(self, request: web.BaseRequest, name: str) -> web.Response:
        at = self._clock()
        params = await _params(request)
        chat_id = params.chat_id()
        # Telegram does not look at a method's case.
        method = name.lower()
        self._state.counts[name] += 1
        if self._awaited:
            self._tell_waiting()
        fault = self._struck(name, chat_id)
        if fault is not None and not fault.done:
            self._record(name, params, chat_id, at, status=_told(fault), done=False)
            return await self._go_wrong(request, fault)
        if method == "getupdates":
            answer = await self._get_updates(params)
        else:
            answer = self._carry_out(name, method, params, chat_id, at)
            if self.latency:
                await asyncio.sleep(self.latency)
        return answer if fault is None else await self._go_wrong(request, fault)

    def _tell_waiting(self) -> None:
        for method, times, arrived in self._awaited:
            if self._state.counts[method] >= times and not arrived.done():
                arrived.set_result(None)

    async def asked(self, method: str, times: int, deadline: float) -> None:
        """Return once a method was called ``times`` times; ``AssertionError`` after ``deadline`` s."""
        if self._state.counts[method] >= times:
            return
        waiting = (method, times, asyncio.get_running_loop().create_future())
        self._awaited.append(waiting)
        try:
            async with asyncio.timeout(deadline):
                await waiting[2]
        except TimeoutError:
            told = f"{method} was called {self._state.counts[method]} times, not {times}"
            raise AssertionError(told) from None
        finally:
            self._awaited.remove(waiting)

    def _struck(self, method: str, chat_id: int | None) -> Fault | None:
        for fault in self.faults:
            if fault.strikes(method, chat_id):
                self.faulted[fault.kind] += 1
                return fault
        return None

    async def _go_wrong(self, request: web.BaseRequest, fault: Fault) -> web.Response:
        match fault.kind:
            case FaultKind.STATUS:
                return _refusal(fault.status, "Internal Server Error")
            case FaultKind.GARBAGE:
                page = _GARBAGE.format(path=request.path)
                return web.Response(text=page, status=fault.status if fault.status != 500 else 200)
            case FaultKind.FLOOD:
                return _flood(fault.retry_after)
            case FaultKind.SILENT:
                await self._stopped.wait()
            case FaultKind.DROP:
                pass
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _carry_out(
        self,
        name: str,
        method: str,
        params: Params,
        chat_id: int | None,
        at: float,
    ) -> web.Response:
        carry_out = self._methods.by_name.get(method)
        if carry_out is None:
            return _refusal(404, "Not Found")
        try:
            wait = 0
            if chat_id is not None and method.startswith(("sendm", "sendp", "sendd", "editm")):
                wait = self._limits.refuse(chat_id)
            answer = _flood(wait) if wait else _ok(carry_out(params))
        except Refused as refused:
            answer = _refusal(refused.status, refused.description, refused.parameters)
        self._record(name, params, chat_id, at, status=answer.status, done=answer.status == 200)
        return answer

    def _record(
        self,
        name: str,
        params: Params,
        chat_id: int | None,
        at: float,
        *,
        status: int,
        done: bool,
    ) -> None:
        if status != 200:
            self._state.counts[f"{name} {status}"] += 1
        if not self._state.lean and name.lower() != "getupdates":
            self._state.requests.append(Received(name, dict(params.values), chat_id, at, status, done))

    async def _get_updates(self, params: Params) -> web.Response:
        try:
            batch = await self._updates.poll(
                params.number("offset"),
                max(1, min(100, params.number("limit", 100))),
                max(0, params.number("timeout")),
                params.structure("allowed_updates"),
            )
        except Conflicting as conflict:
            return _refusal(409, str(conflict))
        except Refused as refused:
            return _refusal(refused.status, refused.description)
        return web.Response(body=f'{{"ok":true,"result":{batch}}}'.encode(), content_type="application/json")

    async def _download(self, request: web.BaseRequest, path: str) -> web.Response:
        self._state.counts["download"] += 1
        fault = self._struck("download", None)
        if fault is not None:
            return await self._go_wrong(request, fault)
        stored = self._state.files.get(path.partition("/")[2])
        if stored is None:
            return _refusal(404, "Not Found")
        if self.latency:
            await asyncio.sleep(self.latency)
        return web.Response(body=stored.content, content_type="application/octet-stream")


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: Any,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=_LARGEST)


async def _params(request: web.BaseRequest) -> Params:
    query = dict(request.query) if request.query_string else {}
    kind = request.content_type
    if kind == "application/json" and request.can_read_body:
        body = await request.read()
        try:
            values = json.loads(body)
        except ValueError:
            values = {}
        return Params(query | values if query else values)
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return Params(query)
    values, files = query, {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = Upload(value.filename, value.content_type, value.file.read())
        elif isinstance(value, str):
            values[name] = value
        else:
            files[name] = Upload(name, "application/octet-stream", bytes(value))
    return Params(values, files)


def _ok(result: Any) -> web.Response:
    body = json.dumps({"ok": True, "result": result}, ensure_ascii=False)
    return web.Response(body=body.encode(), content_type="application/json")


def _refusal(status: int, description: str, parameters: Json | None = None) -> web.Response:
    told: Json = {"ok": False, "error_code": status, "description": description}
    if parameters:
        told["parameters"] = parameters
    return web.Response(body=json.dumps(told).encode(), status=status, content_type="application/json")


def _flood(seconds: int) -> web.Response:
    return _refusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def _told(fault: Fault) -> int:
    match fault.kind:
        case FaultKind.STATUS:
            return fault.status
        case FaultKind.FLOOD:
            return 429
        case FaultKind.GARBAGE:
            return 200
    return 0
