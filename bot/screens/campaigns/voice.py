"""What a campaign's message says to each of the people who were claimed for it, or why it says nothing to them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.clock import local_date
from bot.conversation.vocabulary import Screen
from bot.delivery.verdicts import Send, Skip, Verdict, Wait
from bot.screens.campaigns.messages import message
from bot.screens.composing import Claimed
from bot.services.campaigns.moments import step_of
from bot.services.campaigns.protect import ReminderDay, hold_back
from storage.campaigns import days_off
from storage.campaigns.holders import widest_units
from storage.campaigns.tables import Campaign
from storage.mailings import reminded
from storage.mailings.recipients import Reader
from storage.people.tables import Role
from storage.units.tables import Unit

#: Kinds of message whose words depend on which unit somebody checks for or steers.
_ROLES = {"team": Role.SUPPORT, "officers": Role.OFFICER, "report": Role.OFFICER}
#: While another campaign's message to the same person is on its way and may still fail, this one asks again that often.
_ASK_AGAIN = timedelta(minutes=15)


async def reminder(claimed: Claimed) -> Mapping[int, Verdict]:
    """What protects people is asked first, and last whether this is the only reminder of their day."""
    session, mailing, now = claimed.session, claimed.mailing, claimed.now
    campaign = await session.get(Campaign, mailing.campaign_id or 0)
    if campaign is None:
        return {}
    today = local_date(now)
    day = ReminderDay(today, await days_off.between(session, today, today), claimed.services.quiet)
    found: dict[int, Verdict] = {}
    going: list[Reader] = []
    for reader in claimed.readers:
        held = hold_back(mailing, reader, is_for_them=claimed.is_for(reader), now=now, day=day)
        if held is not None:
            found[reader.person_id] = held
        elif reader.account_id is not None:
            going.append(reader)
        else:
            found[reader.person_id] = Skip("nowhere")
    worded = await _worded(claimed, campaign, going)
    told = [reader.person_id for reader in going if worded[reader.person_id] is not None]
    may, undecided = await reminded.remind(session, mailing.id, today, told)
    for reader in going:
        screen = worded[reader.person_id]
        if screen is None:
            found[reader.person_id] = Skip("nothing")
        elif reader.person_id in may:
            found[reader.person_id] = Send(screen)
        elif reader.person_id in undecided:
            again = now + _ASK_AGAIN
            found[reader.person_id] = Wait(again) if again < mailing.until else Skip("late")
        else:
            found[reader.person_id] = Skip("one_a_day")
    return found


async def _worded(
    claimed: Claimed, campaign: Campaign, readers: Sequence[Reader]
) -> dict[int, Screen | None]:
    """One screen for each language, and, for people with a role, for each unit that they hold it in."""
    step = step_of(campaign, claimed.mailing)
    units: Mapping[int, int] = {}
    if role := _ROLES.get(claimed.mailing.kind):
        top = await claimed.session.get_one(Unit, campaign.unit_id)
        people = [reader.person_id for reader in readers]
        units = await widest_units(claimed.session, top.path, role, people)
    made: dict[tuple[str, int], Screen | None] = {}
    found: dict[int, Screen | None] = {}
    for reader in readers:
        key = (reader.language, units.get(reader.person_id, campaign.unit_id))
        if key not in made:
            made[key] = await message(claimed.showing(reader.language), campaign, step, key[1])
        found[reader.person_id] = made[key]
    return found
