"""Progress tap by tap: down into a unit and up again, in another order, as a picture; and only where one's role reaches."""

from bot.channels.web import NAME as WEB
from bot.screens.progress.actions import ShowPicture, ShowProgress
from storage.people.tables import Role
from tests.handlers.talks import labels
from tests.talk import Stage

SECTOR = "Công đoàn Công Thương Việt Nam"
BIGGEST = "Công đoàn Tổng Công ty Máy động lực"


async def test_an_officer_goes_down_into_a_unit_and_up_again(bot: Stage) -> None:
    officer = await bot.person("Lê Thu Hà", unit="CTVN", role=Role.OFFICER)
    whole = await officer.says("/tiendo")
    assert SECTOR in whole.text
    assert BIGGEST in labels(whole)[0]
    below = await officer.taps(BIGGEST)
    assert below.text.startswith(BIGGEST)
    assert (await officer.taps("▲ Cấp trên")).text.startswith(SECTOR)


async def test_units_are_ranked_by_another_figure(bot: Stage) -> None:
    officer = await bot.person("Lê Thu Hà", unit="CTVN", role=Role.OFFICER)
    by_count = await officer.says("/tiendo")
    assert "Xếp theo số lượng" in by_count.text
    seen = await officer.taps("Theo đầu người")
    assert "Theo số lượng" in labels(seen)
    assert "Theo đầu người" not in labels(seen)
    assert "Xếp theo đầu người" in seen.text
    assert labels(seen)[:8] != labels(by_count)[:8]


async def test_the_picture_comes_on_either_ground(bot: Stage) -> None:
    officer = await bot.person("Lê Thu Hà", unit="CTVN", role=Role.OFFICER)
    await officer.says("/tiendo")
    shown = await officer.taps("Ảnh tiến độ")
    assert SECTOR in shown.text
    assert shown.pictures == 1
    if bot.channel == WEB:  # the page follows the phone: nobody has to choose there
        assert not any("Nền" in label for label in labels(shown))
    else:
        shown = await officer.taps("Nền tối")
        assert shown.pictures == 1
        assert any("Nền sáng" in label for label in labels(shown))
    assert SECTOR in (await officer.taps("◀ Tiến độ")).text


async def test_nobody_sees_a_unit_that_their_role_does_not_reach(bot: Stage) -> None:
    below = await bot.person("Lê Văn Sơn", unit="RALACO", role=Role.OFFICER)
    worker = await bot.person("Nguyễn Thị Nga")
    own, above, beside = [(await bot.unit(code)).id for code in ("RALACO", "CTVN", "VEAM")]
    assert "▲ Cấp trên" not in labels(await below.says("/tiendo"))
    for unit in (above, beside, 999_999):
        for forged in (ShowProgress(unit), ShowPicture(unit), ShowPicture(unit, dark=True)):
            assert "không có quyền" in (await below.presses(forged.pack())).text
    assert "không có quyền" in (await worker.says("/tiendo")).text
    assert "không có quyền" in (await worker.presses(ShowProgress(own).pack())).text
