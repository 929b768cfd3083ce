"""Mailings in words: the message itself, what its author reads before sending it, and how far it is."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Document, Picture, Row, Screen
from bot.screens.rows import menu_row
from bot.screens.telling import Telling
from bot.services.mailings.kinds import MAILING, MAILING_TEST
from bot.services.mailings.mailings import Reached
from bot.services.shared import Services
from bot.services.telling import NoticeKind
from bot.texts import Say
from storage.mailings import mailings as stored
from storage.mailings.audience import Audience
from storage.mailings.tables import DeliveryState, Mailing, MailingState
from storage.units.tables import Unit

_BAR = 10


def broadcast(say: Say, mailing: Mailing, unit_name: str) -> Screen:
    """The message as people get it: from whom, and the words as they were typed."""
    files: list[dict[str, Any]] = mailing.details.get("files", [])
    return Screen(
        say("broadcast.message", unit=unit_name, words=mailing.details["words"]),
        pictures=tuple(Picture(one["name"], media_id=one["media"]) for one in files if one["picture"]),
        documents=tuple(Document(one["name"], media_id=one["media"]) for one in files if not one["picture"]),
    )


def line(say: Say, mailing: Mailing) -> str:
    """One mailing in a list."""
    words = " ".join(str(mailing.details.get("words", "")).split())[:30]
    return f"{state_words(say, mailing)} · {words}"


def state_words(say: Say, mailing: Mailing) -> str:
    """Where it stands, in a word or two."""
    if mailing.paused_at is not None:
        return str(say("mailing.state.paused"))
    return str(say(f"mailing.state.{mailing.state.value}"))


async def whom(session: AsyncSession, say: Say, audience: Audience) -> Markup:
    """The audience in words."""
    unit_name = await session.scalar(select(Unit.name).where(Unit.id == audience.unit_id)) or "?"
    parts = [say("mailing.whom", who=say(f"broadcast.who.{audience.who}"), unit=unit_name)]
    if audience.submitted is not None:
        parts.append(say("broadcast.which.with" if audience.submitted else "broadcast.which.without"))
    if audience.unfinished:
        parts.append(say("broadcast.which.unfinished"))
    parts += [say("broadcast.which.channel", what=say(f"channel.{name}")) for name in audience.channels]
    for code in audience.fields:
        key = f"lists.field.{code}"
        parts.append(say("broadcast.which.field", what=say(key) if say.has(key) else code))
    return Markup("; ").join(parts)


def _minutes(services: Services, numbers: Mapping[str, int]) -> int:
    """How long so many messages take, in minutes: the channels send side by side."""
    seconds = [
        number / services.channels[name].per_second
        for name, number in numbers.items()
        if name in services.channels and services.channels[name].per_second
    ]
    return -(-int(max(seconds, default=0.0)) // 60)


def before_sending(
    services: Services, say: Say, mailing: Mailing, message: Screen, reached: Reached, now: datetime
) -> list[Markup]:
    """What its author wants to know: to how many, over what, when, how long it takes, and where it will be split."""
    lines = [say("mailing.preview")]
    if not reached.total:
        return [*lines, say("broadcast.nobody")]
    if reached.now:
        channels = ", ".join(
            f"{say(f'channel.{name}')}: {say.number(number)}"
            for name, number in sorted(reached.by_channel.items())
        )
        lines.append(say("mailing.reaches", n=reached.now, channels=channels))
    lines += waiting(say, reached, services.paid)
    at = mailing.due_at if mailing.details.get("at") else now
    lines.append(
        say("mailing.at", at=say.moment(at)) if mailing.details.get("at") else say("mailing.at_once")
    )
    minutes = _minutes(services, reached.by_channel)
    if minutes:
        lines.append(say("mailing.takes", n=minutes, until=say.moment(at + timedelta(minutes=minutes))))
    if services.quiet.awake(None, at) > at:
        lines.append(say("mailing.at_night"))
    length = len(message.text.striptags())
    for name in sorted(reached.by_channel):
        way = services.channels.get(name)
        if way is not None and length > way.max_text:
            lines.append(say("mailing.split", channel=say(f"channel.{name}"), n=-(-length // way.max_text)))
    if reached.total >= services.large_from:
        lines.append(say("mailing.needs_second", n=services.large_from))
    return lines


def waiting(say: Say, reached: Reached, paid: Collection[str] = ()) -> list[Markup]:
    """How many can be written to only after they have written themselves, or on ``paid`` channels against payment."""
    return [
        say(
            "mailing.paid_for" if name in paid else "mailing.must_write_first",
            n=number,
            channel=say(f"channel.{name}"),
        )
        for name, number in sorted(reached.waiting.items())
    ]


def _bar(mailing: Mailing) -> str:
    done = mailing.total - mailing.left
    filled = (
        _BAR if mailing.state is MailingState.DONE else _BAR * done // mailing.total if mailing.total else 0
    )
    return "▓" * filled + "░" * (_BAR - filled)


async def status(session: AsyncSession, services: Services, say: Say, mailing: Mailing) -> Screen:
    """How far a mailing is, what became of it, and what can be done with it."""
    audience = Audience.from_json(mailing.audience)
    lines = [
        Markup("<b>{}</b>").format(state_words(say, mailing)),
        Markup("“{}”").format(one_line(str(mailing.details.get("words", "")), 120)),
        await whom(session, say, audience),
    ]
    if mailing.state in (MailingState.PLANNED, MailingState.UNAGREED):
        lines.append(say("mailing.at", at=say.moment(mailing.due_at)))
    if mailing.reason is not None and say.has(f"mailing.why.{mailing.reason}"):
        lines.append(say(f"mailing.why.{mailing.reason}"))
    if mailing.total:
        done = mailing.total - mailing.left
        lines.append(Markup("{} {}").format(_bar(mailing), say("mailing.of", done=done, total=mailing.total)))
        lines += _counts(say, mailing)
        if mailing.state is MailingState.GOING and mailing.paused_at is None:
            held = await stored.waiting(session, mailing.id)
            if held:
                lines.append(say("mailing.waiting", n=held, until=say.moment(mailing.until)))
            if mailing.left > held:
                minutes = _minutes(services, dict.fromkeys(services.channels, mailing.left - held))
                lines.append(say("mailing.left", n=minutes) if minutes else say("mailing.nearly"))
        elif mailing.left:
            lines.append(say("mailing.not_sent", n=mailing.left))
    if mailing.ended_at is not None:
        lines.append(say("mailing.ended", at=say.moment(mailing.ended_at)))
        lines += await _reasons(session, say, mailing)
    return Screen(Markup("\n").join(lines), (*_steering(say, mailing), menu_row(say)), in_place=True)


def _counts(say: Say, mailing: Mailing) -> list[Markup]:
    return [
        say(f"mailing.count.{name}", n=number)
        for name in ("sent", "blocked", "failed", "uncertain", "skipped")
        if (number := getattr(mailing, name))
    ]


def moment_label(say: Say, mailing: Mailing) -> str:
    """A moment of a campaign on a button."""
    what = say(f"campaign.step.{mailing.details['step']}")
    return f"{say.moment(mailing.due_at)} · {what}"


def of_campaign(say: Say, mailing: Mailing) -> Markup:
    """A moment of a campaign in a line: to how many it went, or why it did not."""
    at, what = say.moment(mailing.due_at), say(f"campaign.step.{mailing.details['step']}")
    if mailing.reason is not None and not mailing.total:
        why = say(f"mailing.why.{mailing.reason}")
        return say("campaign.sent_not", at=at, what=what, why=why)
    return say("campaign.sent_to", at=at, what=what, n=mailing.sent, total=mailing.total)


async def what_became(session: AsyncSession, say: Say, mailing: Mailing) -> list[Markup]:
    """What became of a mailing's messages, with how many did not leave and why."""
    lines = [say("mailing.state_is", state=state_words(say, mailing)), *_counts(say, mailing)]
    if mailing.left:
        lines.append(say("mailing.not_sent", n=mailing.left))
    return [*lines, *await _reasons(session, say, mailing)]


