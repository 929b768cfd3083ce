"""What a broadcast says to each of the people who were claimed for it."""

from collections.abc import Mapping

from bot.delivery.verdicts import Send, Verdict
from bot.screens.composing import Claimed
from bot.screens.mailings import words
from bot.services.mailings.protect import hold_broadcast_back


async def broadcast(claimed: Claimed) -> Mapping[int, Verdict]:
    """The same words for all, in each reader's language."""
    worded: dict[str, Send] = {}
    found: dict[int, Verdict] = {}
    for reader in claimed.readers:
        held = hold_broadcast_back(
            claimed.mailing, reader, is_for_them=claimed.is_for(reader), now=claimed.now
        )
        if held is None and reader.language not in worded:
            say = claimed.services.texts.say(reader.language)
            worded[reader.language] = Send(words.message(say, claimed.mailing, claimed.unit.name))
        found[reader.person_id] = held or worded[reader.language]
    return found
