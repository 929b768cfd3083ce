"""A form about a card: opened in private, with the card's code and name above its first question."""

from markupsafe import Markup

from bot.conversation.forms import Answers, Form, FormContext, Parsed
from bot.conversation.invalid import Invalid
from bot.conversation.routing import Screens
from bot.conversation.text import has_words, one_line
from bot.conversation.vocabulary import Screen
from bot.handlers.turn import Turn
from bot.services.review import talking
from storage.initiatives.cards import Card

_WORDS_LONGEST = 1_500


def words(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    """Words of one's own, up to 1,500 characters. Raises :class:`Invalid`."""
    if not raw:
        raise Invalid("parse.text.empty")
    if not has_words(raw):
        raise Invalid("parse.text.no_words")
    if len(raw) > _WORDS_LONGEST:
        raise Invalid("parse.text.too_long", typed=len(raw), limit=_WORDS_LONGEST)
    return Parsed.plain(raw)


async def open_about(turn: Turn, form: Form, card: Card, intro: str) -> Screens:
    """Open a form about a card, introduced by the sentence ``intro``.

    From a group it goes on in the presser's private chat, where words stay with them.
    """
    one = card.initiative
    if turn.incoming.is_group:
        await talking.send_privately(turn.act, one.id, turn.incoming.key)
        return Screen(Markup(), toast=str(turn.say("review.in_private").striptags()))
    about = {"initiative": one.id, "revision": one.revision, "programme": one.programme_id}
    screen = await turn.open_form(form, about=about)
    head = turn.say(intro, code=one.code, name=one_line(one.name, 120))
    return Screen(head + Markup("\n\n") + screen.text, screen.rows)
