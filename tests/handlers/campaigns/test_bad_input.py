"""Campaigns and broadcasts when things go wrong: clocks that jump, buttons that lie, days and numbers that cannot be."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.channels.telegram.channel import NAME as TELEGRAM
from bot.channels.web import NAME as WEB
from bot.handlers.features import all_features
from storage.campaigns.tables import Campaign, CampaignState, CampaignTarget
from storage.mailings.tables import Delivery, Mailing, MailingState
from storage.people.tables import Role
from storage.trail import Event
from tests.handlers.campaigns.test_campaign import campaign, makes, officer_of, until
from tests.handlers.mailings.test_broadcast import writes
from tests.handlers.talks import goes, labels
from tests.talk import Stage, WebPerson

#: Every button that names a campaign or a broadcast.
BUTTONS = [
    name
    for name in sorted(all_features().routes.actions)
    if name.startswith(("cp.", "bc.")) and name not in ("cp.list", "cp.new", "bc.list", "bc.new")
]


async def state_of_all(bot: Stage) -> tuple[object, ...]:
    """Whatever a press could have changed."""
    async with bot.bot.database.read() as session:
        campaigns = (await session.scalars(select(Campaign))).all()
        mailings = (await session.scalars(select(Mailing).order_by(Mailing.id))).all()
        return (
            [(one.id, one.state, one.paused_at, one.ends, one.steps) for one in campaigns],
            [(one.id, one.state, one.paused_at, one.due_at) for one in mailings],
            await session.scalar(select(func.count()).select_from(Event)),
        )


# Four hundred presses are many, and only where there are buttons can one be forged.
@pytest.mark.parametrize("channel", [WEB, TELEGRAM])
async def test_forged_numbers_and_officers_of_another_unit_move_nothing(bot: Stage) -> None:
    officer, worker = await officer_of(bot), await bot.person("Trần Văn Bốn")
    others, below = [worker, await officer_of(bot, "VEAM")], await officer_of(bot, "RALACO-X1")
    await makes(officer)
    await writes(officer, when="17h")
    async with bot.bot.database.read() as session:
        broadcast = await session.scalar(select(func.max(Mailing.id)).where(Mailing.kind == "broadcast"))
    before = await state_of_all(bot)
    real = {"cp": "1", "bc": str(broadcast or 0)}
    stamp = int(bot.clock.now().timestamp())
    for person in others:
        for button in BUTTONS:
            for rest in (f"{real[button[:2]]}.opening", f"{real[button[:2]]}.{stamp}", "0"):
                bot.clock.advance(timedelta(seconds=2))
                seen = await person.presses(f"{button}.{rest}")
                assert "quyền" in seen.text, (button, rest, seen.text)
    for number in ("999999999", "-1", "x", "", "1e9", "99999999999999999999"):
        for button in BUTTONS[::3]:
            bot.clock.advance(timedelta(seconds=2))
            assert "quyền" in (await officer.presses(f"{button}.{number}")).text
    for button in BUTTONS:
        # Who steers a part of it may look at it, and at nothing else.
        bot.clock.advance(timedelta(seconds=2))
        await below.presses(f"{button}.{real[button[:2]]}.opening.{stamp}")
    assert await state_of_all(bot) == before


async def test_what_is_over_can_be_neither_ended_nor_paused_nor_changed(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer)
    stamp = int(bot.clock.now().timestamp())
    await officer.presses(f"cp.ended.1.{stamp}")
    assert (await campaign(bot)).state is CampaignState.CANCELLED
    before = await state_of_all(bot)
    for press in (f"ended.1.{stamp}", "pause.1", "resume.1", "turn.1.opening"):
        assert "kết thúc" in (await officer.presses(f"cp.{press}")).text
    assert await state_of_all(bot) == before


async def test_pressing_make_twice_makes_one(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer)
    made = next(one for one in reversed(await officer.screen()) if "✓ Tạo đợt này" in labels(one))
    await officer.presses(dict(made.buttons)["✓ Tạo đợt này"], made)
    assert (await campaign(bot)).name == "Tuần sáng kiến"


async def test_a_campaign_of_nobody_is_made_begins_and_ends(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", unit="VNSTEEL", role=Role.OFFICER)
    seen = await makes(officer)
    assert "Khai mạc: 0 người" in seen.text
    await until(bot, 9, 10)
    async with bot.bot.database.read() as session:
        opening = await session.scalar(select(Mailing).where(Mailing.key == "campaign:1:opening"))
        assert opening is not None
        assert (opening.state, opening.reason, opening.total) == (MailingState.DONE, "nobody", 0)
        people = set(await session.scalars(select(Delivery.person_id)))
    assert people == {officer.account.person_id}
    assert (await campaign(bot)).state is CampaignState.ENDED


async def plans(officer: WebPerson) -> None:
    """The first questions of a peak week, up to its first day."""
    await goes(officer, ("/caodiem", "cao điểm"))
    await officer.taps("Tạo đợt mới")
    await goes(officer, ("Tuần cao điểm", "tên là gì"), ("Tuần an toàn", "Đơn vị nào"))
    await officer.taps((await officer.last()).buttons[0][0])


async def test_days_and_targets_that_cannot_be_are_asked_again(bot: Stage) -> None:
    officer = await officer_of(bot)
    await plans(officer)
    for typed in ("hôm qua", "1/1/2020", "1/12/2035", "31/2", "khi nào rảnh"):
        assert "Bắt đầu ngày nào" in (await officer.says(typed)).text, typed
    await goes(officer, ("30/11", "Kết thúc ngày nào"), ("29/11", "phải sau"), ("30/11", "Chỉ tiêu"))
    for typed in ("00", "1.000.001", "99999999999999999999", "-5", "1,5", "nhiều"):
        assert "từ 1 đến 1.000.000" in (await officer.says(typed)).text, typed
    # A bare 0 leaves, here as everywhere; what was written is kept.
    await officer.says("0")
    async with bot.bot.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Campaign)) == 0


async def test_days_that_overlap_are_allowed_and_shown_and_a_million_is_a_target(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer)
    await plans(officer)
    await goes(officer, ("30/11", "Kết thúc ngày nào"), ("30/11", "Chỉ tiêu"))
    await goes(officer, ("1.000.000", "không muốn gửi"), ("bỏ qua", "xem lại giúp mình"))
    await officer.taps("Tạo đợt này")
    await officer.sees("Trùng ngày với: Tuần sáng kiến")
    async with bot.bot.database.read() as session:
        assert await session.scalar(select(func.max(CampaignTarget.number))) == 1_000_000
