"""Shared phones in the chat: added, listed with when they were used, ended; and only by those who may."""

from datetime import timedelta

from bot.screens.people.actions import AddKiosk, AskToEndKiosk, EndKiosk, ShowKiosks
from bot.services.people import kiosks
from storage.people import kiosks as stored
from storage.people.tables import Kiosk, Role
from tests.handlers.talks import action, count, labels
from tests.talk import Stage


async def test_an_officer_adds_a_shared_phone_sees_its_use_and_ends_it(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    worker = await bot.person("Nguyễn Thị Nga")
    assert "Chưa có máy nào" in (await officer.says("/maychung")).text
    seen = await officer.taps("Thêm một máy")
    code = next(word for word in seen.text.split() if len(word) == 10 and word.isupper())
    assert f"/i/{code}" in seen.text
    async with bot.bot.database.write() as session:
        await kiosks.make(bot.act(session), code, "Mozilla/5.0 (Linux; Android 14; K) Chrome/130")
    seen = await officer.says("/maychung")
    assert all(word in seen.text for word in ("Rạng Đông", "Android", "Lê Văn Sơn", "chưa ai dùng"))
    async with bot.bot.database.write() as session:
        await stored.used(session, 1, bot.clock.now())
    seen = await officer.says("/maychung")
    assert "dùng gần nhất 10:00 24/11/2026" in seen.text
    end = AskToEndKiosk.unpack(action(seen, "Thôi dùng"))
    # A forged button, or a word that the menu does not show, opens nothing to a worker.
    for forged in (
        end,
        EndKiosk(end.kiosk),
        AddKiosk(1),
        ShowKiosks(1),
        ShowKiosks(0),
        AskToEndKiosk(9),
    ):
        bot.clock.advance(timedelta(minutes=1))
        assert "không có quyền" in (await worker.presses(forged.pack())).text.lower()
    assert "Thôi dùng chung" in (await officer.taps("Thôi dùng")).text
    assert "không còn" in (await officer.taps("Có")).text
    assert "Chưa có máy nào" in (await officer.says("/maychung")).text
    assert await count(bot, Kiosk, Kiosk.revoked_at.is_not(None)) == 1


async def test_the_button_stands_beside_the_invites(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    await support.says("/to")
    assert "Máy dùng chung" in " ".join(labels(await support.last()))
    assert "Thêm một máy" in " ".join(labels(await support.taps("Máy dùng chung")))
