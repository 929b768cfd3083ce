"""Conversations over an Official Account: the real desk and databases behind the real webhook."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from bot.channels.zalo_oa.channel import NAME
from storage.conversation.tables import Inbox
from storage.media import Media
from storage.people.tables import Account, Person
from tests.channels.whole_loop import lived_by
from tests.channels.zalo_oa.conftest import Door, opened
from tests.fakes.zalo_oa import Person as ZaloPerson


def photo(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "JPEG")
    return out.getvalue()


async def registers(door: Door, worker: ZaloPerson, name: str = "Đặng Thị Hoa") -> None:
    """By following the account, and by the code of a poster."""
    unit = await door.stage.unit("RALACO")
    await worker.follows()
    await worker.sees("Chào bạn")
    await worker.sees("cần bạn đồng ý")
    await worker.taps("Tôi đồng ý")
    await worker.sees("đơn vị nào")
    await worker.sends(unit.join_code)
    await worker.sees("Họ và tên")
    await worker.sends(name)
    await worker.sees("Xong rồi", "Rạng Đông")
    await worker.sees("muốn làm gì")


async def begins(worker: ZaloPerson) -> None:
    await worker.sends("/sangkien")
    await worker.sees("tên là gì")


async def comes_to_the_photos(worker: ZaloPerson) -> None:
    await begins(worker)
    for said, seen in (
        ("Giá để dụng cụ", "làm thế nào"), ("Hàn giá từ thép thừa", "lĩnh vực"), ("quản lý", "lần đầu"),
        ("3/2026", "vướng gì"), ("bỏ qua", "bao nhiêu tiền"), ("bỏ qua", "ảnh hay tài liệu"),
    ):  # fmt: skip
        await worker.sends(said)
        await worker.sees(seen)


async def test_the_whole_loop(door: Door) -> None:
    people = [door.zalo.person(name) for name in ("Hoa", "Minh", "Hà")]
    for person in people:
        await person.follows()
        await person.sees("Chào")
    await lived_by(door.stage, *people)


async def test_who_follows_is_greeted_registers_and_submits_with_a_photo(door_on_sqlite: Door) -> None:
    door = door_on_sqlite
    worker = door.zalo.person("Hoa")
    await registers(door, worker)
    await comes_to_the_photos(worker)
    await worker.sends_photos(photo("red"), photo("green"))
    await worker.sees("Đã nhận 2 tệp")
    async with door.stage.bot.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Media)) == 2


async def test_a_document_is_fetched_from_zalo(door_on_sqlite: Door) -> None:
    door = door_on_sqlite
    worker = door.zalo.person("Hoa")
    await registers(door, worker)
    await worker.sends_file("Bản vẽ.pdf", b"%PDF-1.7 drawing")
    await worker.sees("ảnh/tệp bạn gửi")
    async with door.stage.bot.database.read() as session:
        assert list(await session.scalars(select(Media.mime))) == ["application/pdf"]


async def test_a_photo_that_leads_into_our_network_is_never_fetched_and_that_is_said_kindly(
    door_on_sqlite: Door,
) -> None:
    door = door_on_sqlite
    worker = door.zalo.person("Hoa")
    await registers(door, worker)
    await comes_to_the_photos(worker)
    for url in (
        "https://169.254.169.254/latest",
        "https://[::1]/a.jpg",
        "http://127.0.0.1:1/a.jpg",
        "file:///etc/passwd",
    ):
        await worker.sends_link_to_photo(url)
        await worker.sees("chưa tải được")


async def test_what_cannot_be_taken_is_answered_kindly_and_the_question_stays(door_on_sqlite: Door) -> None:
    door = door_on_sqlite
    worker = door.zalo.person("Hoa")
    await registers(door, worker)
    await begins(worker)
    for what, seen in (
        ("sticker", "Dễ thương"),
        ("gif", "Dễ thương"),
        ("audio", "tin thoại"),
        ("location", "vị trí"),
    ):
        await worker.sends_other(what)
        await worker.sees(seen, "tên là gì")


async def test_an_event_that_comes_twice_changes_nothing(door: Door) -> None:
    worker = door.zalo.person("Hoa")
    await registers(door, worker)
    await begins(worker)
    oa = {"id": door.zalo.account.oa_id}
    event = door.zalo.event(
        "user_send_text",
        sender={"id": worker.id},
        recipient=oa,
        message={"text": "Xe đẩy phôi", "msg_id": "m-1"},
    )
    assert await door.zalo.post(event) == 200
    await worker.sees("làm thế nào")
    before = len(worker.messages)
    assert await door.zalo.post(event) == 200
    await door.settles()
    assert all("làm thế nào" in message.text for message in worker.messages[before:])
    async with door.stage.bot.database.read() as session:
        rows = select(func.count()).select_from(Inbox).where(Inbox.update_key == "m-1")
        assert await session.scalar(rows) == 1


async def test_who_unfollows_is_not_written_to_until_they_come_back(door: Door) -> None:
    worker = door.zalo.person("Hoa")
    await registers(door, worker)
    await worker.unfollows()
    await door.settles()

    async def gone() -> bool:
        async with door.stage.bot.database.read() as session:
            account = await session.scalar(select(Account).where(Account.external_id == worker.id))
        assert account is not None
        assert account.channel == NAME
        return account.unreachable_since is not None

    assert await gone()
    door.stage.clock.advance(timedelta(seconds=1))
    await worker.follows()
    await worker.sees("muốn làm gì")
    assert not await gone()


async def test_a_token_that_ends_in_the_middle_of_a_conversation_is_not_noticed(door_on_sqlite: Door) -> None:
    door = door_on_sqlite
    worker = door.zalo.person("Hoa")
    await registers(door, worker)
    door.zalo.expire_accesses()
    await begins(worker)
    assert door.zalo.renewed == 2


async def test_many_people_at_once_are_all_answered(door: Door) -> None:
    people = [door.zalo.person(f"Số {number}") for number in range(20)]
    for person in people:
        assert await person.follows() == 200
    for person in people:
        await person.sees("Chào")
    async with door.stage.bot.database.read() as session:
        assert (
            await session.scalar(
                select(func.count())
                .select_from(Person)
                .join(Account, Account.person_id == Person.id)
                .where(Account.channel == NAME)
            )
            == 20
        )


async def test_the_button_of_an_older_message_presses_nothing(door_on_sqlite: Door) -> None:
    door = door_on_sqlite
    worker = door.zalo.person("Hoa")
    await registers(door, worker)
    await begins(worker)
    await worker.taps("Tôi đồng ý")
    await worker.sees("tin cũ", "chưa làm gì cả")


async def test_numbers_are_shown_where_the_union_wants_no_buttons(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue("_sqlite").create(tmp_path)
    async with opened(url, tmp_path, buttons=False) as door:
        worker = door.zalo.person("Hoa")
        await worker.follows()
        shown = await worker.sees("1. ✓ Tôi đồng ý")
        assert not shown.buttons
