"""A peak week as its people live it: made in the chat, seen before it starts, followed day by day, ended with thanks."""

from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from bot.clock import LOCAL_ZONE
from bot.quiet_hours import at_local
from storage.campaigns.tables import Campaign, CampaignState
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


async def test_a_week_from_opening_to_thanks(bot: Stage) -> None:
    officer, support = await officer_of(bot), await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    eager, slow = await bot.person("Nguyễn Thị Nga"), await bot.person("Trần Văn Bốn")
    seen = await makes(officer)
    assert "Khai mạc: 2 người" in seen.text
    assert "08:00 25/11/2026" in seen.text

    await until(bot, 1, 9)
    await eager.sees("Tuần sáng kiến", "cùng góp sáng kiến")
    await slow.sees("cùng góp sáng kiến")
    number = await submits(bot, eager)
    await until(bot, 1, 20)
    told = await officer.sees("Tuần sáng kiến –", "Hôm nay thêm")
    assert told.pictures == 1
    await until(bot, 2, 12)
    await support.sees("Đang chờ Tổ hỗ trợ xem: 1")
    await slow.sees("đã bắt đầu")
    await support.presses(f"rv.ok.{number}.1")
    await all_write(bot, eager, slow, officer)
    await until(bot, 8, 10)
    await slow.sees("Hôm nay là ngày cuối")
    await slow.sees("đã kết thúc", "Đã có 1/20")
    await eager.sees("đã kết thúc")
    await eager.sees_not("Hôm nay là ngày cuối")
    assert (await campaign(bot)).state is CampaignState.ENDED
    await officer.sees("đã kết thúc – Công đoàn Công ty CP Bóng đèn", "Kết quả cuối cùng", "Đã có 1/20")
    for person in (eager, slow, support, officer):
        texts = await received(person)
        assert len(texts) == len(set(texts)), texts


async def test_who_says_stop_gets_none_until_they_want_them_again(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 1, 9)
    await worker.taps("Không nhắc nữa")
    await until(bot, 3, 20)
    assert len(await received(worker)) == 1
    await worker.taps("Nhắc lại mình nhé")
    await until(bot, 7, 20)
    assert len(await received(worker)) > 1


async def test_paused_it_is_silent_and_ended_early_it_thanks(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 1, 9)
    await officer.presses("cp.pause.1")
    await until(bot, 3, 20)
    assert len(await received(worker)) == 1
    await officer.presses("cp.resume.1")
    await officer.presses("cp.end.1")
    await officer.taps("Có")
    await until(bot, 4, 10)
    await worker.sees("đã kết thúc")
    assert (await campaign(bot)).state is CampaignState.ENDED
    await until(bot, 8, 20)
    assert len(await received(worker)) == 2


async def test_a_change_of_the_plan_changes_what_is_not_sent_yet(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    await makes(officer)
    await until(bot, 1, 9)
    await officer.presses("cp.turn.1.first_days")
    await officer.presses("cp.time.1.middle")
    assert "đang ngủ" in (await officer.says("23:00")).text
    await officer.says("16:30")
    await until(bot, 4, 16)
    assert len(await received(worker)) == 1
    await until(bot, 4, 17)
    await worker.sees("nửa chặng")


async def test_a_message_is_seen_as_people_get_it(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer)
    await officer.taps("Nhắc ngày cuối")
    await officer.sees("Hôm nay là ngày cuối của Tuần sáng kiến")


async def test_the_nudge_opens_what_waits_at_its_place(bot: Stage) -> None:
    worker = await bot.person("Trần Văn Bốn")
    await goes(worker, ("/sangkien", "tên là gì"), ("Giá để dụng cụ", "làm thế nào"), ("huỷ", "giữ lại"))
    assert "làm thế nào" in (await worker.presses("nudge")).text


async def test_strangers_steer_nothing(bot: Stage) -> None:
    officer, worker, other = (
        await officer_of(bot),
        await bot.person("Trần Văn Bốn"),
        await officer_of(bot, "VEAM"),
    )
    await makes(officer)
    for verb in (
        "open", "plan", "all", "targets", "target", "paste", "share", "step", "turn", "time", "day", "words",
        "units", "picture", "log", "sent", "change", "pause", "resume", "end", "ended",
    ):  # fmt: skip
        bot.clock.advance(timedelta(minutes=1))
        for stranger in (worker, other):
            seen = await stranger.presses(f"cp.{verb}.1.{int(bot.clock.now().timestamp())}")
            assert "quyền" in seen.text, verb
    assert (await campaign(bot)).state is CampaignState.PLANNED


async def test_a_target_that_cannot_be_is_asked_again(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer)
    await officer.presses(f"cp.target.1.{(await bot.unit('RALACO')).id}")
    for typed in ("00", "1000001", "-5", "nhiều"):
        assert "từ 1 đến 1.000.000" in (await officer.says(typed)).text, typed
