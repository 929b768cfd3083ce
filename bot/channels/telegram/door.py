"""Telegram's door: the bot of a token, by long polling or by webhook."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.channels.door import Parts
from bot.channels.telegram.channel import NAME, TelegramChannel
from bot.channels.telegram.updates import Polling, Webhook
from bot.delivery.pace import SHARED_PART, Rates
from bot.reception.desk import Desk

#: What Telegram shows behind its menu button: the command, and which sentence says what it does. The first list is
#: for everybody, the others for phones that speak a language.
_COMMANDS = {
    "": (
        ("menu", "menu"), ("sangkien", "submit"), ("cuatoi", "mine"), ("hangcho", "queue"), ("tiendo", "progress"),
        ("toi", "me"), ("thietbi", "device"), ("ngonngu", "language"), ("trogiup", "help"),
    ),
    "en": (
        ("menu", "menu"), ("submit", "submit"), ("mine", "mine"), ("queue", "queue"), ("progress", "progress"),
        ("me", "me"), ("device", "device"), ("language", "language"), ("help", "help"),
    ),
}  # fmt: skip


def open_door(parts: Parts) -> "TelegramDoor | None":
    """Telegram, when there is a token."""
    return TelegramDoor(parts) if parts.settings.telegram.token.get_secret_value() else None


class TelegramDoor:
    """Telegram, switched on."""

    carries_payload = True
    standing = 20

    def __init__(self, parts: Parts) -> None:
        """Nothing is contacted before :meth:`open`."""
        chosen = self._settings = parts.settings.telegram
        self._root = parts.settings.web.root
        self._texts = parts.texts
        rates = Rates(chosen.per_second, chosen.chat_per_second, chosen.group_per_minute)
        self.channel = TelegramChannel(chosen, parts.media, parts.pace(NAME, rates))
        self.bulk_per_second = chosen.per_second * SHARED_PART
        self._polling: Polling | None = None

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """The webhook, where updates come by it."""
        if self._settings.mode == "polling":
            return ()
        secret = self._settings.webhook_secret.get_secret_value()
        return Webhook(self.channel, desk, secret).routes()

    async def open(self) -> None:
        """Open the connections, and say which commands there are."""
        await self.channel.start()
        for language, commands in _COMMANDS.items():
            say = self._texts.say(language)
            await self.channel.offer_commands(
                [(name, str(say(f"commands.{topic}"))) for name, topic in commands], language
            )

    async def take(self, desk: Desk) -> None:
        """Ask for updates until shut; or tell Telegram where to post them."""
        if self._settings.mode == "webhook":
            await self.channel.register(
                self._root + Webhook.PATH, self._settings.webhook_secret.get_secret_value()
            )
            return
        self._polling = Polling(self.channel, desk)
        await self._polling.run()

    def shut(self) -> None:
        """Ask for no more."""
        if self._polling is not None:
            self._polling.stop()

    async def close(self) -> None:
        """Close the connections."""
        await self.channel.stop()

    def link(self, payload: str) -> str:
        """``https://t.me/<bot>?start=<payload>``; empty until Telegram has said what the bot is called."""
        name = self.channel.user_name
        return f"https://t.me/{name}?start={payload}" if name else ""
