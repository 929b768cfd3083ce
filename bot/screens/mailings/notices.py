"""What people are told of mailings: how far one is, a question for a second officer, a test, a plan that ends."""

from bot.conversation.vocabulary import Screen
from bot.screens.mailings import words
from bot.screens.rows import menu_row
from bot.screens.telling import Notice, Telling
from bot.services.mailings.kinds import AGREE, MAILING, MAILING_TEST, PLAN


async def _agree(telling: Telling) -> Screen | None:
    return await words.notice(telling, AGREE)


async def _mailing(telling: Telling) -> Screen | None:
    return await words.notice(telling, MAILING)


async def _test(telling: Telling) -> Screen | None:
    return await words.notice(telling, MAILING_TEST)


async def _plan(telling: Telling) -> Screen:
    say, details = telling.say, telling.details
    where = say(f"channel.{details['channel']}")
    told = say(f"notice.plan.{details['what']}", where=where, n=details["n"], limit=details["limit"])
    return Screen(told, (menu_row(say),))


NOTICES = (
    Notice(AGREE, _agree, told_again=True),
    Notice(MAILING, _mailing),
    Notice(MAILING_TEST, _test),
    Notice(PLAN, _plan),
)
