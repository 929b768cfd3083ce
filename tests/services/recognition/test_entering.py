"""Days of recognition and recording: neither in the future, nor before the initiative was first applied."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.services.act import Act
from bot.services.initiatives import submitting
from bot.services.initiatives.authors import AuthorEntry
from bot.services.recognition import entering
from bot.services.refusal import Refusal
from bot.services.review import review
from storage.initiatives.tables import Initiative
from tests.services.submissions import submission
from tests.talk import START, Stage, stage

TODAY = START.date()
APPLIED = date(2026, 10, 1)


async def recognised(act: Act, initiative_id: int, day: date) -> Initiative:
    return await entering.recognise(act, initiative_id, "12/QĐ", day)


async def approved(bot: Stage) -> int:
    """An approved initiative that was first applied in October, on a day that nobody remembers."""
    worker = await bot.person("Nguyễn Thị Nga")
    unit = await bot.unit("RALACO")
    nga = AuthorEntry("Nguyễn Thị Nga", 10_000, worker.account.person_id)
    filed = submission("Xe đẩy phôi", nga, first_applied=[APPLIED.isoformat(), "month"])
    async with bot.bot.database.write() as session:
        programme = bot.bot.services.programmes.all()[0]
        one = await submitting.submit(bot.act(session, worker), unit.id, programme, filed)
        await review.approve(bot.act(session), one.id, 1)
        return one.id


@pytest.mark.parametrize("enter", [recognised, entering.record])
async def test_a_day_lies_between_the_first_application_and_today(
    demo_url: str, tmp_path: Path, enter: entering.Enter
) -> None:
    async with stage(demo_url, tmp_path) as bot:
        number = await approved(bot)
        async with bot.bot.database.write() as session:
            act = bot.act(session)
            for day, why in (
                (TODAY + timedelta(days=1), "review.day_in_future"),
                (date(9999, 12, 31), "review.day_in_future"),
                (APPLIED - timedelta(days=1), "review.day_before_applied"),
            ):
                with pytest.raises(Refusal, match=why):
                    await enter(act, number, day)
            # It may have been recognised before it came to us: only the first application has to come before.
            for day in (APPLIED, TODAY):
                one = await enter(act, number, day)
                assert day in (one.recognised_on, one.recorded_on)
