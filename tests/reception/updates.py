"""Updates as they come in, as tests hand them to a desk."""

from dataclasses import replace

from sqlalchemy import select

from bot.channels.web import NAME as WEB
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind
from storage.conversation.tables import Conversation, Inbox, InboxState
from tests.talk import Stage, WebPerson


def said(person: WebPerson, text: str, key: str, channel: str = WEB) -> Incoming:
    account = person.account
    return Incoming(
        channel, f"{account.id}:{key}", 1, IncomingKind.TEXT, account.external_id, account.chat_id, text=text
    )


def from_elsewhere(person: WebPerson) -> Incoming:
    """A photo that is still to be fetched."""
    files = (IncomingFile("elsewhere", "anh.jpg", is_picture=True),)
    return replace(said(person, "", "photo-0001"), kind=IncomingKind.FILE, files=files)


async def step(bot: Stage, person: WebPerson) -> str | None:
    async with bot.bot.database.read() as session:
        form = (await session.get_one(Conversation, person.account.person_id)).form
    return form["step"] if form else None


async def state_of(bot: Stage, incoming: Incoming) -> InboxState | None:
    async with bot.bot.database.read() as session:
        return await session.scalar(select(Inbox.state).where(Inbox.update_key == incoming.key))
