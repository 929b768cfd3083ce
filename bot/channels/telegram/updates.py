"""What comes in from Telegram: parsed once, taken by long polling or by webhook, confirmed only when committed."""

import asyncio
import hmac
import json
import logging
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Chat, Message, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channels.telegram.channel import NAME, UPDATE_KINDS, TelegramChannel, seconds
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind
from bot.reception.desk import Desk

log = logging.getLogger(__name__)

_POLL_S = 25
#: How many updates one answer may bring.
_AT_ONCE = 100
_WEBHOOK_LONGEST = 1024 * 1024


def parse(update: Update) -> Incoming | None:
    """An update in our own words; None for what concerns nobody (channel posts, a bot's own messages)."""
    user, chat = update.effective_user, update.effective_chat
    if (
        user is None
        or chat is None
        or user.is_bot
        or chat.type not in (Chat.PRIVATE, Chat.GROUP, Chat.SUPERGROUP)
    ):
        return None
    common: dict[str, Any] = {
        "channel": NAME,
        "key": str(update.update_id),
        "order": update.update_id,
        "account": str(user.id),
        "chat": str(chat.id),
        "is_group": chat.type != Chat.PRIVATE,
        "display_name": user.full_name,
        "language": user.language_code or "",
    }
    query = update.callback_query
    if query is not None:
        message = query.message
        return Incoming(
            kind=IncomingKind.ACTION,
            action=query.data or "",
            press_ref=query.id,
            message_ref=str(message.message_id) if message is not None else "",
            **common,
        )
    if update.my_chat_member is not None:
        gone = update.my_chat_member.new_chat_member.status in ("kicked", "left")
        return Incoming(kind=IncomingKind.GONE, **common) if gone else None
    if update.edited_message is not None:
        return Incoming(kind=IncomingKind.UNSUPPORTED, text="edited", **common)
    if update.message is not None:
        return _message(update.message, common)
    return None


def _message(message: Message, common: dict[str, Any]) -> Incoming | None:
    if message.text is not None:
        text = message.text
        if text == "/start" or text.startswith(("/start ", "/start@")):
            return Incoming(kind=IncomingKind.START, payload=text.partition(" ")[2].strip()[:64], **common)
        return Incoming(kind=IncomingKind.TEXT, text=text, **common)
    if message.photo:
        largest = message.photo[-1]
        file = IncomingFile(largest.file_id, "anh.jpg", is_picture=True, size=largest.file_size)
    elif message.document is not None:
        document = message.document
        file = IncomingFile(
            document.file_id,
            document.file_name or "tep",
            is_picture=False,
            size=document.file_size,
            mime=document.mime_type,
        )
    elif message.video is not None:
        file = IncomingFile(
            message.video.file_id,
            message.video.file_name or "video.mp4",
            is_picture=False,
            size=message.video.file_size,
        )
    else:
        return _unsupported(message, common)
    return Incoming(
        kind=IncomingKind.FILE,
        files=(file,),
        text=message.caption or "",
        album=message.media_group_id or "",
        **common,
    )


def _unsupported(message: Message, common: dict[str, Any]) -> Incoming | None:
    for what, found in (
        ("sticker", message.sticker),
        ("voice", message.voice or message.audio or message.video_note),
        ("location", message.location or message.venue),
    ):
        if found is not None:
            return Incoming(kind=IncomingKind.UNSUPPORTED, text=what, **common)
    if common["is_group"]:
        return None  # somebody joined, a title changed
    return Incoming(kind=IncomingKind.UNSUPPORTED, text="this", **common)


def _parsed(update: Update) -> Incoming | None:
    """Like :func:`parse`, for an update of whatever shape: one that cannot be read must not stop those behind it."""
    try:
        return parse(update)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        log.warning("update %s of Telegram could not be read: %s", update.update_id, type(problem).__name__)
        return None


class TelegramPolling:
    """Asks Telegram for updates. What was got is confirmed, by asking for what comes after, once it is committed."""

    def __init__(self, channel: TelegramChannel, desk: Desk) -> None:
        """Updates go to ``desk``."""
        self._channel = channel
        self._desk = desk
        self._offset: int | None = None
        self._stopping = False

    def stop(self) -> None:
        """Take no more; what was taken is finished elsewhere."""
        self._stopping = True

    async def run(self) -> None:
        """Poll until cancelled."""
        wait = 1.0
        while not self._stopping:
            try:
                updates = await self._channel.bot.get_updates(
                    offset=self._offset,
                    limit=_AT_ONCE,
                    timeout=_POLL_S,
                    allowed_updates=list(UPDATE_KINDS),
                    read_timeout=_POLL_S + 10,
                )
            except Conflict:
                log.error(
                    "Telegram: another process polls with the same token, or a webhook is set; trying again in %.0f s",
                    wait,
                )
            except InvalidToken:
                log.error("Telegram refuses the token: check telegram.token; trying again in %.0f s", wait)
            except RetryAfter as problem:
                wait = max(wait, seconds(problem))
            except TelegramError as problem:
                log.warning("Telegram does not answer (%s); trying again in %.0f s", problem, wait)
            else:
                wait = 1.0
                await self._take(updates)
                continue
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30.0)

    async def _take(self, updates: Sequence[Update]) -> None:
        if not updates:
            return
        futures = []
        for update in updates:
            incoming = _parsed(update)
            if incoming is not None:
                futures.append(self._desk.enqueue(incoming))
        await asyncio.gather(*futures)
        self._offset = updates[-1].update_id + 1


class TelegramWebhook:
    """Takes updates that Telegram posts. 200 means that the update is committed."""

    PATH = "/telegram"

    def __init__(self, channel: TelegramChannel, desk: Desk, secret: str) -> None:
        """``secret``: what Telegram sends in its header."""
        self._channel = channel
        self._desk = desk
        self._secret = secret

    def routes(self) -> list[Route]:
        """For the application."""
        return [Route(self.PATH, self.post, methods=["POST"])]

    async def post(self, request: Request) -> Response:
        """One update."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            log.warning("a webhook call without the right secret was refused")
            return Response(status_code=403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _WEBHOOK_LONGEST:
                return Response(status_code=413)
        try:
            update = Update.de_json(json.loads(body), self._channel.bot)
            incoming = parse(update)
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            # What cannot be read now cannot be read at the tenth delivery either.
            log.warning("a webhook call could not be read: %s", type(problem).__name__)
            return Response(status_code=200)
        if incoming is not None:
            await self._desk.accept(incoming)
        return Response(status_code=200)
