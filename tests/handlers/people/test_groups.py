"""Group chats of a support team: bound by a code, unbound again, and both by the unit's own people alone."""

import itertools

from sqlalchemy import select

from bot.conversation.vocabulary import Incoming, IncomingKind
from bot.services.people import passes
from storage.delivery.tables import Outbox
from storage.people.tables import Role, TeamChat, WrongCode
from storage.trail import Event
from tests.handlers.talks import count, submits
from tests.talk import Seen, Stage, WebPerson

_keys = itertools.count(1)


async def says_in_group(person: WebPerson, text: str) -> Seen:
    """What the group reads next. Its messages come to where the person reads, so that a test can see them."""
    account = person.account
    await person.bot.desk.accept(
        Incoming(
            person.channel, f"in-the-group-{next(_keys)}", 1, IncomingKind.TEXT, account.external_id, account.chat_id,
            is_group=True, text=text,
        )
    )  # fmt: skip
    await person.settled()
    return await person.last()


async def code_of(bot: Stage, by: WebPerson, unit: str = "RALACO") -> str:
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_group(bot.act(session, by), (await bot.unit(unit)).id)
    return code


async def reads_in_the_group(bot: Stage, person: WebPerson) -> None:
    """The group that is bound is where this person reads now."""
    async with bot.bot.database.write() as session:
        chat = (await session.scalars(select(TeamChat))).one()
        chat.chat_id = person.account.chat_id


async def bound(bot: Stage) -> int:
    return await count(bot, TeamChat, TeamChat.unreachable_since.is_(None))


async def test_a_group_hears_of_new_initiatives_from_being_bound_until_it_is_unbound(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    worker = await bot.person("Nguyễn Thị Nga")
    seen = await says_in_group(support, f"/lienket {await code_of(bot, support)}")
    assert "sẽ báo vào nhóm này" in seen.text
    assert "Rạng Đông" in seen.text
    await submits(bot, worker)
    assert await count(bot, Outbox, Outbox.team_chat_id.is_not(None)) == 1
    assert "Đã gỡ" in (await says_in_group(support, "/huylienket")).text
    await submits(bot, worker, "Giá để khuôn", "Hàn giá ba tầng")
    assert await count(bot, Outbox, Outbox.team_chat_id.is_not(None)) == 1
    kinds = [
        await count(bot, Event, Event.kind == kind, Event.actor_id == support.account.person_id)
        for kind in ("group_bound", "group_unbound")
    ]
    assert kinds == [1, 1]


async def test_a_group_that_was_unbound_can_be_bound_again(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    for _ in range(2):
        seen = await says_in_group(support, f"/lienket {await code_of(bot, support)}")
        assert "sẽ báo vào nhóm này" in seen.text
        assert await bound(bot) == 1
        await says_in_group(support, "/huylienket")
        assert await bound(bot) == 0
    assert await count(bot, TeamChat) == 1


async def test_only_the_units_own_people_bind_a_group(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    code = await code_of(bot, officer)
    worker = await bot.person("Nguyễn Thị Nga")
    elsewhere = await bot.person("Vũ Văn Tú", unit="HABECO", role=Role.OFFICER)
    for stranger in (worker, elsewhere):
        assert "không có quyền" in (await says_in_group(stranger, f"/lienket {code}")).text
    assert await bound(bot) == 0
    # They have not used the code up.
    assert "sẽ báo vào nhóm này" in (await says_in_group(officer, f"/lienket {code}")).text
    assert "không đúng" in (await says_in_group(officer, f"/lienket {code}")).text


async def test_only_the_units_own_people_unbind_a_group(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    await says_in_group(officer, f"/lienket {await code_of(bot, officer)}")
    for name, unit, role in (
        ("Nguyễn Thị Nga", "RALACO", None),
        ("Vũ Văn Tú", "HABECO", Role.OFFICER),
        ("Trần Bình", "RALACO-X1", Role.SUPPORT),
    ):
        stranger = await bot.person(name, unit=unit, role=role)
        await reads_in_the_group(bot, stranger)
        assert "không có quyền" in (await says_in_group(stranger, "/huylienket")).text, name
        assert await bound(bot) == 1
    above = await bot.person("Đỗ Thị Hà", unit="CTVN", role=Role.OFFICER)
    await reads_in_the_group(bot, above)
    assert "Đã gỡ" in (await says_in_group(above, "/huylienket")).text


async def test_a_group_that_is_not_bound_is_said_to_be_so(bot: Stage) -> None:
    for person in (await bot.person("Phạm Thị Lan", role=Role.SUPPORT), await bot.person("Nguyễn Thị Nga")):
        assert "chưa gắn với đơn vị nào" in (await says_in_group(person, "/huylienket")).text
    support = await bot.person("Hoàng Văn Nam", role=Role.SUPPORT)
    await says_in_group(support, f"/lienket {await code_of(bot, support)}")
    await says_in_group(support, "/huylienket")
    assert "chưa gắn với đơn vị nào" in (await says_in_group(support, "/huylienket")).text
    assert await count(bot, Event, Event.kind == "group_unbound") == 1


async def test_in_a_private_chat_both_commands_say_where_they_belong(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    for said in (f"/lienket {await code_of(bot, support)}", "/huylienket"):
        assert "gõ trong nhóm chat của Tổ" in (await support.says(said)).text
    assert await count(bot, TeamChat) == 0


async def test_no_other_code_binds_a_group_and_a_wrong_one_is_counted(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    home = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        invite, _ = await passes.invite(bot.act(session, support), home.id, None)
    for code in (invite, home.join_code):
        assert "không đúng" in (await says_in_group(support, f"/lienket {code}")).text
    assert await bound(bot) == 0
    assert await count(bot, WrongCode) == 2
