"""What people have left unfinished in a furnished demo: drafts, and forms that are open before them."""

import random
from datetime import datetime, timedelta
from typing import Any

from bot.clock import local_date
from bot.conversation import forms
from bot.conversation.forms import FormContext, FormState
from bot.demo import words
from bot.demo.union import Member, Union
from bot.handlers.initiatives.form import SUBMIT, about, facts_of
from bot.handlers.turn import stored_form
from bot.services.act import Act
from bot.services.initiatives.authors import AUTHOR_DETAILS
from bot.services.initiatives.descriptor import MainAuthor
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.people.accounts import web_account_of
from bot.texts import Texts
from storage.conversation import conversations
from storage.engine import Session

#: Of so many workers one has a draft; and one has a form open.
_ONE_DRAFT_IN = 12
_ONE_OPEN_IN = 25


async def leave(
    session: Session, dice: random.Random, who: Union, book: ProgrammeBook, now: datetime
) -> None:
    """Drafts of some, the worker-to-be's among them, and open forms of others."""
    own = words.read("talk")["unfinished"]
    answers = {"name": own["name"], "content": own["content"]}
    form = _form(who.worker_to_be, who, book, now, answers)
    await conversations.keep_draft(
        session, who.worker_to_be.person_id, SUBMIT.name, stored_form(form), now - timedelta(hours=20)
    )
    for at, worker in enumerate(who.workers[1:], 1):
        idea = words.idea(dice)
        answers = {"name": idea.name, "content": idea.content, "field": idea.field}
        form = _form(worker, who, book, now, dict(list(answers.items())[: dice.randint(1, 3)]))
        since = now - timedelta(minutes=dice.randint(40, 9_000))
        if at % _ONE_OPEN_IN == 0:
            account_id = await web_account_of(Act(session, since, worker.person_id), worker.person_id)
            await conversations.save_forms(
                session, [(worker.person_id, stored_form(form), account_id)], since
            )
        elif at % _ONE_DRAFT_IN == 0:
            await conversations.keep_draft(session, worker.person_id, SUBMIT.name, stored_form(form), since)


def _form(
    member: Member, who: Union, book: ProgrammeBook, now: datetime, answers: dict[str, Any]
) -> FormState:
    """The submission's form with these answers, at the next question."""
    today = local_date(now)
    programme = book.for_unit(who.paths[member.unit_id], today)
    if programme is None:
        raise LookupError(f"no programme for unit {member.unit_id}")
    name = member.profile.name
    details = {one.name: getattr(member.profile, one.name) for one in AUTHOR_DETAILS}
    kept = about(MainAuthor(name, member.person_id, details))
    context = FormContext(today, Texts.load().say("vi"), facts_of(kept, programme.rules, name))
    return forms.begin(SUBMIT, context, answers, kept).state
