"""Campaigns and broadcasts when things go wrong: clocks that jump, buttons that lie, days and numbers that cannot be."""

from dataclasses import MISSING, fields
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from bot.channels.telegram.channel import NAME as TELEGRAM
from bot.channels.web import NAME as WEB
from bot.conversation.actions import Action
from bot.handlers.features import all_features
from bot.screens.campaigns.actions import EndCampaign, PauseCampaign, ResumeCampaign, TurnStep
from storage.campaigns.tables import Campaign, CampaignState, CampaignTarget
from storage.mailings.tables import Delivery, Mailing, MailingState
from storage.people.tables import Role
from storage.trail import Event
from tests.handlers.campaigns.drives import campaign, makes, officer_of, opens, until
from tests.handlers.mailings.writing import writes
from tests.handlers.talks import goes, labels
from tests.talk import Stage, WebPerson


def values_of(kind: type[Action]) -> tuple[Any, ...]:
    """What an action carries: fields of a dataclass, which the type checker cannot see."""
    return fields(cast("Any", kind))


#: Every action that names a campaign or a broadcast.
ACTIONS = [
    handler.kind
    for word, handler in sorted(all_features().routes.actions.items())
    if word.startswith(("cp.", "bc."))
    and values_of(handler.kind)[:1]
    and values_of(handler.kind)[0].name != "page"
]


def forged(kind: type[Action], now: datetime, *numbers: int) -> Action:
    """An action as somebody could make it up: these numbers in order, a step that there is, a question just asked."""
    found: dict[str, Any] = {}
    left = list(numbers)
    for one in values_of(kind):
        if one.type is int:
            found[one.name] = left.pop(0) if left else 1
        elif one.default is MISSING:
            found[one.name] = {str: "opening", datetime: now}[one.type]
    return kind(**found)


async def state_of_all(bot: Stage) -> tuple[object, ...]:
    """Whatever a press could have changed."""
    async with bot.bot.database.read() as session:
        campaigns = (await session.scalars(select(Campaign))).all()
        mailings = (await session.scalars(select(Mailing).order_by(Mailing.id))).all()
        return (
            [(one.id, one.state, one.paused_at, one.ends, one.steps) for one in campaigns],
            [(one.id, one.state, one.paused_at, one.due_at) for one in mailings],
            await session.scalar(select(func.count()).select_from(Event).where(Event.kind != "refused")),
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
    real = {"campaign": 1, "mailing": int(broadcast or 0)}
    wanted = [(kind, real[values_of(kind)[0].name]) for kind in ACTIONS]
    for person in others:
        for kind, number in wanted:
            for numbers in ((number,), (number, 0), (0,)):
                bot.clock.advance(timedelta(seconds=2))
                action = forged(kind, bot.clock.now(), *numbers)
                seen = await person.presses(action.pack())
                assert "quyền" in seen.text, (action, seen.text)
    for number in (999_999_999, 0):
        for kind, _ in wanted[::3]:
            bot.clock.advance(timedelta(seconds=2))
            seen = await officer.presses(forged(kind, bot.clock.now(), number).pack())
            assert "quyền" in seen.text
    for rest in ("-1", "x", "", "1e9", "99999999999999999999", "1.2.3.4.5.6"):
        for kind, _ in wanted[::3]:
            bot.clock.advance(timedelta(seconds=2))
            assert "quyền" in (await officer.presses(f"{kind.word}.{rest}")).text
    for kind, number in wanted:
        # Who steers a part of it may look at it, and at nothing else.
        bot.clock.advance(timedelta(seconds=2))
        await below.presses(forged(kind, bot.clock.now(), number).pack())
    assert await state_of_all(bot) == before


async def test_what_is_over_can_be_neither_ended_nor_paused_nor_changed(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer)
    end = EndCampaign(1, bot.clock.now())
    await opens(officer, "Kết thúc", "Có")
    assert (await campaign(bot)).state is CampaignState.CANCELLED
    before = await state_of_all(bot)
    for action in (end, PauseCampaign(1), ResumeCampaign(1), TurnStep(1, "opening")):
        assert "kết thúc" in (await officer.presses(action.pack())).text
    assert await state_of_all(bot) == before


async def test_an_old_question_whether_to_end_it_is_asked_again(bot: Stage) -> None:
    officer = await officer_of(bot)
    await makes(officer)
    asked = await opens(officer, "Kết thúc")
    bot.clock.advance(timedelta(minutes=16))

    again = await officer.taps("Có", asked)
    assert "Bỏ “Tuần sáng kiến”?" in again.text
    assert (await campaign(bot)).state is CampaignState.PLANNED

    await officer.taps("Có", again)
    assert (await campaign(bot)).state is CampaignState.CANCELLED


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
