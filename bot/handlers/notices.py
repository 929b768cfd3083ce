"""What the bot says by itself, put into words when it is sent, in the reader's language and as things stand then."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.turn import World, menu_row
from bot.screens.initiatives import cards
from bot.screens.mailings import words as mailing_words
from bot.services import notices
from bot.services.praise import thanks
from bot.texts import Say
from storage.initiatives import cards as stored
from storage.initiatives.tables import InitiativeState
from storage.people.tables import Person


async def words_of(
    session: AsyncSession,
    world: World,
    kind: str,
    details: dict[str, Any],
    *,
    language: str,
    reader_id: int | None,
    now: datetime,
) -> Screen | None:
    """The screen of a notice; None when there is nothing left to say (the card was decided meanwhile).

    One that is told again, since it may not have arrived, says so.
    """
    is_again = bool(details.get("again"))
    screen = await _words(
        session, world, kind, details, language=language, reader_id=reader_id, now=now, is_again=is_again
    )
    return (
        preceded(screen, world.texts.say(language)("notice.maybe_repeated"))
        if screen and is_again
        else screen
    )


def preceded(screen: Screen, words: Markup) -> Screen:
    """A screen with a sentence before it."""
    return replace(screen, text=words + Markup("\n\n") + screen.text)


async def _words(
    session: AsyncSession,
    world: World,
    kind: str,
    details: dict[str, Any],
    *,
    language: str,
    reader_id: int | None,
    now: datetime,
    is_again: bool,
) -> Screen | None:
    say = world.texts.say(language)
    if kind == notices.ROLE:
        key = "notice.role_given" if details["given"] else "notice.role_taken"
        return Screen(say(key, role=say(f"role.{details['role']}"), unit=details["unit"]), (menu_row(say),))
    if kind in (notices.AGREE, notices.MAILING, notices.MAILING_TEST):
        return await mailing_words.notice(session, world, say, kind, int(details["mailing"]))
    if kind == notices.PLAN:
        where = say(f"channel.{details['channel']}")
        words = say(f"notice.plan.{details['what']}", where=where, n=details["n"], limit=details["limit"])
        return Screen(words, (menu_row(say),))
    card = await stored.card(session, int(details["initiative"]))
    if card is None:
        return None
    one = card.initiative
    if kind == notices.CARD:
        if one.state is not InitiativeState.SUBMITTED:
            return None
        screen = cards.team_card(world, say, card, now, reader_id, with_files=True)
        if one.revision > 1:
            return screen  # the card itself says that it was mended
        return preceded(screen, say("notice.card"))
    if kind == notices.CARD_CLOSED:
        if one.state is InitiativeState.SUBMITTED:
            return cards.team_card(world, say, card, now, reader_id, with_files=False)
        return cards.closed_card(world, say, card, now, reader_id)
    if kind == notices.QUESTION:
        return Screen(
            say("notice.question", code=one.code, name=one_line(one.name, 120), words=details["words"]),
            (
                (
                    Choice(say("notice.answer"), f"answer.{details['event']}"),
                    Choice(say("submit.see"), f"mine.open.{one.id}"),
                ),
            ),
        )
    if kind == notices.ANSWER:
        return Screen(
            say("notice.answered", code=one.code, name=one_line(one.name, 120), words=details["words"]),
            ((Choice(say("review.show"), f"rv.open.{one.id}"),),),
        )
    if kind == notices.AUTHOR_FOUND:
        who = await session.get_one(Person, int(details["person"]))
        return Screen(
            say("notice.author_found", code=one.code, name=one_line(one.name, 120), who=who.name),
            ((Choice(say("submit.see"), f"mine.open.{one.id}"), *menu_row(say)),),
        )
    if kind == notices.COAUTHOR:
        return _is_it_you(say, card, reader_id)
    state = str(details["state"])
    if is_again and state in [one.value for one in InitiativeState] and card.initiative.state.value != state:
        return None  # it was so once; what is so now they were told, or did themselves
    screen = _decision(world, language, card, state)
    if state == "approved" and reader_id is not None and not await thanks.was_asked(session, reader_id):
        screen = replace(screen, rows=((Choice(say("me.named"), "named"),), *screen.rows))
    return screen


def _is_it_you(say: Say, card: stored.Card, reader_id: int | None) -> Screen | None:
    """The question to somebody who bears an author's name; None once the initiative is gone or they are one of it."""
    one = card.initiative
    if one.state is InitiativeState.WITHDRAWN or any(
        author.person_id == reader_id for author in card.authors
    ):
        return None
    return Screen(
        say("notice.coauthor", code=one.code, name=one_line(one.name, 120), who=card.entered_by_name),
        (
            (
                Choice(say("notice.coauthor_yes"), f"author.yes.{one.id}"),
                Choice(say("notice.coauthor_no"), f"author.no.{one.id}"),
            ),
        ),
    )


def _decision(world: World, language: str, card: stored.Card, state: str) -> Screen:
    say = world.texts.say(language)
    one = card.initiative
    programme = world.programmes.by_id(one.programme_id)
    parts = [
        say(f"notice.{state}", code=one.code, name=one_line(one.name, 200), number=one.recognised_no or "")
    ]
    rows = [(Choice(say("submit.see"), f"mine.open.{one.id}"), *menu_row(say))]
    if state in ("returned", "rejected") and one.state.value == state:
        parts.append(cards.reason_words(say, programme, card))
        if state == "returned":
            parts.append(say("notice.returned_how"))
            rows.insert(0, (Choice(say("mine.mend"), f"mend.{one.id}"),))
    return Screen(Markup("\n\n").join(part for part in parts if part), tuple(rows))
