"""Mailings in words: the message itself, whom it is for, how long it takes, and what became of it."""

from collections.abc import Collection, Mapping
from typing import Any

from markupsafe import Markup

from bot.conversation.vocabulary import Document, Picture, Screen
from bot.services.shared import Services
from bot.texts import Say
from storage.engine import Session
from storage.mailings import mailings as stored
from storage.mailings.audience import Audience, Reached
from storage.mailings.tables import DeliveryState, Mailing
from storage.units.tables import Unit


def message(say: Say, mailing: Mailing, unit_name: str) -> Screen:
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


async def whom(session: Session, say: Say, audience: Audience) -> Markup:
    """The audience in words."""
    unit = await session.get_one(Unit, audience.unit_id)
    parts = [say("mailing.whom", who=say(f"broadcast.who.{audience.who}"), unit=unit.name)]
    if audience.submitted is not None:
        parts.append(say("broadcast.which.with" if audience.submitted else "broadcast.which.without"))
    if audience.unfinished:
        parts.append(say("broadcast.which.unfinished"))
    parts += [say("broadcast.which.channel", what=say(f"channel.{name}")) for name in audience.channels]
    for code in audience.fields:
        key = f"lists.field.{code}"
        parts.append(say("broadcast.which.field", what=say(key) if say.has(key) else code))
    return Markup("; ").join(parts)


def minutes(services: Services, numbers: Mapping[str, int]) -> int:
    """How many minutes messages take, given how many there are by channel: channels send side by side."""
    seconds = [
        number / services.channels[name].per_second
        for name, number in numbers.items()
        if name in services.channels and services.channels[name].per_second
    ]
    return -(-int(max(seconds, default=0.0)) // 60)


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


def counts(say: Say, mailing: Mailing) -> list[Markup]:
    """How many of its messages came to what."""
    return [
        say(f"mailing.count.{name}", n=number)
        for name in ("sent", "blocked", "failed", "uncertain", "skipped")
        if (number := getattr(mailing, name))
    ]


async def reasons(session: Session, say: Say, mailing: Mailing) -> list[Markup]:
    """Why people did not get it, with how many there were."""
    found = await stored.reasons(session, mailing.id)
    return [
        say("mailing.reason", what=say(f"mailing.because.{reason}"), n=number)
        for (state, reason), number in sorted(found.items())
        if state in (DeliveryState.SKIPPED, DeliveryState.BLOCKED, DeliveryState.FAILED)
        and say.has(f"mailing.because.{reason}")
    ]
