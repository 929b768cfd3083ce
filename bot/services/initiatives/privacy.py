"""What initiatives keep of people, and what becomes of it when they go, turn out to be another, or want a copy."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.conversation.text import fold, same_key
from bot.services import telling
from bot.services.act import Act
from bot.services.initiatives import told, withdrawing
from bot.services.people.erased import ERASED_NAME, replacing
from bot.services.people.privacy import Found, Held, LeavingPerson, Privacy
from storage.conversation import transcript
from storage.initiatives import privacy as stored
from storage.people.tables import Person
from storage.scrubbing import changed

#: What an author's row says besides the name.
_DETAILS = ("born", "workplace", "title", "qualification")
#: What is left of an author who was erased, besides the share.
NOBODY: Mapping[str, str | None] = {
    "name": ERASED_NAME,
    "name_folded": "",
    **dict.fromkeys(_DETAILS),
}


async def _number(act: Act, person_id: int) -> int:
    return await stored.number_written(act.session, person_id)


async def _correct(act: Act, person: Person, values: Mapping[str, object]) -> None:
    named = {name: value for name, value in values.items() if name in NOBODY}
    if named:
        await stored.correct(act.session, person.id, named)


async def _merge(act: Act, old: Person, person: Person) -> Mapping[str, Any]:
    # Nobody may have noticed that one of the two decided on what the other wrote.
    judged = await stored.judged(act.session, old.id, person.id)
    await stored.hand_over(act.session, old.id, person)
    await stored.rename_in_drafts(act.session, old.id, person.id)
    await stored.rename_in_messages(act.session, told.AUTHOR_FOUND, old.id, person.id)
    return {"judged": list(judged)}


async def _before_merge(act: Act, old: int, new: int) -> Sequence[Mapping[str, Any]]:
    return await stored.authors_with(act.session, old, new)


async def _part(act: Act, old: int, new: int, kept: Sequence[Mapping[str, Any]]) -> None:
    await stored.part_authors(act.session, old, new, kept)


async def _copy(act: Act, person_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return await stored.copy(act.session, person_id)


async def _erase(act: Act, leaving: LeavingPerson) -> None:
    """What still waits and has no other author is withdrawn; all others' numbers stay, without the person.

    The photos and documents that they entered go with them, unless somebody else is known to be an author too: then those
    are theirs as well.
    """
    for initiative_id in await stored.alone_and_waiting(act.session, leaving.person_id):
        await withdrawing.withdraw(act, initiative_id)
    concerned = await stored.concerned(act.session, leaving.person_id)
    files = await stored.take_files(act.session, leaving.person_id)
    leaving.files.extend(number for number, _ in files)
    await stored.nobody_wrote(act.session, leaving.person_id, NOBODY)
    about = [telling.about(number) for number in concerned]
    await stored.take_words_from_messages(act.session, about, leaving.said)
    for name in sorted(leaving.names):
        await _scrub(
            act, name, [*leaving.said, *(one for _, one in files)], concerned, besides=leaving.person_id
        )
    await act.session.flush()


async def _find_unregistered(act: Act, path: str, name: str) -> Sequence[Found]:
    found = await stored.unregistered(act.session, path, fold(name))
    return [Found(name, None, initiative, unit) for name, initiative, unit in found]


async def _erase_unregistered(act: Act, path: str, name: str, listed: Sequence[int]) -> None:
    found = await stored.of_unregistered(act.session, path, fold(name), listed)
    authors = [one for one in found if one.person_id is not None or same_key(one.name) == same_key(name)]
    concerned = sorted({author.initiative_id for author in authors})
    names = {author.name for author in authors}
    for author in authors:
        author.person_id = None
        for column, value in NOBODY.items():
            setattr(author, column, value)
    await act.session.flush()
    for one in sorted(names):
        await _scrub(act, one, (), concerned)


async def _scrub(
    act: Act, name: str, said: Collection[str], concerned: Sequence[int], *, besides: int = 0
) -> None:
    """Take a name, and what its bearer said, out of others' chats and drafts about these initiatives.

    ``besides``: the person whose own chat goes as a whole.
    """
    change = replacing([name, *said], ERASED_NAME)
    about = [telling.about(number) for number in concerned]
    # Bubbles of the web chat are ours to change; what a messenger has delivered is out of reach.
    for line_id, account_id, body in await stored.bubbles_about(act.session, about, besides=besides):
        after = changed(body, change)
        if after != body:
            await transcript.change(act.session, account_id, line_id, after)
    for kept in await stored.forms_about(act.session, concerned, besides=besides):
        kept.form = _without(kept.form or {}, name)


def _without(form: dict[str, Any], name: str) -> dict[str, Any]:
    """A form in progress, without an author who is gone; their share stays."""
    answers = dict(form.get("answers", {}))
    authors = [dict(one) for one in answers.get("authors", ())]
    for at, one in enumerate(authors):
        if same_key(one["name"]) == same_key(name):
            one["name"] = ERASED_NAME
            for detail in _DETAILS:
                answers.pop(f"a{at}_{detail}", None)
    if authors:
        answers["authors"] = authors
    return {**form, "answers": answers}


PRIVACY = Privacy(
    held={
        "author.person_id": Held(is_apart=True, is_erased=True, is_copied=True),
        "initiative.claimed_by": Held(),
        "initiative.decided_by": Held(),
        "initiative.entered_by": Held(is_copied=True),
    },
    number=_number,
    correct=_correct,
    merge=_merge,
    before_merge=_before_merge,
    part=_part,
    erase=_erase,
    copy=_copy,
    find_unregistered=_find_unregistered,
    erase_unregistered=_erase_unregistered,
)
