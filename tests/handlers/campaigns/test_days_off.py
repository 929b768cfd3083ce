"""The days off as an officer sees them with a campaign's plan."""

from datetime import date

from bot.services.campaigns import calendar
from storage.people.tables import Role
from tests.handlers.campaigns.drives import makes, opens
from tests.talk import Stage


async def test_an_officer_sees_the_days_off_of_a_campaign_or_that_nobody_set_any(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", unit="RALACO", role=Role.OFFICER)
    bot.bot.services.is_demo = False
    assert "chưa có ngày nghỉ năm 2026" in (await makes(officer)).text

    async with bot.bot.database.write() as session:
        act = bot.act(session)
        await calendar.add(act, date(2026, 11, 26), date(2026, 11, 27), "Hội thao")
        await calendar.add(act, date(2026, 11, 30), date(2026, 11, 30), "Kiểm kê")

    shown = (await opens(officer, "Lịch nhắc")).text
    assert "26/11/2026 – 27/11/2026 (Hội thao), 30/11/2026 (Kiểm kê)" in shown
    assert "chưa có ngày nghỉ" not in shown
    assert "26/11/2026 —" not in shown
