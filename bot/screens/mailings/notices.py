"""What people are told of mailings: how far one is, a question for a second officer, a test, a plan that ends."""

from markupsafe import Markup

from bot.conversation.vocabulary import Choice, Screen
from bot.screens.mailings import words
from bot.screens.mailings.actions import AgreeToSend, RefuseToSend
from bot.screens.mailings.status import status
from bot.screens.rows import menu_row
from bot.screens.telling import Notice, Telling
from bot.services.mailings.kinds import AGREE, MAILING, MAILING_TEST, PLAN
from storage.mailings.audience import Audience
from storage.mailings.tables import Mailing, MailingState
from storage.units.tables import Unit


async def _about(telling: Telling) -> Mailing | None:
    return await telling.session.get(Mailing, int(telling.details["mailing"]), populate_existing=True)


async def _message(telling: Telling, mailing: Mailing) -> Screen:
    unit = await telling.session.get_one(Unit, mailing.unit_id)
    return words.message(telling.say, mailing, unit.name)


async def _how_far(telling: Telling) -> Screen | None:
    mailing = await _about(telling)
    return await status(telling, mailing) if mailing is not None else None


async def _test(telling: Telling) -> Screen | None:
    mailing = await _about(telling)
    return await _message(telling, mailing) if mailing is not None else None


async def _agree(telling: Telling) -> Screen | None:
    """The question for a second officer, with the message; None when it is not waited for any more."""
    mailing, say = await _about(telling), telling.say
    if mailing is None or mailing.state is not MailingState.UNAGREED:
        return None
    message = await _message(telling, mailing)
    audience = await words.whom(telling.session, say, Audience.from_json(mailing.audience))
    head = say("broadcast.agree", whom=audience, at=say.moment(mailing.due_at))
    return Screen(
        head + Markup("\n\n") + message.text,
        (
            (
                Choice.of(say("broadcast.agree_yes"), AgreeToSend(mailing.id)),
                Choice.of(say("broadcast.agree_no"), RefuseToSend(mailing.id)),
            ),
        ),
        message.pictures,
        message.documents,
    )


async def _plan(telling: Telling) -> Screen:
    say, details = telling.say, telling.details
    where = say(f"channel.{details['channel']}")
    told = say(f"notice.plan.{details['what']}", where=where, n=details["n"], limit=details["limit"])
    return Screen(told, (menu_row(say),))


NOTICES = (
    Notice(AGREE, _agree, told_again=True),
    Notice(MAILING, _how_far),
    Notice(MAILING_TEST, _test),
    Notice(PLAN, _plan),
)
