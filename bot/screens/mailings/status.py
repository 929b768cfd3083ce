"""How far a mailing is, what became of it, and what can be done with it."""

from markupsafe import Markup

from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.screens.mailings import words
from bot.screens.mailings.actions import AskToStop, OpenBroadcast, PauseSending, ResumeSending, SendToFailed
from bot.screens.rows import menu_row
from bot.screens.showing import Showing
from bot.texts import Say
from storage.mailings import mailings as stored
from storage.mailings.audience import Audience
from storage.mailings.tables import Mailing, MailingState

#: Characters of the bar that shows how much is done.
_BAR = 10


async def status(showing: Showing, mailing: Mailing) -> Screen:
    """How far a mailing is, what became of it, and what can be done with it."""
    session, services, say = showing.session, showing.services, showing.say
    audience = Audience.from_json(mailing.audience)
    lines = [
        Markup("<b>{}</b>").format(words.state_words(say, mailing)),
        Markup("“{}”").format(one_line(str(mailing.details.get("words", "")), 120)),
        await words.whom(session, say, audience),
    ]
    if mailing.state in (MailingState.PLANNED, MailingState.UNAGREED):
        lines.append(say("mailing.at", at=say.moment(mailing.due_at)))
    if mailing.reason is not None and say.has(f"mailing.why.{mailing.reason}"):
        lines.append(say(f"mailing.why.{mailing.reason}"))
    if mailing.total:
        done = mailing.total - mailing.left
        lines.append(Markup("{} {}").format(_bar(mailing), say("mailing.of", done=done, total=mailing.total)))
        lines += words.counts(say, mailing)
        if mailing.state is MailingState.GOING and mailing.paused_at is None:
            held = await stored.waiting(session, mailing.id)
            if held:
                lines.append(say("mailing.waiting", n=held, until=say.moment(mailing.until)))
            if mailing.left > held:
                minutes = words.minutes(services, dict.fromkeys(services.channels, mailing.left - held))
                lines.append(say("mailing.left", n=minutes) if minutes else say("mailing.nearly"))
        elif mailing.left:
            lines.append(say("mailing.not_sent", n=mailing.left))
    if mailing.ended_at is not None:
        lines.append(say("mailing.ended", at=say.moment(mailing.ended_at)))
        lines += await words.reasons(session, say, mailing)
    return Screen(Markup("\n").join(lines), (*_steering(say, mailing), menu_row(say)), in_place=True)


def _bar(mailing: Mailing) -> str:
    done = mailing.total - mailing.left
    filled = (
        _BAR if mailing.state is MailingState.DONE else _BAR * done // mailing.total if mailing.total else 0
    )
    return "▓" * filled + "░" * (_BAR - filled)


def _steering(say: Say, mailing: Mailing) -> tuple[Row, ...]:
    number = mailing.id
    if mailing.state in (
        MailingState.MAKING,
        MailingState.GOING,
        MailingState.PLANNED,
        MailingState.UNAGREED,
    ):
        first = (
            Choice.of(say("mailing.resume"), ResumeSending(number))
            if mailing.paused_at is not None
            else Choice.of(say("mailing.pause"), PauseSending(number))
        )
        return (
            (first, Choice.of(say("mailing.cancel"), AskToStop(number))),
            (Choice.of(say("mailing.refresh"), OpenBroadcast(number)),),
        )
    if mailing.state is MailingState.DONE and mailing.failed:
        return ((Choice.of(say("mailing.again", n=mailing.failed), SendToFailed(number)),),)
    return ()
