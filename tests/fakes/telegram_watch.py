"""Watching for certain words: whom they were shown to and when, for benches; kept where nothing else is."""

from collections import Counter

from tests.fakes.telegram_state import Json, SentMessage


class Watch:
    """Notes each message in which certain words stand."""

    def __init__(self, words: str) -> None:
        """``words`` as people read them, without markup."""
        self._words = words
        self._chats: Counter[int] = Counter()
        self._at: list[float] = []

    def shown(self, message: SentMessage) -> None:
        """Something was sent."""
        if self._words in message.text:
            self._chats[message.chat_id] += 1
            self._at.append(message.at)

    def report(self, *, brief: bool) -> Json:
        """How many messages in how many chats, which chats got more than one, and all moments (monotonic seconds)."""
        if brief:
            return {"messages": len(self._at)}
        return {
            "messages": len(self._at),
            "chats": len(self._chats),
            "twice": [chat for chat, number in self._chats.items() if number > 1],
            "at": self._at,
        }
