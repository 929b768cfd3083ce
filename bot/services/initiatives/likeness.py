"""Finding earlier initiatives that a new one resembles."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from rapidfuzz import fuzz, process

from bot.conversation.text import fold
from bot.services.act import Act
from bot.services.initiatives.descriptor import Likeness
from bot.services.initiatives.fields import compared
from bot.services.initiatives.submission import Submission
from bot.services.people import membership
from storage.initiatives import cards as stored
from storage.initiatives.tables import InitiativeState

#: How many look-alikes are shown before sending.
_SHOWN = 3
#: How much of the words is compared, in characters.
_WORDS_COMPARED = 1_000


@dataclass(frozen=True, slots=True)
class Alike:
    """An earlier initiative that resembles a new one."""

    code: str
    name: str
    state: InitiativeState
    score: int


def mark_of(submission: Submission) -> str:
    """The same for submissions that resemble the same others."""
    words = "\n".join(compared(kind, submission.values.get) for kind in Likeness)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


async def alike(
    act: Act, unit_id: int, submission: Submission, *, least: int, besides: int | None = None
) -> Sequence[Alike]:
    """Earlier initiatives of the unit that resemble this one, the likest first; with and without diacritics alike."""
    names = await stored.names_in_unit(act.session, unit_id, besides=besides)
    near = process.extract(
        fold(compared(Likeness.NAME, submission.values.get)),
        dict(names),
        scorer=fuzz.token_sort_ratio,
        limit=20,
        score_cutoff=max(least - 30, 40),
    )
    if not near:
        return ()
    by_name = {number: score for _, score, number in near}
    # What is confidential is not compared by its words for who may not read them: the answer would tell of it.
    inside = await membership.member_of(act.session, act.actor_id, unit_id)
    words = _words(compared(Likeness.WORDS, submission.values.get))
    found = []
    for row in await stored.by_ids(act.session, list(by_name)):
        if row.confidential and not inside:
            same_words = 0.0
        else:
            same_words = fuzz.token_sort_ratio(words, _words(compared(Likeness.WORDS, partial(getattr, row))))
        # Nearly the same name is enough; a name that is only akin needs a content that is nearly the same.
        score = max(by_name[row.id], (by_name[row.id] + 3 * same_words) / 4)
        if score >= least:
            found.append(Alike(row.code, row.name, row.state, round(score)))
    return sorted(found, key=lambda one: -one.score)[:_SHOWN]


def _words(text: str) -> str:
    return fold(text[:_WORDS_COMPARED])
