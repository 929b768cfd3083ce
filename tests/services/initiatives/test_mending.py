"""Mending: every field is filled and sent, one is changed and sent again, and all others are as they were."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.forms import Questions
from bot.handlers.initiatives.form import MEND
from bot.services.initiatives.authors import named
from bot.services.initiatives.descriptor import Asked, MainAuthor
from bot.services.initiatives.fields import FIELDS
from bot.services.initiatives.mending import mend, to_mend
from bot.services.initiatives.submission import Submission
from bot.services.initiatives.submitting import submit
from storage.initiatives import cards
from storage.initiatives.tables import InitiativeState
from storage.media import Media
from tests.services.initiatives.answering import ME, answer, answers, context
from tests.talk import Stage, WebPerson, stage

#: As many files as an answer has at most, in the store already.
MEDIA = 3

Answers = Mapping[str, Any]


class Nothing(Exception):
    """Ends an example without leaving anything behind."""


def said(submission: Submission) -> dict[str, Any]:
    """What a submission says, by field; of the authors' details those of each by name."""
    found: dict[str, Any] = {one.name: one.answers(submission.values, None) for one in FIELDS}
    return {**found, "author_details": {one.name: dict(one.details) for one in submission.authors}}


def changed(data: st.DataObject, given_answers: Answers, name: str) -> Answers:
    """The answers with other ones for one field, as the form takes them."""
    field = next(one for one in FIELDS if one.name == name)
    about = Asked(tuple(named(given_answers, ME)), frozenset())
    live = {one.name for one in Questions(MEND, given_answers, context()).live}
    new = {
        question.name: data.draw(st.composite(answer)(question, given_answers, context()))
        for question in field.questions(about)
        if question.name in live
    }
    assert new, f"the form does not ask for {name}"
    return {**given_answers, **new}


def in_store(given_answers: Answers, media: list[int]) -> Answers:
    """The answers with files that are there."""
    files = given_answers["files"]
    return {**given_answers, "files": [{**one, "media": media[at]} for at, one in enumerate(files)]}


async def _is_left_alone(bot: Stage, worker: WebPerson, first: Answers, second: Answers, name: str) -> None:
    """Send the first answers, mend them to the second ones, in which one field differs."""
    me, programme = worker.account.person_id, bot.bot.services.programmes.all()[0]
    main, home = MainAuthor(ME, me), (await bot.unit("RALACO")).id
    try:
        async with bot.bot.database.write() as session:
            media = await _media(session, bot)
            act = bot.act(session, worker)
            one = await submit(act, home, programme, Submission.of_answers(in_store(first, media), main))
            one.state, number = InitiativeState.RETURNED, one.id
            await session.flush()
            session.expire_all()
            before = Submission.of_card(await to_mend(act, number))
            assert before.answers(me) == in_store(first, media)
            again = in_store(second, media)
            await mend(act, number, programme, Submission.of_answers(again, main))
            session.expire_all()
            card = await cards.card(session, number)
            assert card is not None
            after = Submission.of_card(card)

            if name in again and name != "authors":
                assert after.answers(me)[name] == again[name]
            for other in FIELDS:
                old, new = said(before)[other.name], said(after)[other.name]
                if name == "authors" and other.name == "author_details":
                    # Who is an author still has what was told of them.
                    old, new = ({who: one[who] for who in old.keys() & new.keys()} for one in (old, new))
                if other.name != name:
                    assert new == old, f"mending {name} changed {other.name}"
            raise Nothing
    except Nothing:
        pass


async def _media(session: AsyncSession, bot: Stage) -> list[int]:
    rows = [
        Media(sha256=str(at), mime="image/jpeg", size=1, created_at=bot.clock.now()) for at in range(MEDIA)
    ]
    session.add_all(rows)
    await session.flush()
    return [row.id for row in rows]


async def test_mending_one_field_leaves_all_others(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        worker = await bot.person(ME)
        loop = asyncio.get_running_loop()

        @settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
        @given(st.data(), answers(), st.sampled_from([one.name for one in FIELDS]))
        def tries(data: st.DataObject, first: Answers, name: str) -> None:
            second = changed(data, first, name)
            left_alone = _is_left_alone(bot, worker, first, second, name)
            asyncio.run_coroutine_threadsafe(left_alone, loop).result()

        await asyncio.to_thread(tries)
