"""Telegram as a channel: sending screens over python-telegram-bot's ``Bot``, and naming what went wrong."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from telegram import Bot, BotCommand, InlineKeyboardMarkup, InputMediaPhoto
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.telegram import rendering, request
from bot.config import TelegramSettings
from bot.conversation.vocabulary import (
    Capabilities,
    Document,
    IncomingFile,
    Picture,
    Recipient,
    Reply,
    Screen,
)
from bot.delivery import channel as delivery
from bot.delivery.channel import FileProblem, OwnTranscript, Sent
from bot.delivery.leaving import Leaving
from bot.delivery.pace import Pace
from bot.media.store import MediaStore
from storage.delivery.tables import Lane

log = logging.getLogger(__name__)

NAME = "telegram"

T = TypeVar("T")

#: What is asked for.
UPDATE_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
#: Requests under way at once.
CONNECTIONS = 256
#: Pictures in one album.
_ALBUM = 10


class TelegramChannel(OwnTranscript):
    """One Telegram bot."""

    name = NAME
    capabilities = Capabilities(
        buttons=True,
        edit=True,
        files_in=True,
        files_out=True,
        max_text=rendering.TEXT_LONGEST,
        groups=True,
        may_write_first=False,
    )

    def __init__(self, settings: TelegramSettings, media: MediaStore, pace: Pace) -> None:
        """Nothing is contacted before :meth:`start`."""
        self._pace = pace
        self.bulk_at_once = pace.bulk_at_once
        token = settings.token.get_secret_value()
        self._request = request.AiohttpRequest(connections=CONNECTIONS, proxy=settings.proxy or None)
        self.bot = Bot(
            token,
            base_url=f"{settings.api}/bot",
            base_file_url=f"{settings.api}/file/bot",
            request=self._request,
            get_updates_request=request.AiohttpRequest(connections=2, proxy=settings.proxy or None),
        )
        self._media = media
        self.user_name = ""

    async def start(self) -> None:
        """Open the connections; a Telegram that cannot be reached now will be tried again with each message."""
        # Not Bot.initialize(): that asks getMe, and a bot that cannot reach Telegram must still serve the web chat.
        for transport in (self.bot.request, self.bot._request[0]):  # noqa: SLF001 - the library offers no other way
            await transport.initialize()
        try:
            me = await self.bot.get_me()
            self.user_name = me.username or ""
        except InvalidToken:
            log.error("Telegram refuses the token: check telegram.token (@BotFather gives it)")
        except TelegramError as problem:
            log.warning("Telegram cannot be reached now (%s); going on, and trying again", problem)

    async def stop(self) -> None:
        """Close the connections."""
        for transport in (self.bot.request, self.bot._request[0]):  # noqa: SLF001 - as above
            await transport.shutdown()

    async def offer_commands(self, commands: Sequence[tuple[str, str]], language: str = "") -> None:
        """What Telegram shows behind its menu button, to those whose phone speaks a language (empty: to all)."""
        try:
            await self.bot.set_my_commands(
                [BotCommand(name, words) for name, words in commands], language_code=language or None
            )
        except TelegramError as problem:
            log.warning("Telegram did not take the list of commands: %s", problem)

    async def register(self, address: str, secret: str) -> None:
        """Tell Telegram where to post updates."""
        try:
            await self.bot.set_webhook(
                address, secret_token=secret, max_connections=100, allowed_updates=list(UPDATE_KINDS)
            )
        except TelegramError as problem:
            log.error("Telegram did not take the webhook %s: %s", address, problem)

    # ------------------------------------------------------------ out

    async def answer(self, reply: Reply) -> None:
        """Send the screens of an answer in order; a press is acknowledged beside, so that the phone stops waiting."""
        incoming = reply.incoming
        if not incoming.press_ref:
            problem = await self._collect(reply)
            if problem is not None:
                raise problem
            return
        toast = next((screen.toast for screen in reply.screens if screen.toast), "")
        async with asyncio.TaskGroup() as group:
            group.create_task(self._acknowledge(incoming.press_ref, toast))
            sending = group.create_task(self._collect(reply))
        problem = sending.result()
        if problem is not None:
            raise problem

    async def _collect(self, reply: Reply) -> delivery.SendError | None:
        chat = reply.to.chat
        try:
            for at, screen in enumerate(one for one in reply.screens if one.text):
                replaces = reply.incoming.message_ref if at == 0 and screen.in_place else ""
                await self._show(chat, screen, replaces, Lane.ANSWER)
        except delivery.SendError as problem:
            return problem
        return None

    async def _acknowledge(self, press: str, toast: str) -> None:
        try:
            await self.bot.answer_callback_query(press, text=toast[:200] or None)
        except TelegramError as problem:
            # Too old, or answered before the process died: the message itself is what counts.
            log.debug("a press was not acknowledged: %s", problem)

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        """A screen that answers nothing."""
        return Sent(await self._show(to.chat, screen, replaces, lane))

    async def _show(self, chat: str, screen: Screen, replaces: str, lane: Lane) -> str:
        """Show a screen; gives the id of the message that has its buttons."""
        leaving = Leaving(self._pace, chat, lane, named=_named, is_group=chat.startswith("-"))
        texts = rendering.parts(str(screen.text))
        buttons = rendering.keyboard(screen)
        files = len(screen.pictures) + len(screen.documents)
        if (
            files == 1
            and not replaces
            and len(texts) == 1
            and len(screen.text.striptags()) <= rendering.CAPTION_LONGEST
        ):
            return await self._captioned(leaving, screen, texts[0], buttons)
        ref = ""
        await self._files(leaving, screen)
        for at, words in enumerate(texts):
            is_last = at == len(texts) - 1
            changes = bool(replaces) and at == 0 and len(texts) == 1
            if changes and await self._edit(leaving, replaces, words, buttons):
                return replaces
            message: dict[str, object] = {"chat_id": int(chat), "text": words, "parse_mode": "HTML"}
            if is_last and buttons is not None:
                message["reply_markup"] = buttons
            if not is_last:
                message["disable_notification"] = True
            send = partial(self._request.send_message, self.bot.base_url, message)
            ref = str(await leaving.send(send))
        return ref

    async def _captioned(
        self, leaving: Leaving, screen: Screen, words: str, buttons: dict[str, object] | None
    ) -> str:
        """One file and a few words are one message, which arrives whole or not at all."""
        markup = InlineKeyboardMarkup.de_json(buttons, self.bot) if buttons is not None else None
        common: dict[str, Any] = {"caption": words, "parse_mode": ParseMode.HTML, "reply_markup": markup}
        if screen.pictures:
            content = await self._bytes(screen.pictures[0])
            sent = await leaving.send(partial(self.bot.send_photo, leaving.chat, content, **common))
        else:
            document = screen.documents[0]
            content = await self._content(document)
            sent = await leaving.send(
                partial(self.bot.send_document, leaving.chat, content, filename=document.name, **common)
            )
        return str(sent.message_id)

    async def _edit(self, leaving: Leaving, ref: str, words: str, buttons: dict[str, object] | None) -> bool:
        """Change a message; False when it is not there any more (too old, deleted)."""
        markup = InlineKeyboardMarkup.de_json(buttons, self.bot) if buttons is not None else None
        to: dict[str, Any] = {
            "chat_id": leaving.chat,
            "message_id": int(ref),
            "parse_mode": ParseMode.HTML,
            "reply_markup": markup,
        }
        try:
            await leaving.send(lambda: self.bot.edit_message_text(words, **to))
        except delivery.Rejected as problem:
            if "no text in the message" in str(problem) and len(words) <= rendering.CAPTION_LONGEST:
                # It is a picture with its words below.
                return await self._edit_caption(leaving, words, to)
            return "not modified" in str(problem)
        return True

    async def _edit_caption(self, leaving: Leaving, words: str, to: dict[str, Any]) -> bool:
        try:
            await leaving.send(lambda: self.bot.edit_message_caption(caption=words, **to))
        except delivery.Rejected as problem:
            return "not modified" in str(problem)
        return True

    async def _files(self, leaving: Leaving, screen: Screen) -> None:
        pictures = [await self._bytes(picture) for picture in screen.pictures]
        for at in range(0, len(pictures), _ALBUM):
            some = pictures[at : at + _ALBUM]
            if len(some) == 1:
                await leaving.send(partial(self.bot.send_photo, leaving.chat, some[0]))
            else:
                album = [InputMediaPhoto(content) for content in some]
                await leaving.send(
                    partial(self.bot.send_media_group, leaving.chat, album), messages=len(some)
                )
        for document in screen.documents:
            content = await self._content(document)
            await leaving.send(partial(self.bot.send_document, leaving.chat, content, filename=document.name))

    async def _content(self, document: Document) -> bytes:
        if document.content is None and document.media_id is not None:
            return (await self._media.read(document.media_id))[0]
        return document.content or b""

    async def _bytes(self, picture: Picture) -> bytes:
        if picture.drawing is not None:
            return await asyncio.to_thread(picture.drawing.draw)
        content, _ = await self._media.read(picture.media_id or 0)
        return content

    # ------------------------------------------------------------ in

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        """The bytes of a photo or document."""
        if file.size is not None and file.size > limit:
            raise FileProblem("files.too_big")
        try:
            handle = await self.bot.get_file(file.source)
            return bytes(await handle.download_as_bytearray())
        except request.TooLarge:
            raise FileProblem("files.too_big") from None
        except BadRequest as problem:
            raise FileProblem("files.too_big" if "too big" in str(problem) else "files.unreachable") from None
        except RetryAfter as problem:
            await asyncio.sleep(seconds(problem))
            raise delivery.NotSent("asked to wait") from None
        except TelegramError as problem:
            raise delivery.NotSent(str(problem)) from None


def seconds(problem: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    wait = problem.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


async def _named(send: Callable[[], Awaitable[T]]) -> T:
    """Do a request; what Telegram or the network says no with becomes one of our own errors."""
    try:
        return await send()
    except RetryAfter as problem:
        raise delivery.TryLater(seconds(problem)) from None
    except ChatMigrated as problem:
        raise delivery.Moved(str(problem.new_chat_id)) from None
    except Forbidden as problem:
        raise delivery.Unreachable(str(problem)) from None
    except request.NotSent as problem:
        raise delivery.NotSent(str(problem)) from None
    except BadRequest as problem:
        if "chat not found" in str(problem).lower():
            raise delivery.Unreachable(str(problem)) from None
        raise delivery.Rejected(str(problem)) from None
    except (TimedOut, request.MaybeSent, NetworkError) as problem:
        raise delivery.Uncertain(str(problem)) from None
    except TelegramError as problem:
        raise delivery.Rejected(str(problem)) from None
