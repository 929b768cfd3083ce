"""What can be done with campaigns and broadcasts of a unit, for ``tests/services/test_permissions.py``."""

from collections.abc import Awaitable, Callable
from datetime import time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.act import Act
from bot.services.campaigns import making, plan, seeing, steering, targets
from bot.services.campaigns.making import Wanted
from bot.services.mailings import agreeing, drafting
from bot.services.mailings import seeing as mailings
from bot.services.mailings import steering as sending
from storage.campaigns.tables import Campaign, CampaignKind
from storage.mailings.audience import Audience
from storage.mailings.tables import Mailing, MailingState
from storage.people.tables import Role
from storage.units.tables import Unit
from tests.talk import Stage

Call = Callable[[Act, Stage, Unit], Awaitable[Any]]

OFFICER = frozenset({Role.OFFICER})
EITHER = OFFICER | {Role.SUPPORT}
NOBODY: frozenset[Role] = frozenset()


async def fill(bot: Stage, session: AsyncSession, unit: Unit) -> None:
    """A campaign of a unit that begins tomorrow, a draft of a broadcast, and one that waits for a second yes."""
    act = bot.act(session)
    await _make(act, bot, unit)
    await _draft(act, bot, unit)
    waiting = await _draft(act, bot, unit)
    waiting.state = MailingState.UNAGREED


async def _make(act: Act, bot: Stage, unit: Unit) -> Campaign:
    first = act.today + timedelta(days=1)
    steps = plan.template(CampaignKind.PEAK_WEEK)
    wanted = Wanted("Tuần", CampaignKind.PEAK_WEEK, unit.id, first, first + timedelta(days=6), steps, 10)
    return await making.make(act, bot.bot.services.programmes, wanted)


async def _draft(act: Act, _bot: Stage, unit: Unit) -> Mailing:
    return await drafting.draft(act, Audience(unit.id), {"words": "Chào cả nhà", "files": []}, None)


def _campaign(call: Callable[..., Awaitable[Any]], *args: Any, **words: Any) -> Call:
    async def done(act: Act, _bot: Stage, unit: Unit) -> None:
        number = await act.session.scalar(select(Campaign.id).where(Campaign.unit_id == unit.id))
        await call(act, number, *args, **words)

    return done


def _mailing(state: MailingState, call: Callable[..., Awaitable[Any]], **words: Any) -> Call:
    async def done(act: Act, _bot: Stage, unit: Unit) -> None:
        wanted = select(Mailing.id).where(Mailing.unit_id == unit.id, Mailing.state == state)
        await call(act, await act.session.scalar(wanted), **words)

    return done


async def _change_time(act: Act, bot: Stage, unit: Unit) -> None:
    change = _campaign(lambda one, number: steering.change_time(one, bot.bot.services.quiet, number, *MOVED))
    await change(act, bot, unit)


async def _change_days(act: Act, bot: Stage, unit: Unit) -> None:
    ends, book = act.today + timedelta(days=5), bot.bot.services.programmes
    change = _campaign(lambda one, number: steering.change_days(one, book, number, ends=ends))
    await change(act, bot, unit)


async def _set_target(act: Act, bot: Stage, unit: Unit) -> None:
    await _campaign(lambda one, number: targets.set_one(one, number, unit.id, 5))(act, bot, unit)


async def _log(act: Act, _bot: Stage, unit: Unit) -> None:
    campaign = (await act.session.scalars(select(Campaign).where(Campaign.unit_id == unit.id))).one()
    await seeing.log(act, campaign, offset=0, limit=5)


MOVED = ("middle", time(10))

CALLS: dict[str, tuple[Call, frozenset[Role]]] = {
    "make a campaign": (_make, OFFICER),
    "look into a campaign": (_campaign(seeing.get), OFFICER),
    "see what a campaign sent": (_log, OFFICER),
    "rename a campaign": (_campaign(steering.rename, "Tuần khác"), OFFICER),
    "change a campaign's days": (_change_days, OFFICER),
    "pause a campaign": (_campaign(steering.pause), OFFICER),
    "resume a campaign": (_campaign(steering.resume), OFFICER),
    "end a campaign": (_campaign(steering.end), OFFICER),
    "change a step's hour": (_change_time, OFFICER),
    "change a step's day": (_campaign(steering.change_day, "first_days", 2), OFFICER),
    "change a step's words": (_campaign(steering.change_words, "middle", "lời"), OFFICER),
    "turn a step off": (_campaign(steering.turn_step, "middle"), OFFICER),
    "set a target": (_set_target, OFFICER),
    "write a broadcast": (_draft, EITHER),
    "look into another's broadcast": (_mailing(MailingState.UNAGREED, mailings.get), OFFICER),
    "say a second yes": (_mailing(MailingState.UNAGREED, agreeing.agree), OFFICER),
    "say a second no": (_mailing(MailingState.UNAGREED, agreeing.disagree), OFFICER),
    "pause another's broadcast": (_mailing(MailingState.UNAGREED, sending.pause), OFFICER),
    "resume another's broadcast": (_mailing(MailingState.UNAGREED, sending.resume), OFFICER),
    "stop another's broadcast": (_mailing(MailingState.UNAGREED, sending.cancel), OFFICER),
    "reopen another's draft": (_mailing(MailingState.DRAFT, drafting.reopen), NOBODY),
    "send another's draft": (
        _mailing(MailingState.DRAFT, drafting.confirm, again=False, large_from=1_000),
        NOBODY,
    ),
}
