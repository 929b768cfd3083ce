"""Coming in: by invite, by a poster's code, by searching; consent and its evidence; refusing leaves nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.screens.initiatives.actions import Submit
from bot.screens.people.actions import AcceptInvite, EraseMe, ExportMe, GiveCode, Invite, ShowDeviceCode
from bot.screens.review.actions import Approve, ShowQueue
from bot.services.people import passes
from storage.conversation.tables import Conversation, Draft, TranscriptLine
from storage.people.tables import Account, Consent, Person, Role, RoleGrant
from storage.trail import Event
from tests.handlers.talks import count, goes, labels
from tests.talk import Stage, WebPerson


async def person_of(bot: Stage, who: WebPerson) -> Person:
    async with bot.bot.database.read() as session:
        account = await session.get_one(Account, who.account.id)
        return await session.get_one(Person, account.person_id)


async def invite(bot: Stage, officer: WebPerson, unit: str, role: Role | None) -> str:
    home = await bot.unit(unit)
    async with bot.bot.database.write() as session:
        code, _ = await passes.invite(bot.act(session, officer), home.id, role)
    return code


async def agrees(guest: WebPerson, name: str = "Nguyễn Thị Nga") -> None:
    await guest.taps("Tôi đồng ý")
    await guest.says(name)
    await guest.sees("Xong rồi, chào")


async def test_a_posters_code_leads_to_the_unit(bot: Stage) -> None:
    guest = await bot.guest()
    unit = await bot.unit("RALACO")
    seen = await guest.starts(unit.join_code.lower())
    await guest.sees("bot sáng kiến của", "Rạng Đông")
    assert "đồng ý" in seen.text
    await agrees(guest)
    assert (await person_of(bot, guest)).unit_id == unit.id


@pytest.mark.every_channel
async def test_a_unit_is_found_without_diacritics(bot: Stage) -> None:
    guest = await bot.guest()
    await guest.says("xin chào")
    await guest.taps("Tôi đồng ý")
    seen = await guest.says("rang dong")
    assert sum("Rạng Đông" in label for label in labels(seen)) == 3
    await guest.taps("Xưởng LED")
    await guest.says("Nguyễn Thị Nga")
    person = await person_of(bot, guest)
    assert person.unit_id == (await bot.unit("RALACO-X2")).id
    assert person.name_folded == "nguyen thi nga"


@pytest.mark.every_channel
async def test_a_long_list_of_units_comes_in_pages(bot: Stage) -> None:
    guest = await bot.guest()
    await goes(guest, ("chào", "đồng ý"))
    await guest.taps("Tôi đồng ý")
    first = await guest.says("cong doan")
    assert "Trang sau ▶" in labels(first)
    second = await guest.taps("Trang sau")
    assert "◀ Trang trước" in labels(second)
    assert not {label for label in labels(first) if "Công đoàn" in label} & set(labels(second))


async def test_a_unit_that_is_not_found_is_asked_again(bot: Stage) -> None:
    guest = await bot.guest()
    await guest.starts()
    await guest.taps("Tôi đồng ý")
    await goes(guest, ("zzz <b>", "Mình chưa tìm thấy “zzz <b>”"), ("rang dong", "Đơn vị của bạn là"))


async def test_a_code_typed_as_the_unit_is_taken(bot: Stage) -> None:
    guest = await bot.guest()
    unit = await bot.unit("HABECO")
    await guest.starts()
    await guest.taps("Tôi đồng ý")
    await goes(guest, (f" {unit.join_code[:3]}-{unit.join_code[3:]} ", "Họ và tên"))


async def test_an_invite_makes_a_support_member_once(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    code = await invite(bot, officer, "RALACO", Role.SUPPORT)
    first, second = await bot.guest(), await bot.guest()
    await first.starts(code)
    await second.starts(code)
    await agrees(first)
    assert any("Hàng chờ" in label for label in labels(await first.says("/menu")))
    await second.taps("Tôi đồng ý")
    await second.says("Vũ Văn Tú")
    assert not any("Hàng chờ" in label for label in labels(await second.says("/menu")))
    third = await bot.guest()
    await third.starts(code)
    await third.sees("hết hạn hoặc không đúng")


async def test_an_invite_lapses(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    code = await invite(bot, officer, "RALACO", Role.SUPPORT)
    bot.clock.advance(timedelta(days=8))
    worker = await bot.person("Nguyễn Thị Nga")
    seen = await worker.starts(code)
    assert "không đúng hoặc đã hết hạn" in seen.text
    await worker.presses(AcceptInvite(code).pack())
    assert await count(bot, RoleGrant, RoleGrant.person_id == worker.account.person_id) == 0


async def test_somebody_registered_accepts_a_role(bot: Stage) -> None:
    officer = await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    worker, other = await bot.person("Nguyễn Thị Nga"), await bot.person("Vũ Văn Tú")
    code = await invite(bot, officer, "RALACO", Role.SUPPORT)
    for person in (worker, other):
        await person.says(f"/ma {code}")
        await person.sees("được mời làm")
    await worker.taps("Có")
    await worker.sees("Đã xong với")
    seen = await other.taps("Có")
    assert "hết hạn" in seen.text
    assert await count(bot, RoleGrant, RoleGrant.person_id == worker.account.person_id) == 1


@pytest.mark.every_channel
async def test_consent_is_kept_with_the_words_that_were_shown(bot: Stage) -> None:
    guest = await bot.guest()
    unit = await bot.unit("RALACO")
    await guest.starts(unit.join_code)
    shown = (await guest.sees("Lưu gì", "Ai giữ", "Quyền của bạn")).text
    await agrees(guest)
    async with bot.bot.database.read() as session:
        kept = (
            await session.scalars(select(Consent).where(Consent.person_id == guest.account.person_id))
        ).one()
    assert kept.given
    assert (kept.at, kept.channel, kept.language) == (bot.clock.now(), bot.channel, "vi")
    assert kept.update_key.startswith(f"{guest.account.id}:")
    assert "Ai giữ" in shown
    assert "Quyền của bạn" in kept.words


#: What the bot speaks, as it offers it.
LANGUAGES = ("English", "Tiếng Việt")


async def test_refusing_leaves_no_row(bot: Stage) -> None:
    for before in (
        (),
        ("/ngonngu", *LANGUAGES),
        ("chào", "f.0000.x.y.z", "🎉"),
        ("chào", "/ngonngu"),
    ):
        await _refuses(bot, before)


async def _refuses(bot: Stage, before: tuple[str, ...]) -> None:
    guest = await bot.guest()
    for said in before:
        if said in LANGUAGES:
            await guest.taps(said)
        else:
            await (guest.presses(said) if "." in said else guest.says(said))
    await guest.starts()
    await guest.taps("Tôi không đồng ý")
    for table in (Consent, Conversation, Draft):
        assert await count(bot, table, table.person_id == guest.account.person_id) == 0
    assert await count(bot, Person, Person.id == guest.account.person_id) == 0
    assert await count(bot, Account, Account.id == guest.account.id) == 0
    assert await count(bot, TranscriptLine, TranscriptLine.account_id == guest.account.id) == 0
    assert await count(bot, Event, Event.actor_id == guest.account.person_id) == 0


async def test_going_back_to_consent_shows_what_was_said_and_nothing_of_the_evidence(bot: Stage) -> None:
    guest = await bot.guest()
    await guest.says("xin chào")
    await guest.taps("Tôi đồng ý")
    await goes(guest, ("quay lại", "Đang ghi là: ✓ Tôi đồng ý"))
    await guest.sees_not("update_key")
    seen = await guest.taps("Giữ nguyên")
    assert "đơn vị nào" in seen.text


@pytest.mark.every_channel
async def test_silence_and_other_words_are_no_consent(bot: Stage) -> None:
    guest = await bot.guest()
    await guest.starts()
    await goes(guest, ("được thôi", "chưa thấy lựa chọn"), ("", "đồng ý"), ("bỏ qua", "đồng ý"))
    await guest.taps("Quay lại")
    assert (await person_of(bot, guest)).registered_at is None


async def test_what_is_no_name_is_asked_again(bot: Stage) -> None:
    guest = await bot.guest()
    await guest.starts((await bot.unit("RALACO")).join_code)
    await guest.taps("Tôi đồng ý")
    for name in ("A", "🎉", "0912345678", "x" * 101):
        await goes(guest, (name, "họ và tên bằng chữ"))
    await goes(guest, ("Nguyễn Thị Nga", "muốn làm gì"))


async def test_an_odd_name_is_shown_as_typed(bot: Stage) -> None:
    for name in ("ﷺ" * 20, "<b>Nga</b> & *Nga*", "ẞ " * 40):
        guest = await bot.guest()
        await guest.starts((await bot.unit("RALACO")).join_code)
        await guest.taps("Tôi đồng ý")
        await guest.says(name)
        for bubble in await guest.screen():
            assert "trục trặc" not in bubble.text
        if "<b>" in name:
            await guest.sees("chào <b>Nga</b> & *Nga*")


async def test_a_guest_does_nothing_but_come_in(bot: Stage) -> None:
    guest = await bot.guest()
    for said in ("/sangkien", "/cuatoi", "/hangcho", "/tiendo", "/to", "/toi", "/thietbi"):
        seen = await guest.says(said)
        assert "đồng ý" in seen.text
    for pressed in (
        Submit(),
        ShowQueue(),
        Approve(1, 1),
        ExportMe(),
        EraseMe(bot.clock.now()),
        ShowDeviceCode(),
        GiveCode(),
        Invite(1, Role.OFFICER.value),
    ):
        seen = await guest.presses(pressed.pack())
        assert "đồng ý" in seen.text


async def test_a_device_code_signs_in_once_and_lapses(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    told = await worker.says("/thietbi")
    code = told.text.partition("máy khác: ")[2][:10]
    guest, late = await bot.guest(), await bot.guest()
    await guest.taps("Đúng, là tôi", await guest.starts(code))
    await guest.sees("Chào Nguyễn Thị Nga")
    assert (await person_of(bot, guest)).id == worker.account.person_id
    await late.starts(code)
    await late.sees("hết hạn hoặc không đúng")
    told = await worker.says("/thietbi")
    bot.clock.advance(timedelta(minutes=11))
    await late.starts(told.text.partition("máy khác: ")[2][:10])
    await late.sees("hết hạn hoặc không đúng")


async def test_only_the_newest_device_code_opens(bot: Stage) -> None:
    worker, guest = await bot.person("Nguyễn Thị Nga"), await bot.guest()
    first = (await worker.says("/thietbi")).text.partition("máy khác: ")[2][:10]
    await worker.says("/thietbi")
    await guest.starts(first)
    await guest.sees("hết hạn hoặc không đúng")


async def test_the_team_signs_a_worker_in_but_nobody_with_a_role(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    await bot.person("Nguyễn Thị Nga")
    await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    await support.taps("Cấp mã đăng nhập", await support.says("/menu"))
    await goes(support, ("nga", "Đúng không"), ("đúng", "Mã đăng nhập cho Nguyễn Thị Nga"))
    code = (await support.last()).text.partition("Nga: ")[2][:10]
    guest = await bot.guest()
    await guest.says(code)
    await guest.sees("Chào Nguyễn Thị Nga")
    await support.taps("Cấp mã đăng nhập", await support.says("/menu"))
    await goes(support, ("son", "Đúng không"), ("đúng", "đang giữ vai trò"))
    worker = await bot.person("Vũ Văn Tú")
    seen = await worker.presses(GiveCode().pack())
    assert "không có quyền" in seen.text


async def test_a_closed_unit_takes_nobody(bot: Stage) -> None:
    unit = await bot.unit("QUI")
    async with bot.bot.database.write() as session:
        kept = await session.get_one(type(unit), unit.id)
        kept.valid_until = bot.clock.now().date() - timedelta(days=1)
    guest = await bot.guest()
    await guest.starts(unit.join_code)
    await guest.taps("Tôi đồng ý")
    seen = await guest.says("Nguyễn Thị Nga")
    assert "đã ngừng hoạt động" in seen.text
    assert (await person_of(bot, guest)).registered_at is None
