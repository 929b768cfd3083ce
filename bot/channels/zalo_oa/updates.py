"""What comes in from Zalo: proved to be Zalo's before it is read, parsed once, confirmed only when committed.

Zalo wants an answer within two seconds, posts an event again after half a minute, and after 5, 15, 30 and 60 minutes
more, and then switches the webhook off. So an event is answered with 200 as soon as it is committed; one that cannot be
committed in time is answered with 503, and is the same event when it comes again.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.zalo_oa.channel import NAME
from bot.clock import Clock
from bot.config import ZaloOaSettings
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind
from bot.reception.desk import Desk

log = logging.getLogger(__name__)

#: Bytes of an event.
_LONGEST = 256 * 1024
#: Seconds within which an event has to be committed: Zalo waits for two.
_ANSWER_WITHIN_S = 1.5
#: What is older was answered long ago, or is replayed: the inbox remembers what came for two days.
_OLDEST = timedelta(hours=24)
#: Times stand in the part that is signed; the signature is looked at before the JSON is.
_TIMES = re.compile(rb'"timestamp"\s*:\s*"?(\d{1,20})"?')
_TIMES_TRIED = 3

_UNSUPPORTED = {
    "user_send_sticker": "sticker",
    "user_send_gif": "sticker",
    "user_send_audio": "voice",
    "user_send_location": "location",
    "user_send_business_card": "this",
}
_FILES = {"user_send_image": "anh.jpg", "user_send_file": "tep", "user_send_video": "video.mp4"}
#: What the account itself did, what happens in groups, and what tells nothing that the bot would use.
_OF_NO_CONCERN = re.compile(
    r"oa_.*|user_(seen|received|reacted|click|call|submit|send_group|asking)\w*|anonymous_\w*|\w*_?group\w*"
    r"|(add|remove)_user_\w+|change_\w+"
)
#: An account's id and an event's key are kept in columns of these lengths.
_ID_LONGEST, _KEY_LONGEST = 64, 80


def is_signed(body: bytes, header: str, settings: ZaloOaSettings) -> str | None:
    """The time that an event was signed with; None when Zalo did not sign it.

    The signature is a plain SHA-256 of app id, body, time and secret. Accounts are known that sign with their own id in
    the app's place, so where the settings name it, that is taken as well.
    """
    given = header.strip().removeprefix("mac=").strip().lower().encode()
    key = settings.signing_key.encode()
    times = dict.fromkeys(_TIMES.findall(body))
    for moment in list(times)[:_TIMES_TRIED]:
        for name in filter(None, (settings.app_id, settings.oa_id)):
            right = hashlib.sha256(name.encode() + body + moment + key).hexdigest()
            if hmac.compare_digest(given, right.encode()):
                return str(moment, "ascii")
    return None


def parse(event: dict[str, Any], moment: str) -> Incoming | None:
    """An event in our own words; None for what concerns nobody. Raises ``ValueError`` for what cannot be read.

    ``moment``: the time that it was signed with, in milliseconds.
    """
    name = _word(event.get("event_name"))
    message = _object(event.get("message"))
    who = _object(event.get("follower") if name in ("follow", "unfollow") else None) or _object(
        event.get("sender")
    )
    account = _word(who.get("id"))
    if not name or not 0 < len(account) <= _ID_LONGEST:
        raise ValueError("an event has a name and is somebody's")
    key = message.get("msg_id") or message.get("message_id") or f"{name}:{account}:{moment}"
    common: dict[str, Any] = {
        "channel": NAME,
        "key": _key(str(key)),
        "order": int(moment),
        "account": account,
        "chat": account,
        "display_name": _word(who.get("display_name")),
        "written_ms": int(moment) if len(moment) > 11 else int(moment) * 1000,
    }
    if name == "follow":
        return Incoming(kind=IncomingKind.START, **common)
    if name == "unfollow":
        return Incoming(kind=IncomingKind.GONE, **common)
    if name in _UNSUPPORTED:
        return Incoming(kind=IncomingKind.UNSUPPORTED, text=_UNSUPPORTED[name], **common)
    text = message.get("text")
    text = text if isinstance(text, str) else ""
    attached = _attached(message)
    if name in _FILES:
        files = tuple(_file(one, name) for one in attached)
        if not files:
            return Incoming(kind=IncomingKind.UNSUPPORTED, text="this", **common)
        return Incoming(kind=IncomingKind.FILE, files=files, text=text, **common)
    if name in ("user_send_text", "user_send_link"):
        # A link is words like others: it is shown to whoever reads them, and never opened here.
        words = text or next((_word(one["url"]) for one in attached), "")
        return Incoming(kind=IncomingKind.TEXT, text=words, **common)
    return None


def is_known(name: str) -> bool:
    """Whether an event that leads to nothing is one that is known to."""
    return _OF_NO_CONCERN.fullmatch(name) is not None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str:
    """A text without what no database keeps and no address has; empty for anything else."""
    return "".join(char for char in value if char.isprintable()) if isinstance(value, str) else ""


def _attached(message: dict[str, Any]) -> list[dict[str, Any]]:
    """What is attached, as far as it has an address."""
    found = message.get("attachments")
    payloads = [_object(_object(one).get("payload")) for one in found] if isinstance(found, list) else []
    return [payload for payload in payloads if _word(payload.get("url"))]


def _file(payload: dict[str, Any], event: str) -> IncomingFile:
    size = str(payload.get("size", ""))
    return IncomingFile(
        _word(payload["url"]),
        _word(payload.get("name")) or _FILES[event],
        is_picture=event == "user_send_image",
        size=int(size) if size.isdecimal() else None,
    )


def _key(key: str) -> str:
    if len(key) <= _KEY_LONGEST and key.isprintable():
        return key
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


class ZaloOaWebhook:
    """Takes events that Zalo posts. 200 means that the event is committed."""

    PATH = "/zalo-oa"

    def __init__(
        self,
        settings: ZaloOaSettings,
        desk: Desk,
        clock: Clock,
        *,
        answer_within_s: float = _ANSWER_WITHIN_S,
    ) -> None:
        """Events go to ``desk``."""
        self._settings = settings
        self._desk = desk
        self._clock = clock
        self._answer_within_s = answer_within_s
        self._unknown: set[str] = set()
        #: What became of the calls: taken, refused, old, elsewhere, unreadable, unknown, late.
        self.counts: Counter[str] = Counter()

    def routes(self) -> list[Route]:
        """For the application."""
        routes = [Route(self.PATH, self.post, methods=["POST"]), Route(self.PATH, self.look, methods=["GET"])]
        code = self._settings.domain_code
        if code:
            routes.append(Route(f"/zalo_verifier{code}.html", self.domain, methods=["GET"]))
        return routes

    async def look(self, _request: Request) -> Response:
        """Whether somebody is here, as Zalo's page may ask when the address is put in."""
        return PlainTextResponse("ok")

    async def domain(self, _request: Request) -> Response:
        """The page by which Zalo sees that the domain is ours."""
        code = escape(self._settings.domain_code)
        return HTMLResponse(
            f'<!doctype html><meta name="zalo-platform-site-verification" content="{code}"><title>Zalo</title>'
        )

    async def post(self, request: Request) -> Response:
        """One event."""
        body = b""
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > _LONGEST:
                    self.counts["refused"] += 1
                    return Response(status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)
        if not body:
            return Response(status_code=200)
        moment = is_signed(body, request.headers.get("x-zevent-signature", ""), self._settings)
        if moment is None:
            self.counts["refused"] += 1
            log.warning(
                "a call without Zalo's signature was refused (%d so far); if they are Zalo's own, "
                "check zalo_oa.app_id and zalo_oa.oa_secret_key",
                self.counts["refused"],
            )
            return Response(status_code=403)
        incoming = self._read(body, moment)
        if incoming is None:
            # What cannot be used now cannot be used at the sixth delivery either.
            return Response(status_code=200)
        return await self._take(incoming)

    def _read(self, body: bytes, moment: str) -> Incoming | None:
        try:
            event = json.loads(body)
            if not isinstance(event, dict) or str(event.get("timestamp")) != moment:
                raise ValueError("an event is an object with the time that it was signed with")
            if self._is_old(int(moment)):
                self.counts["old"] += 1
                log.warning("an event from Zalo that is older than a day was passed over")
                return None
            if self._is_of_another(event):
                self.counts["elsewhere"] += 1
                return None
            incoming = parse(event, moment)
        except (ValueError, RecursionError, OverflowError, OSError) as problem:
            self.counts["unreadable"] += 1
            log.warning("an event from Zalo could not be read (%s)", type(problem).__name__)
            return None
        if incoming is None:
            self._passed_over(str(event["event_name"])[:60])
        return incoming

    def _is_of_another(self, event: dict[str, Any]) -> bool:
        """Whether it happened on another account of the same app, as far as the settings name ours."""
        account = _word(event.get("oa_id")) or _word(_object(event.get("recipient")).get("id"))
        return bool(self._settings.oa_id and account) and account != self._settings.oa_id

    def _passed_over(self, name: str) -> None:
        if is_known(name):
            return
        self.counts["unknown"] += 1
        if name not in self._unknown and len(self._unknown) < 100:
            self._unknown.add(name)
            log.info("Zalo sends an event that the bot has no use for: %r", name)

    def _is_old(self, moment: int) -> bool:
        # Zalo counts milliseconds; seconds are told from them by their size.
        seconds = moment / 1000 if moment > 10**11 else float(moment)
        return datetime.fromtimestamp(seconds, UTC) < self._clock.now() - _OLDEST

    async def _take(self, incoming: Incoming) -> Response:
        done = self._desk.enqueue(incoming)
        await asyncio.wait({done}, timeout=self._answer_within_s)
        if done.done():
            self.counts["taken"] += 1
            return Response(status_code=200)
        self.counts["late"] += 1
        log.error(
            "an event from Zalo could not be stored in time; Zalo will send it again, and switches the webhook off "
            "when that goes on for an hour"
        )
        return Response(status_code=503)
