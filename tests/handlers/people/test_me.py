"""One's own things: language, help, data seen, corrected, taken along and erased; roles given and taken."""

import json
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from bot.handlers.features import all_features
from bot.screens.initiatives.actions import SubmitForOther
from bot.screens.people.actions import MEMBER, GiveCode, Invite, ShowGroupCode, ShowTeam, TakeRole
from bot.screens.people.copy import copy_page
from bot.screens.progress.actions import ShowPicture, ShowProgress
from bot.screens.recognition.actions import EnterMany, Entry
from bot.screens.review.actions import Approve, OpenCard, ShowQueue
from bot.services.people import exporting
from storage.conversation.tables import Conversation, Draft, TranscriptLine
from storage.delivery.tables import Outbox, OutboxState
from storage.initiatives.tables import Author, InitiativeState
from storage.people.tables import Account, Consent, Person, Role, RoleGrant
from storage.progress import counts
from tests.handlers.people.talks import chooses, erases
from tests.handlers.talks import count, goes, initiative, labels, submits
from tests.talk import Stage


async def test_the_language_changes_for_everything_after(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/sangkien")
    await worker.says("/ngonngu")
    await worker.taps("English")
    english = await worker.last()
    assert "tên là gì" not in english.text
    await goes(worker, ("A drill jig", "?"))
    await worker.says("/language")
    await worker.taps("Tiếng Việt")
    await worker.sees("làm thế nào")
    # By a forged button it is asked again.
    await worker.presses("lang.xx")
    await worker.sees("tiếng nào")


async def test_help_fits_the_role(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    guest = await bot.guest()
    helps = [(await person.says("/trogiup")).text for person in (guest, worker, support, officer)]
    assert ["/sangkien" in one for one in helps] == [False, True, True, True]
    assert ["/hangcho" in one for one in helps] == [False, False, True, False]
    assert ["/tiendo" in one for one in helps] == [False, False, False, True]


async def test_own_data_is_seen_and_corrected_everywhere(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    number = await submits(bot, worker)
    await chooses(worker, "Sửa")
    await worker.taps("Ngày sinh")
    await goes(
        worker,
        ("31/2/1988", "Không có ngày"),
        ("1/1/1900", "chưa đúng"),
        ("1988", "đủ ngày"),
        ("5/9/1988", "Ngày sinh: 5/9/1988"),
    )
    await chooses(worker, "Sửa")
    await worker.taps("Họ và tên")
    await goes(worker, ("Nguyễn Thị Ngà", "Họ và tên: Nguyễn Thị Ngà"))
    async with bot.bot.database.read() as session:
        author = (await session.scalars(select(Author).where(Author.initiative_id == number))).one()
    assert (author.name, author.born) == ("Nguyễn Thị Ngà", date(1988, 9, 5))


async def test_everything_that_is_kept_can_be_taken_along(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await bot.person("Vũ Văn Bí Mật")
    await submits(bot, worker)
    await goes(
        worker, ("/sangkien", "tên là gì"), ("Bản nháp ghi dở", "làm thế nào"), ("/menu", "muốn làm gì")
    )
    seen = await chooses(worker, "Lấy về máy")
    assert seen.documents == ("du-lieu-cua-toi.zip",)
    async with bot.bot.database.read() as session:
        body = await exporting.copy(bot.act(session, worker), all_features().privacy)
    assert body["person"]["name"] == "Nguyễn Thị Nga"
    assert [one["name"] for one in body["initiatives"]] == ["Đồ gá khoan bốn lỗ"]
    assert "Bản nháp ghi dở" in json.dumps(body["drafts"], ensure_ascii=False, default=str)
    assert {"submitted"} <= {event["kind"] for event in body["events"]}
    assert "Bí Mật" not in json.dumps(body, ensure_ascii=False, default=str)


@pytest.mark.attack("Each copy of one's data holds all copies before it, until memory and disk are full")
async def test_a_copy_holds_no_earlier_one_and_is_taken_once_an_hour(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await submits(bot, worker)
    sizes = []
    for _ in range(3):
        seen = await chooses(worker, "Lấy về máy")
        assert seen.documents == ("du-lieu-cua-toi.zip",)
        async with bot.bot.database.write() as session:
            bot.clock.advance(timedelta(hours=1))
            act = bot.act(session, worker)
            say = bot.bot.services.texts.say("vi")
            sizes.append(
                len(await exporting.export(act, all_features().privacy, partial(copy_page, say), no_media))
            )
        refused = await chooses(worker, "Lấy về máy")
        assert "Chờ 60 phút nữa" in refused.text
        assert refused.documents == ()
        bot.clock.advance(timedelta(hours=1))
    # The chat grows by a few words each time, and by no copy.
    assert sizes[2] < sizes[0] * 1.5


async def no_media(media_id: int) -> tuple[bytes, str]:
    raise KeyError(media_id)


async def test_erasing_takes_the_person_and_leaves_the_numbers(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    approved = await submits(bot, worker)
    await support.settled()
    await support.taps("✓ Duyệt")
    waiting = await submits(bot, worker, "Xe đẩy ba tầng", "Hàn xe ba tầng")
    await goes(worker, ("/sangkien", "tên là gì"), ("Bản nháp", "làm thế nào"), ("/menu", "muốn làm gì"))
    await erases(worker)
    me = worker.account.person_id
    for table in (Draft, Conversation, Account):
        assert await count(bot, table, table.person_id == me) == 0
    assert await count(bot, TranscriptLine, TranscriptLine.account_id == worker.account.id) == 0
    assert await count(bot, Author, Author.name.contains("Nga")) == 0
    assert await count(bot, Person, Person.name.contains("Nga")) == 0
    assert await count(bot, Outbox, Outbox.person_id == me, Outbox.state == OutboxState.PENDING) == 0
    assert await count(bot, Consent, Consent.person_id == me, Consent.given.is_(False)) == 1
    assert (await initiative(bot, approved)).state is InitiativeState.APPROVED
    assert (await initiative(bot, waiting)).state is InitiativeState.WITHDRAWN
    async with bot.bot.database.read() as session:
        assert await counts.recount(session) == await counts.kept(session)
    card = await support.says((await initiative(bot, approved)).code)
    await support.taps("Thêm…", card)
    seen = await support.taps("Lịch sử")
    assert "duyệt" in seen.text
    assert "Nga" not in seen.text


async def test_what_has_another_author_stays_when_one_erases(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(
        worker,
        ("/sangkien", "tên"), ("Giá để khuôn", "thế nào"), ("Hàn giá", "lĩnh vực"), ("quản lý", "lần đầu"),
        ("hôm qua", "vướng gì"), ("bỏ qua", "tiền"), ("bỏ qua", "ảnh"), ("bỏ qua", "Ai cùng làm"),
        ("Trần Bình 40%, tôi 60%", "Đúng không"), ("đúng", "giúp được gì"), ("bỏ qua hết", "xem lại"),
    )  # fmt: skip
    await worker.taps("Gửi sáng kiến")
    await erases(worker)
    assert (await initiative(bot, 1)).state is InitiativeState.SUBMITTED


async def test_who_has_erased_comes_back_as_a_stranger(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga", role=Role.SUPPORT)
    elsewhere = await bot.same_person_elsewhere(worker)
    await erases(worker)
    await elsewhere.says("/hangcho")
    await elsewhere.sees_not("Hàng chờ")
    assert (
        await count(
            bot, RoleGrant, RoleGrant.person_id == worker.account.person_id, RoleGrant.revoked_at.is_(None)
        )
        == 0
    )


async def test_a_removed_role_is_gone_at_once(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    number = await submits(bot, worker)
    await support.says("/hangcho")
    seen = await officer.says("/to")
    await officer.taps("Rút Phạm Thị Lan", seen)
    await officer.taps("Có")
    await officer.sees("Đã rút")
    for pressed in (
        Approve(number, 1),
        ShowQueue(),
        OpenCard(number),
        SubmitForOther(),
        GiveCode(),
        EnterMany(Entry.RECORDING),
    ):
        answer = await support.presses(pressed.pack())
        assert "không có quyền" in answer.text, pressed
    await support.sees("Bạn không còn là")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED


async def test_the_team_invites_members_but_appoints_nobody(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    home = await bot.unit("RALACO")
    seen = await support.says("/to")
    assert "＋ Mời đoàn viên" in labels(seen)
    assert "＋ Mời cán bộ" not in labels(seen)
    for word in ("support", "officer", "admin"):
        answer = await support.presses(Invite(home.id, word).pack())
        assert "không có quyền" in answer.text
    grants = await count(bot, RoleGrant)
    await support.presses(TakeRole(1).pack())
    await support.sees("không có quyền")
    assert await count(bot, RoleGrant, RoleGrant.revoked_at.is_(None)) == grants


async def test_an_officer_goes_down_tap_by_tap_and_not_up_beyond(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    seen = await officer.says("/tiendo")
    assert "Rạng Đông" in seen.text
    assert "▲ Cấp trên" not in labels(seen)
    await officer.taps("Xưởng LED")
    await officer.sees("Công đoàn Xưởng LED điện tử Rạng Đông", "sáng kiến")
    await officer.taps("Cấp trên")
    for pressed in (
        ShowProgress(1),
        ShowPicture(1),
        ShowTeam(1),
        ShowGroupCode(1),
        Invite(1, MEMBER),
        ShowProgress(999_999),
    ):
        assert "không có quyền" in (await officer.presses(pressed.pack())).text
    worker = await bot.person("Nguyễn Thị Nga")
    assert "không có quyền" in (await worker.says("/tiendo")).text


async def test_figures_are_written_as_in_vietnam(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", unit="CTVN", role=Role.OFFICER)
    seen = await officer.says("/tiendo")
    assert "9.493 / 16.000" in seen.text
    assert "59,3\u00a0%" in seen.text


async def test_ones_shift_says_when_one_sleeps(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await chooses(worker, "Sửa")
    await worker.taps("Ca làm việc")
    await goes(worker, ("ca gì đó", "chọn"), ("ca dem", "Ca làm việc: Ca đêm"))


async def test_going_back_shows_what_was_chosen_by_its_own_words(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await chooses(worker, "Sửa")
    await worker.taps("Ca làm việc")
    seen = await worker.says("quay lại")
    assert "Đang ghi là: Ca làm việc" in seen.text
    await worker.sees_not("shift")
