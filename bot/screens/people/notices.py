"""What people are told of their roles."""

from bot.conversation.vocabulary import Screen
from bot.screens.rows import menu_row
from bot.screens.telling import Notice, Telling
from bot.services.people.appointing import ROLE


async def _role(telling: Telling) -> Screen:
    say, details = telling.say, telling.details
    key = "notice.role_given" if details["given"] else "notice.role_taken"
    words = say(key, role=say(f"role.{details['role']}"), unit=details["unit"])
    return Screen(words, (menu_row(say),))


NOTICES = (Notice(ROLE, _role, told_again=True, unless=ROLE),)
