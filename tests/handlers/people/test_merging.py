"""Two registrations of one human become one, after an explicit yes."""

from sqlalchemy import select

from bot.screens.people.actions import MergeInto
from bot.screens.review.actions import Approve
from bot.services.people import passes
from storage.conversation.tables import Draft
from storage.initiatives.tables import Author, InitiativeState
from storage.people.tables import Person, Role, RoleGrant
from storage.progress import counts
from storage.trail import Event
from tests.handlers.people.talks import WEB, erases, shows_code, twice, who_is
from tests.handlers.talks import count, goes, initiative, labels, open_form, submits
from tests.talk import Stage


async def test_two_registrations_become_one_after_an_explicit_yes(bot: Stage) -> None:
    first, second = await twice(bot)
    mine, theirs = await submits(bot, second, "Xe đẩy ba tầng"), await submits(bot, first, "Giá để khuôn")
    code = await shows_code(first)
    asked = await second.says(f"/ma {code}")
    for shown in ("Nga Nguyễn", "Nguyễn Thị Nga", "Xưởng LED", "1 sáng kiến", "Gộp làm một?"):
        assert shown in asked.text
    await second.taps("Không gộp")
    assert await who_is(bot, second) != first.account.person_id
    await second.says(f"/ma {code}")
    await second.taps("Gộp làm một")
    await second.sees("Đã gộp làm một", "Nguyễn Thị Nga")
    assert await who_is(bot, second) == first.account.person_id
    listed = "".join(labels(await second.says("/cuatoi")))
    assert "Xe đẩy ba tầng" in listed
    assert "Giá để khuôn" in listed
    for number in (mine, theirs):
        assert (await initiative(bot, number)).entered_by == first.account.person_id
    async with bot.bot.database.read() as session:
        assert await counts.recount(session) == await counts.kept(session)
        names = set(await session.scalars(select(Author.name)))
        unit = (await session.get_one(Person, first.account.person_id)).unit_id
        event = (await session.scalars(select(Event).where(Event.kind == "merged"))).one()
    assert names == {"Nguyễn Thị Nga"}
    assert unit == (await bot.unit("RALACO")).id
    assert (event.actor_id, event.details["initiatives"]) == (first.account.person_id, 1)
    # Used up.
    late = await bot.person("Vũ Văn Tú")
    assert "không đúng" in (await late.presses(MergeInto(code).pack())).text


async def test_what_was_being_written_here_goes_along_and_what_is_open_there_stays_open(bot: Stage) -> None:
    first, second = await twice(bot)
    await goes(second, ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"))
    code = await shows_code(first)
    await second.says(f"/ma {code}")
    await second.taps("Gộp làm một")
    seen = await second.says("menu")
    await second.taps("Viết tiếp", seen)
    await second.sees("làm thế nào")
    assert (await open_form(bot, first) or {})["answers"]["name"] == "Xe đẩy ba tầng"


async def test_of_two_begun_alike_the_one_of_the_code_stays(bot: Stage) -> None:
    first, second = await twice(bot)
    for one, name in ((second, "Xe đẩy ba tầng"), (first, "Giá để khuôn")):
        await goes(one, ("/sangkien", "tên là gì"), (name, "làm thế nào"))
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, first), first.account.person_id)
    await second.says(f"/ma {code}")
    seen = await second.taps("Gộp làm một")
    assert "làm thế nào" in seen.text
    assert (await open_form(bot, first) or {})["answers"] == {"name": "Giá để khuôn"}
    assert await count(bot, Draft) == 0


async def test_a_code_made_for_a_member_merges_nobody(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    member = await bot.person("Nguyễn Thị Nga")
    async with bot.bot.database.write() as session:
        code, _ = await passes.for_device(bot.act(session, support), member.account.person_id)
    assert "của người khác" in (await support.says(f"/ma {code}")).text
    assert "của người khác" in (await support.presses(MergeInto(code).pack())).text
    assert await who_is(bot, member) == member.account.person_id


async def test_nobody_judges_their_own_after_becoming_one(bot: Stage) -> None:
    first, second = await twice(bot)
    await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    home = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        session.add(
            RoleGrant(
                person_id=second.account.person_id,
                unit_id=home.id,
                role=Role.SUPPORT,
                granted_at=bot.clock.now(),
            )
        )
    number = await submits(bot, first)
    await second.settled()
    await second.taps("Nhận xem")
    assert (await initiative(bot, number)).claimed_by == second.account.person_id
    # Whoever holds a role keeps it where it is: it goes to no code that they type.
    code = await shows_code(first)
    for refused in (await second.says(f"/ma {code}"), await second.presses(MergeInto(code).pack())):
        assert "làm ngược lại" in refused.text
    await first.says(f"/ma {await shows_code(second)}")
    await first.taps("Gộp làm một")
    assert (await initiative(bot, number)).claimed_by is None
    await second.presses(Approve(number, 1).pack())
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    assert any("Hàng chờ" in label for label in labels(await first.says("/menu")))


async def test_who_is_erased_after_becoming_one_takes_both_names_along(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT, channel=WEB)
    first, second = await twice(bot)
    await submits(bot, second)
    await support.settled()
    await support.sees("Sáng kiến mới", "Nga Nguyễn")
    await second.says(f"/ma {await shows_code(first)}")
    await second.taps("Gộp làm một")
    await erases(second)
    await support.sees_not("Nga Nguyễn")
    assert await count(bot, Event, Event.kind == "merged", Event.details["name"].as_string() != "") == 0


async def test_it_is_said_that_one_of_two_things_begun_alike_goes(bot: Stage) -> None:
    first, second = await twice(bot)
    await goes(first, ("/sangkien", "tên là gì"), ("Giá để khuôn", "làm thế nào"))
    code = await shows_code(first)
    assert "sẽ bỏ đi" not in (await second.says(f"/ma {code}")).text
    await goes(second, ("/sangkien", "tên là gì"), ("Xe đẩy", "làm thế nào"))
    await second.says(f"/ma {code}")
    await second.sees("bài ở đây sẽ bỏ đi")


async def test_different_roles_are_not_sent_in_a_circle(bot: Stage) -> None:
    first, second = await twice(bot)
    home = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        for person, role in ((first, Role.OFFICER), (second, Role.SUPPORT)):
            session.add(
                RoleGrant(
                    person_id=person.account.person_id, unit_id=home.id, role=role, granted_at=bot.clock.now()
                )
            )
    assert "hai vai trò khác nhau" in (await second.says(f"/ma {await shows_code(first)}")).text
