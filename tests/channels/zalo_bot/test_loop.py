"""The whole loop on a Zalo bot, without a single button: our client against our stand-in server, on real databases."""

from tests.channels.whole_loop import lived_by
from tests.fakes.zalo_bot import FakeZaloBot
from tests.talk import Stage


async def test_the_whole_loop(bot: Stage, zalo: FakeZaloBot) -> None:
    await lived_by(bot, zalo.user("Hoa"), zalo.user("Minh"), zalo.user("Hà"))
