"""What a mailing says to each of the people who were claimed for it, or why it says nothing to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import local_date
from bot.conversation.vocabulary import Screen
from bot.delivery.verdicts import Send, Skip, Verdict, Wait
from bot.screens.campaigns import words as campaign_words
from bot.screens.mailings import words as mailing_words
from bot.services.campaigns import campaigns
from bot.services.mailings.mailings import BROADCAST
from bot.services.mailings.protect import Day, hold_back, hold_broadcast_back
from bot.services.shared import Services
from storage.campaigns import campaigns as stored_campaigns
from storage.campaigns.tables import Campaign
from storage.mailings import audience as audiences
from storage.mailings import mailings
from storage.mailings.audience import Audience
from storage.mailings.recipients import Reader
from storage.mailings.tables import Mailing
from storage.people.tables import Role, RoleGrant
from storage.units.tables import Unit
from storage.units.tree import below

#: Kinds of message whose words depend on which unit somebody checks for or steers.
_ROLES = {"team": Role.SUPPORT, "officers": Role.OFFICER, "report": Role.OFFICER}
#: While another campaign's message to the same person is on its way and may still fail, this one asks again so often.
_ASK_AGAIN = timedelta(minutes=15)


class Composer:
    """Words mailings; see ``bot.delivery.verdicts.Compose``."""

    def __init__(self, services: Services) -> None:
        """Sentences and settings come from the services."""
        self._services = services

    async def __call__(
        self, session: AsyncSession, mailing: Mailing, readers: Sequence[Reader], now: datetime
    ) -> Mapping[int, Verdict]:
        """A verdict for each reader."""
        audience = Audience.from_json(mailing.audience)
        unit = await session.get(Unit, audience.unit_id)
        if unit is None:
            return {}
        ids = [reader.person_id for reader in readers]
        meant = await audiences.still(session, audience, unit.path, ids)
        if mailing.kind == BROADCAST:
            return self._broadcast(mailing, unit.name, readers, meant, now)
        return await self._reminder(session, mailing, readers, meant, now)

    async def _reminder(
        self,
        session: AsyncSession,
        mailing: Mailing,
        readers: Sequence[Reader],
        meant: set[int],
        now: datetime,
    ) -> Mapping[int, Verdict]:
        """A campaign's message: what protects people is asked first, and last that it is the only one of their day."""
        campaign = await session.get(Campaign, mailing.campaign_id or 0)
        if campaign is None:
            return {}
        today = local_date(now)
        day = Day(today, await stored_campaigns.days_off(session, today, today), self._services.quiet)
        found: dict[int, Verdict] = {}
        going: list[Reader] = []
        for reader in readers:
            is_for_them = reader.person_id in meant or reader.account_id is None
            held = hold_back(mailing, reader, is_for_them=is_for_them, now=now, day=day)
            if held is not None:
                found[reader.person_id] = held
            elif reader.account_id is not None:
                going.append(reader)
            else:
                found[reader.person_id] = Skip("nowhere")
        worded = await self._worded(session, mailing, campaign, going, now)
        told = [reader for reader in going if worded[reader.person_id] is not None]
        may, undecided = await mailings.remind(
            session, mailing.id, today, [reader.person_id for reader in told]
        )
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
        self,
        session: AsyncSession,
        mailing: Mailing,
        campaign: Campaign,
        readers: Sequence[Reader],
        now: datetime,
    ) -> dict[int, Screen | None]:
        """The same words for all who read the same language, and, of those with a role, steer the same unit."""
        step = campaigns.step_of(campaign, mailing)
        role = _ROLES.get(mailing.kind)
        units = await self._units_of(session, campaign, role, readers) if role else {}
        made: dict[tuple[str, int], Screen | None] = {}
        found: dict[int, Screen | None] = {}
        for reader in readers:
            key = (reader.language, units.get(reader.person_id, campaign.unit_id))
            if key not in made:
                say = self._services.texts.say(reader.language)
                made[key] = await campaign_words.message(
                    session, self._services, say, campaign, step, key[1], now
                )
            found[reader.person_id] = made[key]
        return found

    async def _units_of(
        self, session: AsyncSession, campaign: Campaign, role: Role, readers: Sequence[Reader]
    ) -> dict[int, int]:
        """For which unit of the campaign each of these people holds a role: the widest."""
        top = await session.get_one(Unit, campaign.unit_id)
        rows = await session.execute(
            select(RoleGrant.person_id, Unit.id)
            .join(Unit, Unit.id == RoleGrant.unit_id)
            .where(
                RoleGrant.person_id.in_([reader.person_id for reader in readers]),
                RoleGrant.role == role,
                RoleGrant.revoked_at.is_(None),
                below(top.path),
            )
            .order_by(Unit.path.desc())
        )
        return {person_id: unit_id for person_id, unit_id in rows}  # noqa: C416 - a row is no pair for the checker

    def _broadcast(
        self, mailing: Mailing, unit_name: str, readers: Sequence[Reader], meant: set[int], now: datetime
    ) -> dict[int, Verdict]:
        worded: dict[str, Send] = {}
        found: dict[int, Verdict] = {}
        for reader in readers:
            # Without a way to reach them they are in no audience any more; that is another reason than having left it.
            is_for_them = reader.person_id in meant or reader.account_id is None
            held = hold_broadcast_back(mailing, reader, is_for_them=is_for_them, now=now)
            if held is None and reader.language not in worded:
                say = self._services.texts.say(reader.language)
                worded[reader.language] = Send(mailing_words.broadcast(say, mailing, unit_name))
            found[reader.person_id] = held or worded[reader.language]
        return found
