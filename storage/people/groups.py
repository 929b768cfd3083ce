"""The group chats of support teams."""

from sqlalchemy import select

from storage.engine import Session
from storage.people.tables import TeamChat


async def of_chat(session: Session, channel: str, chat_id: str) -> TeamChat | None:
    """The row of a group chat, if it has ever been bound."""
    return await session.scalar(
        select(TeamChat).where(TeamChat.channel == channel, TeamChat.chat_id == chat_id)
    )
