"""Submitting an initiative, for oneself or for somebody else."""

from datetime import timedelta

from bot.services.act import Act
from bot.services.initiatives import authorship, told
from bot.services.initiatives.changing import change
from bot.services.initiatives.filing_rules import check
from bot.services.initiatives.programmes import ProgrammeView
from bot.services.initiatives.submission import Submission
from bot.services.people.rights import require, unit_path
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden, Refusal
from storage.initiatives import writing
from storage.initiatives.numbers import next_number
from storage.initiatives.tables import Initiative, InitiativeState
from storage.people.tables import Person


async def submit(
    act: Act,
    unit_id: int,
    programme: ProgrammeView | None,
    submission: Submission,
    *,
    most_a_day: int | None = None,
) -> Initiative:
    """File a submission; gives it with its code. The support team is told with the same commit.

    ``most_a_day``: how many of their own somebody sends within 24 hours. Whoever enters for somebody else (is no author) must be of the unit's support team.
    Raises :class:`Refusal` when it breaks a rule, :class:`Forbidden` without the right.
    """
    if act.actor_id is None:
        raise Forbidden
    if programme is None:
        raise Refusal("rules.no_programme")
    check(submission, programme, act.today)
    path = await unit_path(act.session, unit_id)
    actor = await act.session.get(Person, act.actor_id)
    if actor is None or actor.registered_at is None:
        raise Forbidden
    if actor.restricted_since is not None:
        raise Refusal("rights.restricted")
    is_author = any(author.person_id == act.actor_id for author in submission.authors)
    if not is_author or actor.unit_id != unit_id:
        await require(act, unit_id, Power.ENTER)
    elif most_a_day is not None:
        sent = await writing.entered_since(act.session, act.actor_id, act.now - timedelta(days=1))
        if sent >= most_a_day:
            raise Refusal("submit.too_many_today", n=most_a_day)
    number = await next_number(act.session, f"initiative:{programme.code}:{act.today.year}")
    phase = programme.phase_on(act.today)
    initiative = Initiative(
        code=f"{programme.code}-{act.today.year}-{number:06d}",
        programme_id=programme.id,
        phase_id=phase.id if phase else None,
        unit_id=unit_id,
        entered_by=act.actor_id,
        state=InitiativeState.SUBMITTED,
        revision=1,
        submitted_at=act.now,
        due_at=act.now + timedelta(days=programme.rules.check_within_days),
        **submission.columns(),
    )
    async with change(act, initiative, "submitted", is_new=True):
        await writing.add(act.session, initiative)
        writing.add_parts(
            act.session, submission.author_rows(initiative.id), submission.file_rows(initiative.id)
        )
    await told.tell_team(act, path, initiative.id, initiative.revision)
    await ask_namesakes(act, initiative, submission)
    return initiative


async def ask_namesakes(act: Act, initiative: Initiative, submission: Submission) -> None:
    """Ask those of the unit who bear the name of an author whom nobody is yet."""
    if any(author.person_id is None for author in submission.authors):
        await authorship.tell_namesakes(act, initiative.id, initiative.unit_id)
