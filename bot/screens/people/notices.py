"""What people are told of their roles."""

from markupsafe import Markup

from bot.conversation.vocabulary import Choice, Screen
from bot.screens.people.actions import ConfirmAccount, EndAccount
from bot.screens.rows import menu_row
from bot.screens.telling import Notice, Telling
from bot.services.audit import HEAD
from bot.services.people import places
from bot.services.people.accounts import JOINED
from bot.services.people.appointing import ROLE
from bot.services.people.helped import CODE_MADE


async def _role(telling: Telling) -> Screen:
    say, details = telling.say, telling.details
    key = "notice.role_given" if details["given"] else "notice.role_taken"
    words = say(key, role=say(f"role.{details['role']}"), unit=details["unit"])
    return Screen(words, (menu_row(say),))


async def _joined(telling: Telling) -> Screen | None:
    """Who did not do that themselves ends it here."""
    say, details = telling.say, telling.details
    where = await places.newest(telling.session, int(details["joined"]))
    if where is None and not details["by"]:
        return None  # it is over already; of what another's code opened they hear all the same
    place = say(f"channel.{details['channel']}") + (Markup(" · {}").format(where) if where else Markup())
    key = "notice.joined_by" if details["by"] else "notice.joined"
    words = say(key, where=place, by=details["by"])
    end = Choice.of(say("notice.joined_end"), EndAccount(int(details["joined"])))
    mine = (
        (Choice.of(say("notice.joined_mine"), ConfirmAccount(int(details["joined"]))),)
        if details["by"]
        else ()
    )
    return Screen(words, ((*mine, end), menu_row(say)))


async def _code_made(telling: Telling) -> Screen:
    say = telling.say
    return Screen(say("notice.code_made", by=telling.details["by"]), (menu_row(say),))


async def _head(telling: Telling) -> Screen:
    say, details = telling.say, telling.details
    words = say("trail.head", day=details["day"], seq=details["seq"], link=details["link"])
    return Screen(words, (menu_row(say),))


NOTICES = (
    Notice(ROLE, _role, told_again=True, unless=ROLE),
    Notice(HEAD, _head, told_again=True),
    Notice(CODE_MADE, _code_made, told_again=True),
    Notice(JOINED, _joined, told_again=True),
)
