"""What is left where a person was erased, and taking them out of what others see."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversation.text import fold
from storage.conversation import transcript
from storage.conversation.tables import Conversation, Draft, TranscriptLine
from storage.delivery.tables import Outbox
from storage.people.tables import Account

#: What stands where a person's name was.
ERASED_NAME = "—"
#: What is left of an author who was erased, besides the share.
NOBODY: Mapping[str, str | None] = {
    "name": ERASED_NAME,
    "name_folded": "",
    "born": None,
    "workplace": None,
    "title": None,
    "qualification": None,
}


async def scrub(
    session: AsyncSession, name: str, said: Collection[str], concerned: Sequence[int], *, besides: int = 0
) -> None:
    """Take a name, and what its bearer said, out of others' chats and drafts about these initiatives.

    ``besides``: the person whose own chat goes as a whole. What a messenger has delivered is out of reach.
    """
    about = [f"initiative:{number}" for number in concerned]
    # Bubbles of the web chat are ours to change; what a messenger has delivered is not.
    shown = await session.execute(
        select(TranscriptLine.id, TranscriptLine.account_id, TranscriptLine.body)
        .join(Account, Account.id == TranscriptLine.account_id)
        .where(
            Account.person_id != besides,
            Account.person_id.in_(
                select(Outbox.person_id).where(Outbox.about.in_(about), Outbox.person_id.is_not(None))
            ),
        )
    )
    gone = [str(Markup.escape(one)) for one in (*sorted(said, key=len, reverse=True), name) if one]
    for line_id, account_id, body in shown.all():
        text = str(body.get("text", ""))
        for one in gone:
            text = text.replace(one, ERASED_NAME)
        if text != body.get("text", ""):
            await transcript.change(session, account_id, line_id, {**body, "text": text})
    drafts = await session.scalars(
        select(Draft).where(
            Draft.person_id != besides, Draft.form["about"]["initiative"].as_integer().in_(concerned)
        )
    )
    open_forms = await session.scalars(
        select(Conversation).where(
            Conversation.person_id != besides,
            Conversation.form["about"]["initiative"].as_integer().in_(concerned),
        )
    )
    for kept in (*drafts, *open_forms):
        kept.form = _without(kept.form or {}, name)


def _without(form: dict[str, Any], name: str) -> dict[str, Any]:
    """A form in progress, without an author who is gone; their share stays."""
    answers = dict(form.get("answers", {}))
    authors = [dict(one) for one in answers.get("authors", ())]
    for at, one in enumerate(authors):
        if fold(one["name"]) == fold(name):
            one["name"] = ERASED_NAME
            for detail in ("born", "workplace", "title", "qualification"):
                answers.pop(f"a{at}_{detail}", None)
    if authors:
        answers["authors"] = authors
    return {**form, "answers": answers}