async def _reasons(session: AsyncSession, say: Say, mailing: Mailing) -> list[Markup]:
    found = await stored.reasons(session, mailing.id)
    return [
        say("mailing.reason", what=say(f"mailing.because.{reason}"), n=number)
        for (state, reason), number in sorted(found.items())
        if state in (DeliveryState.SKIPPED, DeliveryState.BLOCKED, DeliveryState.FAILED)
        and say.has(f"mailing.because.{reason}")
    ]


def _steering(say: Say, mailing: Mailing) -> tuple[Row, ...]:
    number = mailing.id
    if mailing.state in (
        MailingState.MAKING,
        MailingState.GOING,
        MailingState.PLANNED,
        MailingState.UNAGREED,
    ):
        first = (
            Choice(say("mailing.resume"), f"bc.resume.{number}")
            if mailing.paused_at is not None
            else Choice(say("mailing.pause"), f"bc.pause.{number}")
        )
        return (
            (first, Choice(say("mailing.cancel"), f"bc.cancel.{number}")),
            (Choice(say("mailing.refresh"), f"bc.open.{number}"),),
        )
    if mailing.state is MailingState.DONE and mailing.failed:
        return ((Choice(say("mailing.again", n=mailing.failed), f"bc.again.{number}"),),)
    return ()


async def notice(telling: Telling, kind: NoticeKind) -> Screen | None:
    """What the outbox says of a mailing: how far it is, a question for a second officer, a test of its message."""
    session, services, say = telling.session, telling.services, telling.say
    mailing = await session.get(Mailing, int(telling.details["mailing"]), populate_existing=True)
    if mailing is None:
        return None
    unit_name = await session.scalar(select(Unit.name).where(Unit.id == mailing.unit_id)) or "?"
    if kind == MAILING_TEST:
        return broadcast(say, mailing, unit_name)
    if kind == MAILING:
        return await status(session, services, say, mailing)
    if mailing.state is not MailingState.UNAGREED:
        return None
    message = broadcast(say, mailing, unit_name)
    audience = await whom(session, say, Audience.from_json(mailing.audience))
    head = say("broadcast.agree", whom=audience, at=say.moment(mailing.due_at))
    return Screen(
        head + Markup("\n\n") + message.text,
        (
            (
                Choice(say("broadcast.agree_yes"), f"bc.agree.{mailing.id}"),
                Choice(say("broadcast.agree_no"), f"bc.disagree.{mailing.id}"),
            ),
        ),
        message.pictures,
        message.documents,
    )
