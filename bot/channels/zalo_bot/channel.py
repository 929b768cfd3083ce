"""A Zalo bot as a channel: screens as plain text, pictures and documents by links of ours."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from markupsafe import Markup

from bot.channels.fetching import Fetcher
from bot.channels.handing_out import HandingOut
from bot.channels.plain import length, parts, plain
from bot.channels.zalo_bot.client import Client, Refused
from bot.channels.zalo_bot.plan import Plan
from bot.conversation.vocabulary import (
    Capabilities,
    Document,
    IncomingFile,
    Picture,
    Recipient,
    Reply,
    Screen,
)
from bot.delivery.channel import OwnTranscript, Rejected, SendError, Sent
from bot.delivery.leaving import Leaving
from bot.delivery.pace import Pace
from bot.texts import Texts
from storage.delivery.tables import Lane

log = logging.getLogger(__name__)

NAME = "zalo_bot"

#: Characters of a message, and of the words below a picture.
TEXT_LONGEST = 2_000


class ZaloBotChannel(OwnTranscript):
    """One bot of the Zalo Bot Platform."""

    name = NAME
    capabilities = Capabilities(
        buttons=False,
        edit=False,
        files_in=True,
        files_out=False,
        max_text=TEXT_LONGEST,
        groups=False,
        may_write_first=False,
    )

    def __init__(
        self,
        client: Client,
        fetcher: Fetcher,
        handing_out: HandingOut,
        pace: Pace,
        plan: Plan,
        texts: Texts,
    ) -> None:
        """Nothing is contacted before :meth:`start`."""
        self._client = client
        self._fetcher = fetcher
        self._handing_out = handing_out
        self._pace = pace
        self._plan = plan
        self._texts = texts
        self.bulk_at_once = pace.bulk_at_once

    async def start(self) -> None:
        """Open the connections; a Zalo that cannot be reached now is tried again with each message."""
        await self._client.start()
        await self._fetcher.start()
        try:
            me = await self._client.call("getMe")
        except (Refused, SendError) as problem:
            is_wrong = isinstance(problem, Refused) and problem.code == 401
            log.error(
                "Zalo refuses the token: check zalo_bot.token"
                if is_wrong
                else "Zalo cannot be reached now (%s); going on, and trying again",
                *(() if is_wrong else (problem,)),
            )
        else:
            log.info("Zalo knows the bot as %s", me.get("account_name", "") if isinstance(me, dict) else "")

    async def stop(self) -> None:
        """Close the connections."""
        await self._client.stop()
        await self._fetcher.stop()

    # ------------------------------------------------------------ out

    async def answer(self, reply: Reply) -> None:
        """Send the screens of an answer in order."""
        leaving = Leaving(self._pace, reply.to.chat, Lane.ANSWER)
        for screen in reply.screens:
            if screen.text:
                await self._show(leaving, reply.to, screen)

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        """A screen that answers nothing. Nothing that was sent can be changed here."""
        del replaces
        if lane in (Lane.REMINDER, Lane.BROADCAST):
            await self._plan.check_bulk()
        return Sent(await self._show(Leaving(self._pace, to.chat, lane), to, screen))

    async def _show(self, leaving: Leaving, to: Recipient, screen: Screen) -> str:
        """Send a screen; gives the id of its last message."""
        text = plain(await self._with_documents(to, screen))
        pictures = list(screen.pictures)
        ref = ""
        if len(pictures) == 1 and length(text) <= TEXT_LONGEST:
            return await self._picture(leaving, pictures[0], text)
        for picture in pictures:
            await self._picture(leaving, picture, "")
        for part in parts(text, TEXT_LONGEST):
            ref = await self._text(leaving, part)
        return ref

    async def _text(self, leaving: Leaving, text: str) -> str:
        call = partial(self._client.do, "sendMessage", {"chat_id": leaving.chat, "text": text})
        return await self._send(leaving, call)

    async def _picture(self, leaving: Leaving, picture: Picture, words: str) -> str:
        """A picture with its words; where Zalo does not take it, its address and the words."""
        address = await self._handing_out.picture(picture)
        taken = True

        async def show() -> object:
            nonlocal taken
            caption = {"caption": words} if words else {}
            try:
                return await self._client.do(
                    "sendPhoto", {"chat_id": leaving.chat, "photo": address, **caption}
                )
            except Rejected as problem:
                log.warning("Zalo did not take a picture (%s); its address is sent instead", problem)
            taken = False
            text = parts(f"{picture.alt}: {address}", TEXT_LONGEST)[0]
            return await self._client.do("sendMessage", {"chat_id": leaving.chat, "text": text})

        ref = await self._send(leaving, show)
        for part in parts("" if taken else words, TEXT_LONGEST):
            ref = await self._text(leaving, part)
        return ref

    async def _send(self, leaving: Leaving, request: Callable[[], Awaitable[object]]) -> str:
        """Do a request that makes one message; gives its id."""
        await self._plan.count()
        sent = await leaving.send(request)
        return str(sent.get("message_id", "")) if isinstance(sent, dict) else ""

    async def _with_documents(self, to: Recipient, screen: Screen) -> Markup:
        """The text with where its documents are."""
        lines = [await self._link(to, document) for document in screen.documents]
        return Markup("\n").join(lines) + Markup("\n\n") + screen.text if lines else screen.text

    async def _link(self, to: Recipient, document: Document) -> Markup:
        address, until = await self._handing_out.document(document, to.account_id)
        say = self._texts.say(to.language)
        return say("files.link", name=document.name, url=address, until=say.moment(until))

    # ------------------------------------------------------------ in

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        """The bytes of a photo, from the address that Zalo gave."""
        return await self._fetcher.fetch(file, limit)
