"""A broadcast as its author looks it over: the very message, then to how many it goes, over what, when, how long."""

from collections.abc import Sequence
from datetime import timedelta

from markupsafe import Markup

from bot.conversation.vocabulary import Choice, Row, Screen
from bot.screens.mailings import words
from bot.screens.mailings.actions import DiscardBroadcast, EditBroadcast, SendBroadcast, TryBroadcast
from bot.screens.rows import menu_row
from bot.screens.showing import Showing
from bot.services.mailings.audience import reached
from storage.mailings.audience import Audience, Reached
from storage.mailings.tables import Mailing
from storage.units.tables import Unit


async def preview(showing: Showing, mailing: Mailing) -> Sequence[Screen]:
    """The message exactly as people will get it, then what its author wants to know, and what can be done."""
    services, say = showing.services, showing.say
    unit = await showing.session.get_one(Unit, mailing.unit_id)
    found = await reached(
        showing.session,
        Audience.from_json(mailing.audience),
        services.closed(mailing.due_at if mailing.details.get("at") else showing.now),
        services.channels,
    )
    message = words.message(say, mailing, unit.name)
    lines = _before_sending(showing, mailing, message, found)
    number = mailing.id
    rows: list[Row] = []
    if found.total:
        rows.append((Choice.of(say("broadcast.go", n=found.total), SendBroadcast(number)),))
    rows += [
        (
            Choice.of(say("broadcast.test"), TryBroadcast(number)),
            Choice.of(say("broadcast.edit"), EditBroadcast(number)),
        ),
        (Choice.of(say("broadcast.discard"), DiscardBroadcast(number)), *menu_row(say)),
    ]
    return message, Screen(Markup("\n").join(lines), tuple(rows))


def _before_sending(showing: Showing, mailing: Mailing, message: Screen, reached: Reached) -> list[Markup]:
    """What its author wants to know: to how many, over what, when, how long it takes, and where it will be split."""
    services, say = showing.services, showing.say
    lines = [say("mailing.preview")]
    if not reached.total:
        return [*lines, say("broadcast.nobody")]
    if reached.now:
        channels = ", ".join(
            f"{say(f'channel.{name}')}: {say.number(number)}"
            for name, number in sorted(reached.by_channel.items())
        )
        lines.append(say("mailing.reaches", n=reached.now, channels=channels))
    lines += words.waiting(say, reached, services.paid)
    at = mailing.due_at if mailing.details.get("at") else showing.now
    lines.append(
        say("mailing.at", at=say.moment(at)) if mailing.details.get("at") else say("mailing.at_once")
    )
    minutes = words.minutes(services, reached.by_channel)
    if minutes:
        lines.append(say("mailing.takes", n=minutes, until=say.moment(at + timedelta(minutes=minutes))))
    if services.quiet.awake(None, at) > at:
        lines.append(say("mailing.at_night"))
    length = len(message.text.striptags())
    for name in sorted(reached.by_channel):
        limits = services.channels.get(name)
        if limits is not None and length > limits.max_text:
            parts = -(-length // limits.max_text)
            lines.append(say("mailing.split", channel=say(f"channel.{name}"), n=parts))
    if reached.total >= services.large_from:
        lines.append(say("mailing.needs_second", n=services.large_from))
    return lines
