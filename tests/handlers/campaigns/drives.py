"""What conversations about campaigns begin with: an officer makes one, opens it, and its days go by."""

from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from bot.clock import LOCAL_ZONE
from bot.quiet_hours import at_local
from storage.campaigns.tables import Campaign
from storage.mailings.tables import Delivery, DeliveryState, Mailing, MailingState
from storage.people.tables import Role
from tests.handlers.talks import goes, labels, submits
from tests.talk import Seen, Stage, WebPerson


async def officer_of(bot: Stage, unit: str = "RALACO") -> WebPerson:
    return await bot.person("Lê Văn Sơn", unit=unit, role=Role.OFFICER)


async def makes(officer: WebPerson, *, name: str = "Tuần sáng kiến", target: str = "20") -> Seen:
    """A peak week from tomorrow."""
    await goes(officer, ("/caodiem", "cao điểm"))
    await officer.taps("Tạo đợt mới")
    await goes(officer, ("Tuần cao điểm", "tên là gì"), (name, "Đơn vị nào"))
    await officer.taps((await officer.last()).buttons[0][0])
    await officer.taps("Ngày mai")
    await officer.sees("Kết thúc ngày nào")
    await officer.taps((await officer.last()).buttons[0][0])
    await goes(officer, (target, "không muốn gửi"), ("bỏ qua", "xem lại giúp mình"))
    return await officer.taps("Tạo đợt này")


async def opens(officer: WebPerson, *choices: str, name: str = "Tuần sáng kiến") -> Seen:
    """A campaign, from the list; and then one choice after the other."""
    seen = await officer.taps(name, await officer.says("/caodiem"))
    for choice in choices:
        seen = await officer.taps(choice, seen)
    return seen


async def approves(
    bot: Stage, support: WebPerson, worker: WebPerson, name: str = "Đồ gá khoan bốn lỗ"
) -> None:
    """A worker submits, and the team says yes on the card that it is sent."""
    await submits(bot, worker, name)
    await support.settled()
    await support.taps("Duyệt", await support.sees("Sáng kiến mới", name))


async def until(bot: Stage, day: int, hour: int, minute: int = 0) -> None:
    """Time passes until a clock time so many days after the first: from what is due to what is due, and midnights."""
    first = datetime(2026, 11, 24, tzinfo=LOCAL_ZONE)
    goal = datetime.combine(first.date() + timedelta(days=day), time(hour, minute), LOCAL_ZONE)
    while (now := bot.clock.now()) < goal:
        midnight = at_local(now.astimezone(LOCAL_ZONE).date() + timedelta(days=1), time(0))
        async with bot.bot.database.read() as session:
            due = await session.scalar(
                select(func.min(Mailing.due_at)).where(
                    Mailing.state == MailingState.PLANNED, Mailing.due_at > now
                )
            )
            again = await session.scalar(
                select(func.min(Delivery.not_before)).where(
                    Delivery.state == DeliveryState.PENDING, Delivery.not_before > now
                )
            )
        await bot.works(min(one for one in (goal, midnight, due, again) if one is not None) - now)


async def all_write(bot: Stage, *people: WebPerson) -> None:
    """Nobody is silent for a week: there are messengers that take nothing for them then."""
    bot.clock.advance(timedelta(minutes=1))
    for person in people:
        await person.says("/menu")


async def campaign(bot: Stage) -> Campaign:
    async with bot.bot.database.read() as session:
        return (await session.scalars(select(Campaign))).one()


async def mailing(bot: Stage, key: str) -> Mailing:
    async with bot.bot.database.read() as session:
        found = await session.scalar(select(Mailing).where(Mailing.key == f"campaign:1:{key}"))
        assert found is not None
        return found


async def received(person: WebPerson) -> list[str]:
    """The reminders that stand in a chat."""
    return [seen.text for seen in await person.screen() if "🔕 Không nhắc nữa" in labels(seen)]
