"""The enterprise's recognition, and the recording in the national software, which the team enters afterwards."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.services.act import Act
from bot.services.initiatives import told
from bot.services.initiatives.changing import change
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Refusal
from bot.services.review.access import card_to_work_on
from storage.initiatives.cards import Card, Line
from storage.initiatives.tables import Initiative, InitiativeState
from storage.recognition import lacking

#: What enters something about an initiative, with a day. Raises :class:`Refusal`.
Enter = Callable[[Act, int, date], Awaitable[Initiative]]


async def to_recognise(act: Act, *, limit: int) -> Sequence[Line]:
    """Approved initiatives of the actor's units that are not recognised yet, oldest first."""
    return await lacking.without_recognition(act.session, (await reach(act)).paths(Power.RECORD), limit)


async def to_record(act: Act, *, limit: int) -> Sequence[Line]:
    """Approved initiatives of the actor's units that are not in the national software yet, oldest first."""
    return await lacking.without_recording(act.session, (await reach(act)).paths(Power.RECORD), limit)


async def approved(act: Act, initiative_id: int) -> Card:
    """The card of an approved initiative, for entering something about it.

    Raises :class:`Forbidden`, and :class:`Refusal` when it is not approved.
    """
    card = await card_to_work_on(act, initiative_id, Power.RECORD)
    if card.initiative.state is not InitiativeState.APPROVED:
        raise Refusal("review.approve_first", code=card.initiative.code)
    return card


async def recognise(act: Act, initiative_id: int, number: str, day: date) -> Initiative:
    """Enter the enterprise's recognition: the decision's number and date.

    Raises :class:`Forbidden`, and :class:`Refusal` when it is not approved, or the day cannot be right.
    """
    card = await approved(act, initiative_id)
    initiative = card.initiative
    _check_day(act, initiative, day)
    again = initiative.recognised_no is not None
    async with change(act, initiative, "recognised", number=number, day=day.isoformat()):
        initiative.recognised_no, initiative.recognised_on = number, day
    if not again:
        await told.tell_authors(act, card, "recognised", "recognised")
    return initiative


async def record(act: Act, initiative_id: int, day: date) -> Initiative:
    """Enter the day on which somebody typed it into the national software.

    Raises :class:`Forbidden`, and :class:`Refusal` when it is not approved, or the day cannot be right.
    """
    card = await approved(act, initiative_id)
    initiative = card.initiative
    _check_day(act, initiative, day)
    again = initiative.recorded_on is not None
    async with change(act, initiative, "recorded", day=day.isoformat()):
        initiative.recorded_on = day
    if not again:
        await told.tell_authors(act, card, "recorded", "recorded")
    return initiative


def _check_day(act: Act, initiative: Initiative, day: date) -> None:
    """Neither in the future, nor before the initiative was first applied.

    It may lie before the submission and the approval here: an enterprise may have recognised an initiative, and typed
    it into the national software, before its author told the bot of it. Of a first application known by its month or
    year alone the first day counts.
    """
    if day > act.today:
        raise Refusal("review.day_in_future")
    if day < initiative.first_applied:
        raise Refusal("review.day_before_applied", code=initiative.code)


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered for several initiatives: their codes, and why the others were left out."""

    codes: Sequence[str]
    left_out: Sequence[Refusal]


async def enter_many(act: Act, initiative_ids: Sequence[int], day: date, enter: Enter) -> Entered:
    """Enter the same for several initiatives; those that ``enter`` refuses stay as they are."""
    codes, left_out = [], []
    for initiative_id in initiative_ids:
        try:
            async with act.session.begin_nested():
                codes.append((await enter(act, initiative_id, day)).code)
        except Refusal as refusal:
            left_out.append(refusal)
    return Entered(codes, left_out)
