"""Mending an initiative that was returned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.conversation.text import same_key
from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.initiatives.authors import AuthorEntry
from bot.services.initiatives.changing import change
from bot.services.initiatives.filing_rules import check
from bot.services.initiatives.programmes import ProgrammeView
from bot.services.initiatives.reading import own
from bot.services.initiatives.submission import Submission
from bot.services.initiatives.submitting import ask_namesakes
from bot.services.refusal import Refusal
from storage.initiatives import writing
from storage.initiatives.cards import Card
from storage.initiatives.tables import Initiative, InitiativeState


async def to_mend(act: Act, initiative_id: int) -> Card:
    """A card that the actor may mend. Raises :class:`Refusal`, :class:`Forbidden`."""
    card = await own(act, initiative_id)
    if card.initiative.state is not InitiativeState.RETURNED:
        raise Refusal("rules.not_returned", code=card.initiative.code)
    return card


async def mend(act: Act, initiative_id: int, programme: ProgrammeView, submission: Submission) -> Initiative:
    """File a returned initiative again, changed. Its submission time stays; the check's time starts anew."""
    card = await to_mend(act, initiative_id)
    initiative = card.initiative
    # The programme's window held when it was first filed; what is asked now is only what can have changed.
    check(submission, programme, max(initiative.submitted_at.date(), submission.first_applied))
    submission = submission.with_authors(_with_known_people(card, submission.authors))
    was, now = Submission.of_card(card).columns(), submission.columns()
    changed = sorted(name for name in now if was.get(name) != now[name])
    async with change(
        act,
        initiative,
        "mended",
        revision=initiative.revision + 1,
        fields=changed,
        before={name: str(was.get(name)) for name in changed},
        after={name: str(now[name]) for name in changed},
    ):
        submission.write_to(initiative)
        initiative.state = InitiativeState.SUBMITTED
        initiative.revision += 1
        initiative.decision = None
        initiative.decided_by = initiative.decided_at = initiative.claimed_by = initiative.claimed_until = (
            None
        )
        initiative.due_at = act.now + timedelta(days=programme.rules.check_within_days)
        await writing.replace_parts(
            act.session,
            initiative_id,
            submission.author_rows(initiative_id),
            submission.file_rows(initiative_id),
        )
    await told.tell_team(act, card.unit.path, initiative_id, initiative.revision)
    await ask_namesakes(act, initiative, submission)
    return initiative


def _with_known_people(card: Card, entries: Sequence[AuthorEntry]) -> tuple[AuthorEntry, ...]:
    """Authors whose names stay keep the people they are known to be, so that nobody is asked again."""
    known = {
        same_key(author.name): author.person_id for author in card.authors if author.person_id is not None
    }
    taken = {entry.person_id for entry in entries}
    return tuple(
        entry
        if entry.person_id is not None or known.get(same_key(entry.name)) in taken
        else replace(entry, person_id=known.get(same_key(entry.name)))
        for entry in entries
    )
