"""Words about a card: notes that only the team sees, questions to the author, and the author's answers."""

from bot.services import telling
from bot.services.act import Act
from bot.services.initiatives import reading, told
from bot.services.refusal import Forbidden
from bot.services.review import kinds
from bot.services.review.access import card_to_work_on
from storage.initiatives.cards import Card
from storage.trail import Event, EventWords


async def note(act: Act, initiative_id: int, words: str) -> None:
    """Write a note that only the team sees. Raises :class:`Forbidden`."""
    card = await card_to_work_on(act, initiative_id)
    act.record("note", initiative_id=card.initiative.id, unit_id=card.unit.id, words=words)


async def ask(act: Act, initiative_id: int, words: str) -> None:
    """Ask the authors and whoever entered it a question. Raises :class:`Forbidden`."""
    card = await card_to_work_on(act, initiative_id)
    event = act.record("asked", initiative_id=initiative_id, unit_id=card.unit.id, words=words)
    await act.session.flush()
    people = [author.person_id for author in card.authors if author.person_id is not None]
    await telling.tell_people(
        act,
        [*people, card.initiative.entered_by],
        kinds.QUESTION,
        f"question:{event.id}",
        initiative_id,
        words=words,
        event=event.id,
    )


async def question(act: Act, event_id: int) -> tuple[Event, Card, str]:
    """A question of the support team with its card and its words, for those who may answer it.

    Raises :class:`Forbidden`.
    """
    event = await act.session.get(Event, event_id)
    # A private note is an event as well: only a question may be read and answered.
    if event is None or event.kind != "asked" or event.initiative_id is None:
        raise Forbidden
    said = await act.session.get(EventWords, event_id)
    return event, await reading.own(act, event.initiative_id), said.words.get("words", "") if said else ""


async def answer(act: Act, event_id: int, words: str) -> None:
    """Answer a question of the support team, as an author. Raises :class:`Forbidden`."""
    asked, card, _ = await question(act, event_id)
    event = act.record("answered", initiative_id=card.initiative.id, unit_id=card.unit.id, words=words)
    await act.session.flush()
    if asked.actor_id is not None:
        await telling.tell_people(
            act,
            [asked.actor_id],
            kinds.ANSWER,
            f"answer:{event.id}",
            card.initiative.id,
            words=words,
        )


async def send_privately(act: Act, initiative_id: int, key: str) -> None:
    """Send the actor the card in their private chat: what they write about it there stays with them.

    ``key`` names the press that led to this, so that it sends one card even if it is delivered twice.
    """
    await card_to_work_on(act, initiative_id)
    if act.actor_id is not None:
        # As the bot's own act, since nobody is told of what they did themselves.
        by_bot = Act(act.session, act.now, None)
        await telling.tell_people(by_bot, [act.actor_id], told.CARD, f"private:{key}", initiative_id)
