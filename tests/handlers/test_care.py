"""What must not happen by chance, by an old button, or by somebody who pretends: one test for each."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.screens.initiatives.actions import (
    AskToWithdraw,
    OpenInitiative,
    ShowHistory,
    TakeAuthorship,
    Withdraw,
)
from bot.screens.people.actions import EraseMe
from bot.screens.review.actions import (
    Approve,
    AskAuthor,
    Claim,
    GiveBack,
    MoreOfCard,
    OpenCard,
    Reject,
    Release,
    WriteNote,
)
from bot.services.initiatives.programmes import ProgrammeRules
from storage.conversation.tables import TranscriptLine
from storage.delivery.tables import Outbox
from storage.initiatives.tables import Author, InitiativeState
from storage.people.tables import Consent, Person, Role
from storage.trail import Event
from tests.handlers.people.talks import chooses, erases
from tests.handlers.talks import (
    card_in_hand,
    count,
    fills_in,
    gives_back,
    goes,
    initiative,
    labels,
    open_form,
    photo,
    submits,
)
from tests.talk import Stage, WebPerson


async def authors(bot: Stage, number: int) -> list[tuple[str, int, int | None]]:
    async with bot.bot.database.read() as session:
        rows = await session.scalars(
            select(Author).where(Author.initiative_id == number).order_by(Author.position)
        )
        return [(one.name, one.share, one.person_id) for one in rows]


async def team(bot: Stage, *, unit: str = "RALACO", name: str = "Phạm Thị Lan") -> WebPerson:
    return await bot.person(name, unit=unit, role=Role.SUPPORT)


async def enters_for(support: WebPerson, who: str) -> None:
    await goes(
        support, ("/nhapho", "tác giả"), (who, "tên là gì"), ("Giá để dụng cụ", "làm thế nào"),
        ("Hàn giá từ thép thừa", "lĩnh vực"), ("ky thuat", "lần đầu"), ("hôm qua", "vướng gì"),
        ("bỏ qua hết", "xem lại giúp mình"),
    )  # fmt: skip
    await support.taps("Gửi sáng kiến")


async def test_who_entered_it_is_no_author_by_mending_it(bot: Stage) -> None:
    worker, enterer, other = (
        await bot.person("Trần Văn Nam"),
        await team(bot),
        await team(bot, name="Lê Thị Hoa"),
    )
    await enters_for(enterer, "Trần Văn Nam")
    await other.settled()
    await gives_back(other)
    await enterer.settled()
    await enterer.taps("Sửa và gửi lại")
    await enterer.taps("✎ Tác giả")
    assert "Một mình tôi" not in labels(await enterer.last())
    await goes(
        enterer,
        ("Trần Văn Nam 60%, Bình An 40%", "Trần Văn Nam 60 %; Bình An 40 %"),
        ("đúng", "Ngày sinh của"),
        ("bỏ qua hết", "xem lại"),
    )
    await enterer.taps("Gửi sáng kiến")
    assert await authors(bot, 1) == [
        ("Trần Văn Nam", 6_000, worker.account.person_id),
        ("Bình An", 4_000, None),
    ]


async def test_nobody_becomes_an_author_who_was_not_asked(bot: Stage) -> None:
    worker, thief = await bot.person("Trần Văn Nam"), await bot.person("Kẻ Xấu")
    await fills_in(worker)
    await worker.taps("✎ Tác giả")
    await goes(
        worker, ("tôi 60%, Bình An 40%", "Bình An 40"), ("đúng", "Ngày sinh của"), ("bỏ qua hết", "xem lại")
    )
    await worker.taps("Gửi sáng kiến")
    await chooses(thief, "Sửa")
    await thief.taps("Họ và tên")
    await thief.says("Binh an")
    await thief.presses(TakeAuthorship(1).pack())
    assert (await authors(bot, 1))[1] == ("Bình An", 4_000, None)
    assert "quyền" in (await thief.presses(Withdraw(1, bot.clock.now()).pack())).text


async def test_a_co_author_says_so_and_the_others_hear_of_it_but_cannot_take_it_back(bot: Stage) -> None:
    worker, friend = await bot.person("Trần Văn Nam"), await bot.person("Bình An")
    await fills_in(worker)
    await worker.taps("✎ Tác giả")
    await goes(
        worker, ("tôi 60%, Bình An 40%", "Bình An 40"), ("đúng", "Ngày sinh của"), ("bỏ qua hết", "xem lại")
    )
    await worker.taps("Gửi sáng kiến")
    await friend.settled()
    await friend.taps("Đúng là tôi")
    await worker.settled()
    await worker.taps("✓ Đúng", await worker.sees("Bình An", "nói mình là tác giả"))
    await worker.settled()
    assert "Chỉ người gửi" in (await friend.presses(AskToWithdraw(1).pack())).text
    assert (await initiative(bot, 1)).state is InitiativeState.SUBMITTED


async def test_ones_own_draft_and_one_for_somebody_else_are_two(bot: Stage) -> None:
    support = await team(bot)
    await goes(support, ("/sangkien", "tên là gì"), ("Của riêng tôi", "làm thế nào"), ("huỷ", "giữ lại"))
    await enters_for(support, "Trần Văn Nam")
    await goes(support, ("/sangkien", "Của riêng tôi"))
    await support.taps("Tiếp tục")
    await support.sees("làm thế nào")


async def test_what_was_written_to_mend_one_is_kept_while_mending_another(bot: Stage) -> None:
    worker, support = await bot.person("Trần Văn Nam"), await team(bot)
    returned = []
    for name in ("Giá để dụng cụ", "Xe đẩy phôi hai tầng"):
        await submits(bot, worker, name, f"Làm {name} bằng thép thừa của xưởng")
        await support.settled()
        await gives_back(support)
        await worker.settled()
        returned.append(await worker.sees("sửa thêm", name))
    await worker.taps("Sửa và gửi lại", returned[0])
    await worker.taps("✎ Nội dung")
    await worker.says("Nội dung mới của cái thứ nhất")
    left = await worker.says("huỷ")
    await worker.taps("Sửa và gửi lại", returned[1])
    await worker.taps("Gửi sáng kiến")
    await worker.taps("Tiếp tục", left)
    await worker.sees("xem lại giúp mình", "Nội dung mới của cái thứ nhất")


async def test_an_old_begin_anew_drops_nothing_that_was_written_since(bot: Stage) -> None:
    worker = await bot.person("Trần Văn Nam")
    await goes(worker, ("/sangkien", "tên là gì"), ("Giá để dụng cụ", "làm thế nào"), ("huỷ", "giữ lại"))
    asked = await worker.says("/sangkien")
    await worker.taps("Tiếp tục", asked)
    await worker.says("Hàn từ thép thừa")
    await worker.taps("Làm lại", asked)
    form = await open_form(bot, worker)
    assert form is not None
    assert form["answers"]["content"] == "Hàn từ thép thừa"
    await worker.says("huỷ")
    bot.clock.advance(timedelta(seconds=5))
    again = await worker.says("/sangkien")
    await worker.taps("Làm lại", asked)
    await worker.sees("Giá để dụng cụ")
    await worker.taps("Làm lại", again)
    await worker.sees("tên là gì")


async def test_an_old_yes_to_erasing_or_taking_back_only_asks_again(bot: Stage) -> None:
    worker = await bot.person("Trần Văn Nam")
    number = await submits(bot, worker)
    erase = await chooses(worker, "Xoá dữ liệu của tôi")
    await worker.taps("Đồ gá khoan bốn lỗ", await worker.says("/cuatoi"))
    gone = await worker.taps("Rút lại")
    bot.clock.advance(timedelta(days=60))
    await worker.taps("Xoá hết", erase)
    await worker.taps("Rút lại", gone)
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    assert await count(bot, Person, Person.erased_at.is_not(None)) == 0
    for stamp in ("", "9" * 30, "-1", "0", "x"):
        await worker.presses(f"{EraseMe.word}.{stamp}")
    assert await count(bot, Person, Person.erased_at.is_not(None)) == 0


async def test_what_is_confidential_stays_in_its_unit_whatever_is_pressed(bot: Stage) -> None:
    worker, own, above = await bot.person("Trần Văn Nam"), await team(bot), await team(bot, unit="CTVN")
    await fills_in(worker, "Giá để dụng cụ", "BIMAT công thức")
    await worker.taps("✎ Cần giữ kín")
    await worker.says("có")
    await worker.taps("Gửi sáng kiến")
    await own.settled()
    await own.taps("Thêm…")
    await own.taps("Ghi chú riêng")
    await own.says("GHICHU kín")
    for forged in (
        OpenCard(1),
        Claim(1, 1),
        Release(1, 1),
        Approve(1, 1),
        GiveBack(1, 1),
        Reject(1, 1),
        WriteNote(1),
        AskAuthor(1, 1),
        MoreOfCard(1, 1),
    ):
        await above.presses(forged.pack())
        await above.says("/menu")
    await above.presses(OpenInitiative(1).pack())
    await above.presses(ShowHistory(1).pack())
    await above.sees_not("BIMAT")
    await above.sees_not("GHICHU")
    one = await initiative(bot, 1)
    assert (one.state, one.claimed_by) == (InitiativeState.SUBMITTED, None)


async def test_of_somebody_erased_nothing_is_left_with_others_nor_comes_back(bot: Stage) -> None:
    worker, friend, support = (
        await bot.person("Trần Văn Nam"),
        await bot.person("Quách Văn Zũng"),
        await team(bot),
    )
    await fills_in(worker)
    await worker.taps("✎ Tác giả")
    await goes(
        worker,
        ("tôi 60%, Quách Văn Zũng 40%", "Zũng 40"),
        ("đúng", "Ngày sinh của"),
        ("bỏ qua hết", "xem lại"),
    )
    await worker.taps("Gửi sáng kiến")
    await friend.settled()
    await friend.taps("Đúng là tôi")
    await worker.settled()
    await worker.taps("✓ Đúng", await worker.sees("nói mình là tác giả"))
    await support.settled()
    await support.taps("Hỏi tác giả", await card_in_hand(support))
    await support.says("Kẹp thế nào?")
    await friend.settled()
    await friend.taps("Trả lời")
    await friend.says("Gọi tôi 0912345678")
    await support.settled()
    await support.sees("0912345678")
    await gives_back(support)
    await worker.settled()
    await worker.taps("Sửa và gửi lại")
    stood = len(await support.screen())
    await erases(friend)
    await worker.taps("Gửi sáng kiến")
    await support.settled()
    await worker.sees_not("0912345678")
    for word in ("0912345678", "Zũng"):
        await support.sees_not(word, since=stood)
    assert [name for name, _, _ in await authors(bot, 1)] == ["Trần Văn Nam", "—"]
    async with bot.bot.database.read() as session:
        kept = [
            *(str(one.details) for one in await session.scalars(select(Event))),
            *(str(one.details) for one in await session.scalars(select(Outbox))),
            *(
                str(one.body)
                for one in await session.scalars(
                    select(TranscriptLine).where(TranscriptLine.account_id == support.account.id)
                )
            ),
        ]
    assert not [one for one in kept if "0912345678" in one or "Zũng" in one]


async def test_an_invite_is_worth_no_more_than_who_made_it(bot: Stage) -> None:
    chief, officer = await bot.person("Lê Sơn", unit="CTVN", role=Role.OFFICER), await bot.person("Kẻ Bị Rút")
    await chief.taps("Rạng Đông", await chief.says("/to"))
    await chief.taps("Mời cán bộ")
    code = (await chief.last()).text.split("/i/")[1].split()[0]
    await officer.says(f"/ma {code}")
    await officer.taps("Có")
    own = await officer.taps("Mời cán bộ", await officer.says("/to"))
    kept = own.text.split("/i/")[1].split()[0]
    await chief.taps("◀ Tổ hỗ trợ")
    await chief.taps("Rút Kẻ Bị Rút")
    await chief.taps("Có")
    await officer.says(f"/ma {kept}")
    await officer.taps("Có")
    assert "quyền" in (await officer.says("/tiendo")).text


def test_a_programme_cannot_do_without_what_everything_rests_on() -> None:
    assert ProgrammeRules.model_validate({"required": ["name", "files"]}).required == (
        "name", "content", "field", "first_applied", "files",
    )  # fmt: skip
    with pytest.raises(ValueError, match="nmae"):
        ProgrammeRules.model_validate({"required": ["nmae"]})


async def test_one_can_search_again_while_a_list_is_shown(bot: Stage) -> None:
    guest = await bot.guest()
    await guest.starts()
    await guest.taps("Tôi đồng ý")
    await goes(guest, ("cong doan", "Đơn vị của bạn"), ("rang dong", "Đơn vị của bạn"))
    assert len((await guest.last()).buttons) <= 6
    assert any("Rạng Đông" in label for label in labels(await guest.last()))


async def test_an_officer_reads_a_card_and_is_offered_nothing_that_would_be_refused(bot: Stage) -> None:
    worker, officer = await bot.person("Trần Văn Nam"), await bot.person("Lê Sơn", role=Role.OFFICER)
    await team(bot)
    number = await submits(bot, worker)
    seen = await officer.says((await initiative(bot, number)).code)
    assert "Hàn tấm gá" in seen.text
    assert not {"✓ Duyệt", "↩ Trả lại", "✕ Từ chối"} & set(labels(seen))
    assert "quyền" in (await officer.presses(WriteNote(number).pack())).text
    assert await open_form(bot, officer) is None


async def test_a_team_member_from_another_unit_enters_and_signs_in_for_the_teams(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", unit="VEAM")
    await bot.person("Trần Văn Nam")
    async with bot.bot.database.write() as session:
        from storage.people.tables import RoleGrant  # noqa: PLC0415 - for this test alone

        unit = await bot.unit("RALACO")
        session.add(
            RoleGrant(
                person_id=support.account.person_id,
                unit_id=unit.id,
                role=Role.SUPPORT,
                granted_at=bot.clock.now(),
            )
        )
    await enters_for(support, "Trần Văn Nam")
    assert (await initiative(bot, 1)).unit_id == unit.id
    await support.taps("Cấp mã đăng nhập", await support.says("/menu"))
    await support.says("nam")
    await support.sees("Trần Văn Nam")


async def test_what_resembles_another_is_asked_about_again_when_it_has_changed(bot: Stage) -> None:
    worker = await bot.person("Trần Văn Nam")
    await submits(bot, worker, "Giá để dụng cụ bốn tầng", "Hàn từ thép thừa")
    await submits(bot, worker, "Máng trượt phôi tự động", "Gò bằng tôn")
    await fills_in(worker, "Giá để dụng cụ 4 tầng", "Hàn từ thép thừa của xưởng")
    assert "Vẫn gửi" in labels(await worker.taps("Gửi sáng kiến"))
    await worker.taps("Để mình xem lại")
    await worker.taps("✎ Tên sáng kiến")
    await worker.says("Máng trượt phôi tự động")
    assert "Vẫn gửi" in labels(await worker.taps("Gửi sáng kiến"))


async def test_who_mends_reads_what_is_to_be_mended(bot: Stage) -> None:
    worker, support = await bot.person("Trần Văn Nam"), await team(bot)
    await submits(bot, worker)
    await support.settled()
    await gives_back(support)
    await worker.settled()
    await worker.taps("Sửa và gửi lại")
    await worker.sees("Chưa rõ cách làm", "Cần sửa: Nội dung", "xem lại giúp mình")


async def test_consent_is_kept_as_it_was_given_not_as_the_name_was(bot: Stage) -> None:
    guest = await bot.guest()
    await guest.starts()
    given = bot.clock.now()
    await guest.taps("Tôi đồng ý")
    bot.clock.advance(timedelta(days=7))
    await guest.says("rang dong")
    await guest.taps((await guest.last()).buttons[0][0])
    await guest.says("Trần Văn Nam")
    async with bot.bot.database.read() as session:
        consent = (
            await session.scalars(select(Consent).where(Consent.person_id == guest.account.person_id))
        ).one()
    assert consent.at == given


async def test_words_below_a_photo_answer_the_question(bot: Stage) -> None:
    from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind  # noqa: PLC0415

    worker = await bot.person("Trần Văn Nam")
    await goes(worker, ("/sangkien", "tên là gì"), ("Giá để dụng cụ", "làm thế nào"))
    taken = await bot.bot.chat.media.take(IncomingFile("upload", "a.jpg", is_picture=True), photo())
    account = worker.account
    await bot.bot.desk.accept(
        Incoming(
            worker.channel, f"{account.id}:caption-1", 0, IncomingKind.FILE, account.external_id, account.chat_id,
            text="Hàn tấm gá, kẹp bốn phôi", files=(taken,),
        )
    )  # fmt: skip
    await worker.settled()
    await worker.sees("lĩnh vực")
    form = await open_form(bot, worker)
    assert form is not None
    assert form["answers"]["content"] == "Hàn tấm gá, kẹp bốn phôi"
