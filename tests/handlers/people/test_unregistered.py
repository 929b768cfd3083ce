"""Being found again: on an enterprise's list, and as an author whom a colleague wrote down."""

from datetime import date

from sqlalchemy import select

from bot.conversation.text import fold
from bot.screens.initiatives.actions import TakeAuthorship
from bot.screens.people.actions import ShowGranted
from storage.conversation.tables import Conversation
from storage.initiatives.tables import Author
from storage.people.tables import Person, Role
from tests.handlers.talks import card_in_hand, count, fills_in, gives_back, labels, newest, submits
from tests.talk import Seen, Stage, WebPerson

NAME = "Trần Văn Bền"


async def is_on_the_list(bot: Stage, name: str = NAME, *, staff_code: str = "NV-0042") -> int:
    home = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        person = Person(
            name=name,
            name_folded=fold(name),
            unit_id=home.id,
            staff_code=staff_code,
            born=date(1985, 3, 2),
            workplace="Tổ cơ điện",
            title="Thợ bậc 5",
            created_at=bot.clock.now(),
        )
        session.add(person)
        await session.flush()
        session.add(Conversation(person_id=person.id, form=None, updated_at=bot.clock.now()))
    return person.id


async def registers(bot: Stage, name: str = NAME) -> WebPerson:
    guest = await bot.guest()
    await guest.starts((await bot.unit("RALACO")).join_code)
    await guest.taps("Tôi đồng ý")
    await guest.says(name)
    return guest


async def person(bot: Stage, who: WebPerson) -> Person:
    async with bot.bot.database.read() as session:
        return await session.get_one(Person, who.account.person_id)


async def person_of(bot: Stage, number: int) -> Person:
    async with bot.bot.database.read() as session:
        return await session.get_one(Person, number)


async def answers(who: WebPerson, *words: str, yes: bool = True) -> Seen:
    """Says yes (or no) to what somebody claims."""
    await who.settled()
    return await who.taps("✓ Đúng" if yes else "✕ Không phải", await who.sees(*words))


async def granted(support: WebPerson) -> Seen:
    """What was said yes to last."""
    shown = await support.presses(ShowGranted().pack())
    return await support.presses(shown.buttons[0][1], shown)


async def submits_with(bot: Stage, worker: WebPerson, authors: str) -> int:
    await fills_in(worker)
    await worker.taps("✎ Tác giả")
    await worker.says(authors)
    await worker.taps("Đúng rồi")
    await worker.says("bỏ qua hết")
    await worker.taps("Gửi sáng kiến")
    await worker.sees("Đã gửi!")
    return await newest(bot)


async def author_of(bot: Stage, initiative: int, name: str) -> int | None:
    async with bot.bot.database.read() as session:
        return await session.scalar(
            select(Author.person_id).where(Author.initiative_id == initiative, Author.name == name)
        )


async def test_who_is_on_the_list_takes_their_place_by_their_number(bot: Stage) -> None:
    listed = await is_on_the_list(bot)
    support = await bot.person("Lê Hoa", role=Role.SUPPORT)
    await support.says("/nhapho")
    await support.says("tran van ben")
    await support.taps(NAME)
    await support.says("Xe đẩy phôi")
    await support.says("Hàn khung, lắp bánh xe cũ")
    await support.taps("Kỹ thuật")
    await support.taps("Hôm qua")
    await support.says("bỏ qua hết")
    await support.taps("Gửi sáng kiến")

    worker = await registers(bot, "tran van ben")
    await worker.sees("trùng tên bạn")
    await worker.says("nv-0042")
    await worker.sees("Mã khớp rồi")
    # A number and a name prove nothing: until the team says yes, nothing is theirs.
    assert (await person(bot, worker)).born is None
    assert "Xe đẩy phôi" not in str((await worker.says("/cuatoi")).buttons)

    await answers(support, "NV-0042")
    found = await person(bot, worker)
    assert (found.staff_code, found.born, found.workplace) == ("NV-0042", date(1985, 3, 2), "Tổ cơ điện")
    assert (await person_of(bot, listed)).staff_code is None
    await worker.settled()
    await worker.sees("người ghi trong danh sách")
    assert "Xe đẩy phôi" in str((await worker.says("/cuatoi")).buttons)

    # And it was somebody else after all: the list says again what it said, and they have nothing of it.
    await support.taps("huỷ xác nhận", await granted(support))
    found, place = await person(bot, worker), await person_of(bot, listed)
    assert (found.staff_code, found.born, found.workplace) == (None, None, None)
    assert (place.name, place.staff_code, place.born) == (NAME, "NV-0042", date(1985, 3, 2))
    assert "Xe đẩy phôi" not in str((await worker.says("/cuatoi")).buttons)


