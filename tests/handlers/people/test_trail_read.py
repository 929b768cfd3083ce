"""Officers read what was done in their units, and by whose code; looking is itself an event."""

import pytest
from sqlalchemy import select

from bot.screens.people.actions import EraseMe, ShowTrail, TakeRole
from storage.people.tables import Role
from storage.trail import Event, EventWords
from tests.handlers.people.talks import WEB
from tests.handlers.people.test_helped import code_for
from tests.handlers.talks import approves, opens_from_queue, submits
from tests.talk import Stage


async def kinds(bot: Stage) -> list[str]:
    async with bot.bot.database.read() as session:
        return list(await session.scalars(select(Event.kind).order_by(Event.id)))


@pytest.mark.every_channel
async def test_an_officer_reads_what_was_done_in_their_units_and_by_whose_code(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga", channel=WEB)
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    officer = await bot.person("Trần Văn Minh", role=Role.OFFICER)
    elsewhere = await bot.person("Vũ Thị Xa", unit="HABECO", role=Role.OFFICER)
    await submits(bot, worker)
    await opens_from_queue(support)
    await approves(support)
    helped = await bot.guest()
    await helped.says(await code_for(support, "Nguyễn Thị Nga"))
    await submits(bot, helped, "Giá để khuôn", "Ghép ván thừa thành giá ba tầng")

    read = (await officer.says("/nhatky")).text
    for line in ("Phạm Thị Lan</b> duyệt", "Nguyễn Thị Nga</b> gửi"):
        assert line.replace("</b>", "") in read
    assert "[bằng mã của Phạm Thị Lan]" in read
    assert "xem sáng kiến của người khác" in read
    assert "Nguyễn Thị Nga" not in (await elsewhere.says("/nhatky")).text
    assert "không có quyền" in (await support.presses(ShowTrail().pack())).text
    assert (await kinds(bot))[-1] == "refused"


async def test_what_was_refused_searched_and_corrected_is_in_it(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    await worker.presses(TakeRole(1).pack())
    await code_for(support, "Nguyễn Thị Nga")
    await worker.says("/toi")
    await worker.taps("✎ Sửa")
    await worker.taps("Nơi làm việc")
    await worker.says("Xưởng LED")
    async with bot.bot.database.read() as session:
        rows = await session.execute(
            select(Event.kind, EventWords.words).join(
                EventWords, EventWords.event_id == Event.id, isouter=True
            )
        )
        told = {row[0]: row[1] for row in rows}
    assert "refused" in told
    assert told["searched_people"] == {"words": "Nguyễn Thị Nga"}
    assert told["corrected"] == {"after": "Xưởng LED"}
    await worker.presses(EraseMe(bot.clock.now()).pack())
    async with bot.bot.database.read() as session:
        said = [one.words for one in await session.scalars(select(EventWords))]
    assert "Nga" not in str(said)
