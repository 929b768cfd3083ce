"""The HTTP side of the imitation: which requests Zalo takes, and with what number it refuses the others."""

import asyncio
import hashlib
import hmac
import json
import unicodedata
from collections import Counter, deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from tests.fakes.zalo_oa_people import Button, Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.control import Controls
    from tests.fakes.zalo_oa import FakeZaloOa, Fault
    from tests.fakes.zalo_oa_people import Person

Json = dict[str, Any]

_MEGABYTE = 1024 * 1024
_FREE, _TAKEN = timedelta(hours=48), timedelta(days=7)
_BUTTON_KINDS = ("oa.query.show", "oa.query.hide", "oa.open.url")


class Refused(Exception):
    """An error of Zalo's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class ZaloServer:
    """Answers for openapi.zalo.me, oauth.zaloapp.com and the server of people's photos, on 127.0.0.1."""

    def __init__(self, zalo: "FakeZaloOa") -> None:
        self.root = ""
        #: Seconds between a request taking effect and its answer.
        self.latency = 0.0
        #: How often each address was asked.
        self.counts: Counter[str] = Counter()
        #: Tell of each message that somebody gets: their id, and its text.
        self.on_shown: list[Callable[[str, str], None]] = []
        #: Answers what comes under /control/, if anything shall.
        self.control: Controls | None = None
        self._zalo = zalo
        self._runner: web.ServerRunner | None = None
        self._stopped = asyncio.Event()
        self._calls: deque[datetime] = deque()

    async def start(self) -> None:
        """Listen on a free port; sets ``root``."""
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.root = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Let go of what hangs, and stop."""
        self._stopped.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path in self._zalo.files:
            content, mime = self._zalo.files[request.path]
            return web.Response(body=content, content_type=mime)
        if request.path.startswith("/control/") and self.control is not None:
            return await self.control(request)
        self.counts[request.path] += 1
        fault = self._zalo.fault_for(request.path)
        if fault is not None and fault.kind != "cut":
            return await self._wrong(fault)
        try:
            answer = await self._done(request)
        except Refused as problem:
            # Zalo's errors come with status 200.
            answer = {"error": problem.code, "message": str(problem)}
        if self.latency:
            await asyncio.sleep(self.latency)
        if fault is not None:
            assert request.transport is not None
            request.transport.close()
        return web.json_response(answer)

    async def _wrong(self, fault: "Fault") -> web.StreamResponse:
        if fault.kind == "hang":
            await self._stopped.wait()
        if fault.kind == "status":
            return web.Response(status=fault.code, text="<html>Bad Gateway</html>", content_type="text/html")
        if fault.kind == "garbage":
            return web.Response(text="<html>Zalo</html>", content_type="text/html")
        return web.json_response({"error": fault.code, "message": "as the test wants it"})

    async def _done(self, request: web.BaseRequest) -> Json:
        path = request.path
        if request.method != "POST":
            raise Refused(-233, "method is not supported")
        if path == "/v4/oa/access_token":
            return await self._token(request)
        self._within_rate()
        self._with_access(request)
        if path == "/v3.0/oa/message/cs":
            return {"error": 0, "message": "Success", "data": self._message(await self._json(request))}
        if path == "/v3.0/oa/message/template":
            return {"error": 0, "message": "Success", "data": self._template(await self._json(request))}
        for kind in ("image", "file"):
            if path in (f"/v2.0/oa/upload/{kind}", f"/v3.0/oa/upload/{kind}"):
                return {"error": 0, "message": "Success", "data": await self._upload(request, kind)}
        raise Refused(-404, f"no such api: {path}")

    # tokens

    async def _token(self, request: web.BaseRequest) -> Json:
        if request.content_type != "application/x-www-form-urlencoded":
            return {"error": -14001, "error_name": "Invalid content type"}
        form = await request.post()
        account = self._zalo.account
        if request.headers.get("secret_key") != account.app_secret or form.get("app_id") != account.app_id:
            return {"error": -14004, "error_name": "Invalid secret key"}
        if form.get("grant_type") != "refresh_token":
            return {"error": -14005, "error_name": "Invalid grant type"}
        return self._zalo.renew(str(form.get("refresh_token")))

    def _with_access(self, request: web.BaseRequest) -> None:
        access = request.headers.get("access_token", "")
        until = self._zalo.accesses.get(access)
        if until is None or self._zalo.clock.now() >= until:
            raise Refused(-216, "Access token is invalid")
        account = self._zalo.account
        proof = hmac.new(account.app_secret.encode(), access.encode(), hashlib.sha256).hexdigest()
        if request.headers.get("appsecret_proof", "" if account.wants_proof else proof) != proof:
            raise Refused(-242, "Invalid appsecret_proof provided in the API argument")

    def _within_rate(self) -> None:
        now = self._zalo.clock.now()
        while self._calls and self._calls[0] <= now - timedelta(minutes=1):
            self._calls.popleft()
        if len(self._calls) >= self._zalo.account.per_minute:
            raise Refused(-32, "Your application reached limit call api")
        self._calls.append(now)

    async def _json(self, request: web.BaseRequest) -> Json:
        if request.content_type != "application/json":
            raise Refused(-201, "content type is invalid!")
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise Refused(-201, "body is invalid!") from None
        if not isinstance(body, dict):
            raise Refused(-201, "body is invalid!")
        self._zalo.requests.append((request.path, body))
        return body

    # messages

    def _message(self, body: Json) -> Json:
        account = self._zalo.account
        if not account.is_verified:
            raise Refused(-221, "The OA needs to be verified to use this feature")
        if not account.has_package:
            raise Refused(-224, "The OA needs to upgrade OA Tier Package")
        person = self._person(body.get("recipient", {}).get("user_id"))
        message = self._read(body.get("message"))
        seen = person.last_seen
        if seen is None:
            raise Refused(-232, "User has not interacted with the OA, or the last interaction has expired")
        silent = self._zalo.clock.now() - seen
        if silent >= _TAKEN:
            raise Refused(-230, "User has not interacted with the OA in the past 7 days")
        if silent >= _FREE:
            self._zalo.billed += 1
        return self._shown(person, message)

    def _template(self, body: Json) -> Json:
        person = self._person(body.get("user_id"))
        fields = self._zalo.account.templates.get(str(body.get("template_id")))
        if fields is None:
            raise Refused(-109, "Template ID invalid")
        data = body.get("template_data")
        if not isinstance(data, dict) or set(data) != set(fields):
            raise Refused(-1122, "Missing template parameter")
        if any(len(str(value)) > 200 for value in data.values()):
            raise Refused(-1121, "Parameter data exceeds max length")
        self._zalo.billed += 1
        return self._shown(person, Message(" ".join(str(value) for value in data.values())))

    def _person(self, user_id: object) -> "Person":
        if not isinstance(user_id, str):
            raise Refused(-201, "user_id is invalid!")
        person = self._zalo.find(user_id)
        if person is None:
            raise Refused(-201, "user_id is invalid!")
        if person.is_inactive:
            raise Refused(-227, "User is banned or has been inactive for more than 45 days")
        if person.has_left:
            raise Refused(-213, "User has not followed OA")
        return person

    def _shown(self, person: "Person", message: Message) -> Json:
        message_id = self._zalo.number()
        person.gets(message)
        for see in self.on_shown:
            see(person.id, message.text)
        return {"message_id": message_id, "user_id": person.id}

    def _read(self, message: object) -> Message:
        if not isinstance(message, dict):
            raise Refused(-201, "message is invalid!")
        text = self._text(message.get("text", ""))
        attachment = message.get("attachment")
        if attachment is None:
            if not text:
                raise Refused(-201, "text is invalid!")
            return Message(text)
        payload = attachment.get("payload", {})
        if attachment.get("type") == "file":
            upload = self._uploaded("file", payload.get("token"))
            return Message(text, document=(upload.name, upload.content))
        if attachment.get("type") != "template":
            raise Refused(-201, "attachment.type is invalid!")
        if payload.get("template_type") == "button":
            return Message(self._text(payload.get("text"), needed=True), buttons=self._buttons(payload))
        if payload.get("template_type") == "media":
            (element,) = payload["elements"]
            if element.get("media_type") != "image" or "url" in element:
                raise Refused(-201, "elements is invalid!")
            return Message(text, picture=self._uploaded("image", element.get("attachment_id")).content)
        raise Refused(-201, "template_type is invalid!")

    def _text(self, text: object, *, needed: bool = False) -> str:
        if not isinstance(text, str) or (needed and not text):
            raise Refused(-201, "text is invalid!")
        # What looks alike may be written longer: the limit is on what was sent.
        if len(text.encode("utf-16-le")) // 2 > 2000 or text != unicodedata.normalize("NFC", text):
            raise Refused(-210, "text exceeds allowable limit")
        return text

    def _buttons(self, payload: Json) -> tuple[Button, ...]:
        buttons = payload.get("buttons")
        if not isinstance(buttons, list) or not 0 < len(buttons) <= 5:
            raise Refused(-201, "buttons is invalid!")
        found = []
        for button in buttons:
            kind, title, given = button.get("type"), button.get("title"), button.get("payload")
            if kind not in _BUTTON_KINDS or not isinstance(title, str) or not 0 < len(title) <= 100:
                raise Refused(-201, "buttons is invalid!")
            if kind == "oa.open.url":
                found.append(Button(title, url=str(given["url"])))
            elif isinstance(given, str) and 0 < len(given) <= 1000:
                found.append(Button(title, given))
            else:
                raise Refused(-201, "buttons.payload is invalid!")
        return tuple(found)

    # files

    async def _upload(self, request: web.BaseRequest, kind: str) -> Json:
        reader = await request.multipart()
        part = await reader.next()
        if not isinstance(part, BodyPartReader) or part.name != "file":
            raise Refused(-201, "file is invalid!")
        name, content = part.filename or "", bytes(await part.read())
        ending = name.rpartition(".")[2].lower()
        if kind == "image":
            if not content.startswith((b"\xff\xd8", b"\x89PNG")) or ending not in ("jpg", "jpeg", "png"):
                raise Refused(-201, "file is invalid!")
            if len(content) > _MEGABYTE:
                raise Refused(-210, "file exceeds allowable limit")
            return {"attachment_id": self._zalo.upload(kind, name, content)}
        if ending not in ("pdf", "doc", "docx", "csv"):
            raise Refused(-201, "file is invalid!")
        if len(content) > 5 * _MEGABYTE:
            raise Refused(-210, "file exceeds allowable limit")
        return {"token": self._zalo.upload(kind, name, content)}

    def _uploaded(self, kind: str, token: object) -> Any:
        upload = self._zalo.uploads.get(str(token))
        if upload is None or upload.kind != kind:
            raise Refused(-201, "attachment_id is invalid!")
        if self._zalo.clock.now() >= upload.until:
            raise Refused(-100, "attachment_id was expired")
        return upload