async def test_a_wrong_number_gives_nothing_and_cannot_be_tried_for_ever(bot: Stage) -> None:
    await is_on_the_list(bot)
    worker = await registers(bot)
    for left in (4, 3, 2, 1, 0):
        assert f"còn {left} lần" in (await worker.says("NV-0001")).text
    assert "tạm dừng" in (await worker.says("NV-0042")).text
    await worker.taps("Không phải tôi")
    await worker.sees("Trần Văn Bền", "bạn muốn")
    assert (await person(bot, worker)).born is None


async def test_a_namesake_says_so_and_goes_on(bot: Stage) -> None:
    listed = await is_on_the_list(bot)
    worker = await registers(bot)
    await worker.says("khong phai toi")
    assert "Gửi sáng kiến" in str((await worker.last()).buttons)
    assert await count(bot, Person, Person.id == listed) == 1


async def test_nobody_is_asked_where_the_list_has_no_such_name(bot: Stage) -> None:
    await is_on_the_list(bot, "Phạm Thị Khác")
    worker = await registers(bot)
    await worker.sees_not("trùng tên bạn")


async def test_a_coauthor_is_asked_and_then_hears_of_the_decision(bot: Stage) -> None:
    nga = await bot.person("Nguyễn Thị Nga")
    ben = await bot.person(NAME)
    support = await bot.person("Lê Hoa", role=Role.SUPPORT)
    number = await submits_with(bot, nga, "Tôi 60%, Tran Van Ben 40%")
    await ben.settled()
    seen = await ben.sees("trùng tên bạn", "Nguyễn Thị Nga")
    assert labels(seen) == ["✓ Đúng là tôi", "Không phải tôi"]
    await ben.taps("Đúng là tôi")
    await ben.sees("Của tôi")
    assert await author_of(bot, number, "Tran Van Ben") is None
    # Who wrote the name down knows whom they meant.
    await answers(nga, "Tran Van Ben")
    await ben.settled()
    await support.taps("✓ Duyệt", await card_in_hand(support))
    await ben.settled()
    await ben.sees("Chúc mừng bạn!")
    assert await author_of(bot, number, "Tran Van Ben") == ben.account.person_id


async def test_a_coauthor_stays_themselves_when_the_initiative_is_mended(bot: Stage) -> None:
    nga = await bot.person("Nguyễn Thị Nga")
    ben = await bot.person(NAME)
    support = await bot.person("Lê Hoa", role=Role.SUPPORT)
    number = await submits_with(bot, nga, "Tôi 60%, Tran Van Ben 40%")
    await ben.settled()
    await ben.taps("Đúng là tôi")
    await answers(nga, "Tran Van Ben")
    await gives_back(support)
    await nga.taps("Sửa và gửi lại")
    await nga.taps("Gửi sáng kiến")
    await nga.sees("Đã gửi lại")
    assert await author_of(bot, number, "Tran Van Ben") == ben.account.person_id


async def test_who_says_no_is_left_alone(bot: Stage) -> None:
    nga = await bot.person("Nguyễn Thị Nga")
    ben = await bot.person(NAME)
    number = await submits_with(bot, nga, "Tôi 60%, Tran Van Ben 40%")
    await ben.settled()
    await ben.taps("Không phải tôi")
    await ben.sees("chỉ là trùng tên thôi")
    assert await author_of(bot, number, "Tran Van Ben") is None


async def test_who_comes_later_is_asked_then(bot: Stage) -> None:
    nga = await bot.person("Nguyễn Thị Nga")
    number = await submits_with(bot, nga, "Tôi 60%, Tran Van Ben 40%")
    ben = await registers(bot)
    await ben.taps("Đúng là tôi")
    await answers(nga, "Tran Van Ben")
    assert await author_of(bot, number, "Tran Van Ben") == ben.account.person_id


async def test_nobody_becomes_an_author_of_another_name_by_a_forged_button(bot: Stage) -> None:
    nga = await bot.person("Nguyễn Thị Nga")
    other = await bot.person("Ngô Bảo Kẻ")
    elsewhere = await bot.person(NAME, unit="HABECO")
    number = await submits_with(bot, nga, "Tôi 60%, Tran Van Ben 40%")
    forged = TakeAuthorship(number).pack()
    assert "không còn tác giả nào trùng tên" in (await other.presses(forged)).text
    assert "không có quyền" in (await elsewhere.presses(forged)).text
    assert await author_of(bot, number, "Tran Van Ben") is None


async def test_an_initiative_of_one_asks_nobody(bot: Stage) -> None:
    nga = await bot.person("Nguyễn Thị Nga")
    namesake = await bot.person("Nguyễn Thị Nga")
    await submits(bot, nga)
    await namesake.settled()
    await namesake.sees_not("trùng tên bạn")
