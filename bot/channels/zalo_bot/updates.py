"""What comes in from Zalo: parsed once, taken by long polling or by webhook, and stored before anything else.

Zalo hands out one update for each poll, and never again. So a poll follows only when the update before it is
committed: what a kill can lose is the one that was on its way.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.zalo_bot.channel import NAME
from bot.channels.zalo_bot.client import WAIT_S, Client, Refused
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind
from bot.delivery.channel import SendError
from bot.reception.desk import Desk

log = logging.getLogger(__name__)

#: How long Zalo is asked to hold a poll, in seconds, and how long it is waited for.
_POLL_S: Final = 30
_PATIENCE_S: Final = 45.0
#: Zalo's answer to a poll during which nothing happened.
_NOTHING: Final = 408
_LONGEST_WAIT_S: Final = 30.0
_WEBHOOK_LONGEST: Final = 1024 * 1024
_HEADER: Final = "x-bot-api-secret-token"
#: Columns that these are kept in are as long as this.
_LONGEST_ID: Final = 60

#: What the bot cannot take, by the event's name, in the words of ``files.not_*``.
_NOT_TAKEN: Final = {
    "message.sticker.received": "sticker",
    "message.voice.received": "voice",
    "message.unsupported.received": "this",
}


#: Kinds of chat that are known; what happens in any other concerns nobody here.
_CHATS: Final = frozenset({"PRIVATE", "GROUP"})


class Unreadable(ValueError):
    """An update of a shape that is not known."""


def parse(body: object) -> Incoming | None:
    """An update in our own words; None for what concerns nobody. Raises :class:`Unreadable`.

    Zalo documents it wrapped (``{"ok": true, "result": {...}}``) and has sent it flat.
    """
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if isinstance(body, Mapping) and isinstance(body.get("result"), Mapping):
        body = body["result"]
    if not isinstance(body, Mapping) or not isinstance(body.get("message"), Mapping):
        raise Unreadable("there is no message in it")
    event, message = str(body.get("event_name", "")), body["message"]
    sender, chat = message.get("from"), message.get("chat")
    if not isinstance(sender, Mapping) or not isinstance(chat, Mapping):
        raise Unreadable("nobody sent it")
    if sender.get("is_bot") is True or chat.get("chat_type", "PRIVATE") not in _CHATS:
        return None
    written_ms = _whole(message.get("date"))
    common: dict[str, Any] = {
        "channel": NAME,
        "key": _id(message, "message_id"),
        "order": written_ms,
        "account": _id(sender, "id"),
        "chat": _id(chat, "id"),
        "is_group": chat.get("chat_type") == "GROUP",
        "display_name": str(sender.get("display_name", ""))[:200],
        "written_ms": written_ms,
    }
    text = message.get("text")
    if isinstance(text, str) and text and event in ("message.text.received", ""):
        return _said(text, common)
    photo = message.get("photo_url") or message.get("photo")
    if isinstance(photo, str) and photo:
        caption = message.get("caption")
        return Incoming(
            kind=IncomingKind.FILE,
            files=(IncomingFile(photo, "anh.jpg", is_picture=True),),
            text=caption if isinstance(caption, str) else "",
            **common,
        )
    if common["is_group"]:
        return None
    return Incoming(kind=IncomingKind.UNSUPPORTED, text=_NOT_TAKEN.get(event, "this"), **common)


def _said(text: str, common: dict[str, Any]) -> Incoming:
    if text == "/start" or text.startswith("/start "):
        return Incoming(kind=IncomingKind.START, payload=text.partition(" ")[2].strip()[:64], **common)
    return Incoming(kind=IncomingKind.TEXT, text=text, **common)


def _id(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str | int) or isinstance(value, bool) or not 0 < len(str(value)) <= _LONGEST_ID:
        raise Unreadable(f"{name} is no id")
    return str(value)


def _whole(value: object) -> int:
    """Milliseconds of the epoch; 0 when they are none."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15 else 0


def _read(body: object) -> Incoming | None:
    """Like :func:`parse`, for an update of whatever shape: one that cannot be read must not stop those behind it."""
    try:
        return parse(body)
    except Unreadable as problem:
        log.warning("an update of Zalo could not be read: %s", problem)
        return None


class ZaloBotPolling:
    """Asks Zalo for updates, one after the other."""

    def __init__(self, client: Client, desk: Desk) -> None:
        """Updates go to ``desk``."""
        self._client = client
        self._desk = desk
        self._stopping = False

    def stop(self) -> None:
        """Take no more; what was taken is finished elsewhere."""
        self._stopping = True

    async def run(self) -> None:
        """Poll until cancelled or stopped."""
        wait = 1.0
        while not self._stopping:
            try:
                update = await self._client.call(
                    "getUpdates", {"timeout": str(_POLL_S)}, patience_s=_PATIENCE_S
                )
            except Refused as refused:
                if refused.code == _NOTHING:
                    wait = 1.0
                    continue
                if refused.code == 401:
                    log.error("Zalo refuses the token: check zalo_bot.token; trying again in %.0f s", wait)
                else:
                    log.warning("Zalo refuses to give updates (%s); trying again in %.0f s", refused, wait)
                if refused.code == 429:
                    wait = max(wait, WAIT_S)
            except SendError as problem:
                log.warning("Zalo does not answer (%s); trying again in %.0f s", problem, wait)
            else:
                wait = 1.0
                incoming = _read(update) if update else None
                if incoming is not None:
                    await self._desk.accept(incoming)
                continue
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_S)


class ZaloBotWebhook:
    """Takes updates that Zalo posts. 200 means that the update is committed."""

    PATH: Final = "/zalo-bot"

    def __init__(self, desk: Desk, secret: str) -> None:
        """``secret``: what Zalo sends in its header."""
        self._desk = desk
        self._secret = secret
        #: Calls without the right secret, since the start.
        self.refused = 0

    def routes(self) -> list[Route]:
        """For the application."""
        return [Route(self.PATH, self.post, methods=["POST"])]

    async def post(self, request: Request) -> Response:
        """One update."""
        given = request.headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            self.refused += 1
            log.warning(
                "a call to Zalo's webhook without the right secret was refused (%d so far)", self.refused
            )
            return Response(status_code=403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _WEBHOOK_LONGEST:
                return Response(status_code=413)
        if not body.strip():
            return Response(status_code=200)  # Zalo looks whether somebody is there
        try:
            incoming = _read(json.loads(body))
        except (ValueError, RecursionError):
            # What cannot be read now cannot be read at the tenth delivery either.
            log.warning("a call to Zalo's webhook could not be read (%d bytes)", len(body))
            return Response(status_code=200)
        if incoming is not None:
            await self._desk.accept(incoming)
        return Response(status_code=200)
