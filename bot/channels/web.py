"""The web chat as a channel: its messages are rows of a transcript, which browsers follow."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from bot.conversation.vocabulary import (
    Capabilities,
    Incoming,
    IncomingFile,
    IncomingKind,
    Recipient,
    Reply,
    Screen,
)
from bot.delivery.channel import NotSent, Sent
from bot.media.store import MediaStore
from storage.conversation import transcript
from storage.delivery import handouts
from storage.delivery.tables import Lane
from storage.engine import Database, Session
from storage.people.tables import Account

NAME = "web"


class Bell:
    """Rings when a chat has something new, for the browsers that listen in this process."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._listening: dict[int, set[asyncio.Event]] = {}

    def listen(self, account_id: int) -> asyncio.Event:
        """An event that is set whenever the chat changes. Give it back with :meth:`leave`."""
        event = asyncio.Event()
        self._listening.setdefault(account_id, set()).add(event)
        return event

    def leave(self, account_id: int, event: asyncio.Event) -> None:
        """Stop listening."""
        listeners = self._listening.get(account_id, set())
        listeners.discard(event)
        if not listeners:
            self._listening.pop(account_id, None)

    def ring(self, account_id: int) -> None:
        """The chat has changed."""
        for event in self._listening.get(account_id, ()):
            event.set()

    def accounts(self) -> list[int]:
        """The chats that somebody listens to."""
        return list(self._listening)


class WebChannel:
    """The web chat."""

    name = NAME
    capabilities = Capabilities(
        buttons=True,
        edit=True,
        max_text=20_000,
        groups=False,
    )
    is_transcribed = True
    bulk_at_once = 256

    def __init__(
        self,
        database: Database,
        media: MediaStore,
        bell: Bell,
        now: Callable[[], datetime],
        handouts_last: timedelta,
    ) -> None:
        """``bell`` is rung after each commit; ``handouts_last``: how long what is made for one person can be fetched."""
        self._database = database
        self._media = media
        self._bell = bell
        self._now = now
        self._handouts_last = handouts_last
        self._undrawn: dict[int, list[Screen]] = {}
        self._drawing: set[asyncio.Task[None]] = set()

    async def write(
        self,
        session: Session,
        to: Recipient,
        incoming: Incoming | None,
        screens: Sequence[Screen],
        now: datetime,
        *,
        replaces: str = "",
    ) -> str:
        """The bubbles of what came in and of what answers it, with the change itself."""
        if to.account_id is None or await session.get(Account, to.account_id, populate_existing=True) is None:
            return ""  # they have just erased their data: there is no chat any more
        if replaces:
            await self._change(session, to.account_id, int(replaces), screens[0], now)
            return replaces
        bubbles: list[tuple[str, dict[str, Any]]] = []
        fresh = [screen for screen in screens if screen.text]
        if incoming is not None:
            if incoming.message_ref.isdecimal() and fresh and fresh[0].in_place:
                # Where the pressed bubble itself changes, a bubble of one's own saying what was pressed is only noise;
                # the key lets the browser know that its press has arrived.
                key = incoming.key.partition(":")[2]
                changed = await self._change(
                    session, to.account_id, int(incoming.message_ref), fresh[0], now, key
                )
                if changed:
                    fresh.pop(0)
                else:
                    bubbles.append(("in", _incoming_body(incoming)))
            elif incoming.kind is not IncomingKind.START:
                bubbles.append(("in", _incoming_body(incoming)))
        bubbles += [("out", await self._body(session, to.account_id, screen, now)) for screen in fresh]
        if incoming is None:
            # Answers are drawn when they are sent; what the bot says by itself, once it is committed.
            drawn = [screen for screen in fresh if any(picture.drawing for picture in screen.pictures)]
            if drawn:
                self._undrawn.setdefault(to.account_id, []).extend(drawn)
        if not bubbles:
            return incoming.message_ref if incoming else ""
        lines = await transcript.write(session, to.account_id, bubbles, now)
        return str(lines[-1].id)

    async def _change(
        self, session: Session, account_id: int, line_id: int, screen: Screen, now: datetime, key: str = ""
    ) -> bool:
        body = await self._body(session, account_id, screen, now)
        return await transcript.change(
            session, account_id, line_id, {**body, **({"key": key} if key else {})}
        )

    async def _body(self, session: Session, account_id: int, screen: Screen, now: datetime) -> dict[str, Any]:
        """A screen for the transcript. What was made for this person is handed out for a while, and is no part of it."""
        body = screen_body(screen)
        for shown, document in zip(body.get("documents", ()), screen.documents, strict=False):
            if document.content is not None:
                number = await handouts.keep(
                    session,
                    secrets.randbits(62),
                    account_id,
                    document.name,
                    document.content,
                    now + self._handouts_last,
                )
                # As a text: a browser's numbers are shorter.
                shown["handout"] = str(number)
        return body

    async def answer(self, reply: Reply) -> None:
        """It is written already; draw what is to be drawn, and let the browsers know."""
        if reply.to.account_id is None:
            return
        self._bell.ring(reply.to.account_id)
        for screen in reply.screens:
            for picture in screen.pictures:
                if picture.drawing is not None:
                    await self._draw(reply.to.account_id, screen)
                    break

    async def _draw(self, account_id: int, screen: Screen) -> None:
        """Pictures are drawn after the commit; the bubble shows its words meanwhile."""
        body = screen_body(screen)
        async with self._database.read() as session:
            line = await transcript.newest_shown(session, account_id)
            rows = await transcript.last(session, account_id, 20)
        target = next((row for row in reversed(rows) if row.body.get("text") == body["text"]), line)
        if target is None:
            return
        body |= {"documents": target.body["documents"]} if "documents" in target.body else {}
        drawn = []
        for picture, shown in zip(screen.pictures, body["pictures"], strict=True):
            if picture.drawing is not None:
                media_id = await self._media.keep(await asyncio.to_thread(picture.drawing.draw), "image/png")
                shown = {"media": media_id, "alt": picture.alt}  # noqa: PLW2901
                if picture.dark is not None:
                    content = await asyncio.to_thread(picture.dark.draw)
                    shown["dark"] = await self._media.keep(content, "image/png")
            drawn.append(shown)
        async with self._database.write() as session:
            await transcript.change(session, account_id, target.id, {**body, "pictures": drawn})
        self._bell.ring(account_id)

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        """Write a screen by itself."""
        del lane  # there is no rate but the database's own
        async with self._database.write() as session:
            ref = await self.write(session, to, None, [screen], self._now(), replaces=replaces)
        if to.account_id is not None:
            self._bell.ring(to.account_id)
        return Sent(ref)

    def written(self, to: Recipient) -> None:
        """Something was written into the transcript by somebody else's transaction, and is committed."""
        if to.account_id is None:
            return
        self._bell.ring(to.account_id)
        for screen in self._undrawn.pop(to.account_id, ()):
            task = asyncio.create_task(self._draw(to.account_id, screen))
            self._drawing.add(task)
            task.add_done_callback(self._drawing.discard)

    async def drawn(self) -> None:
        """Wait until the pictures of what was written are there."""
        while self._drawing:
            await asyncio.wait(self._drawing)

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        """Uploads are in the store before they come here."""
        raise NotSent(f"{file.name} was not uploaded (at most {limit} bytes)")


