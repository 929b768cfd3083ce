"""A messenger that takes everything at no cost, so that what is measured is the bot and its database alone."""

from typing import TYPE_CHECKING

from bot.conversation.vocabulary import Capabilities, Reply
from bot.delivery.channel import Sent

if TYPE_CHECKING:
    import asyncio


class Free:
    """Stands in for Telegram."""

    name = "telegram"
    capabilities = Capabilities(
        buttons=True,
        edit=True,
        max_text=4096,
        groups=True,
    )
    is_transcribed = False
    bulk_at_once = 256

    def __init__(self) -> None:
        """Nothing came."""
        self.taken = 0
        #: Who waits for an answer, by chat.
        self.waiting: dict[str, asyncio.Future[None]] = {}

    async def deliver(self, *_: object, **__: object) -> Sent:
        """It arrived."""
        self.taken += 1
        return Sent(str(self.taken))

    async def answer(self, reply: Reply) -> None:
        """It arrived, where somebody may wait for it."""
        waiting = self.waiting.pop(reply.to.chat, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