def _incoming_body(incoming: Incoming) -> dict[str, Any]:
    body: dict[str, Any] = {"key": incoming.key.partition(":")[2], "text": str(Markup.escape(incoming.text))}
    if incoming.kind is IncomingKind.FILE:
        body["pictures"] = [
            {"media": file.media_id, "alt": file.name}
            for file in incoming.files
            if file.is_picture and file.media_id
        ]
        body["documents"] = [
            {"media": file.media_id, "name": file.name, "size": file.size or 0}
            for file in incoming.files
            if not file.is_picture or not file.media_id
        ]
    return body


def screen_body(screen: Screen) -> dict[str, Any]:
    """A screen as it is kept in the transcript."""
    body: dict[str, Any] = {"text": str(screen.text)}
    # Pictures follow the phone's light or dark here.
    rows = [[choice for choice in row if not choice.for_fixed_ground] for row in screen.rows]
    if screen.rows:
        body["rows"] = [
            [
                {
                    "label": str(choice.label),
                    **({"url": choice.url} if choice.url else {"action": choice.action}),
                }
                for choice in row
            ]
            for row in rows
            if row
        ]
    if screen.pictures:
        body["pictures"] = [
            {"media": picture.media_id, "alt": picture.alt}
            if picture.media_id
            else {"alt": picture.alt, "pending": True}
            for picture in screen.pictures
        ]
    if screen.documents:
        body["documents"] = [
            {
                "name": document.name,
                **(
                    {"media": document.media_id}
                    if document.media_id
                    else {"size": len(document.content or b"")}
                ),
            }
            for document in screen.documents
        ]
    return body
