"""Sending over an Official Account: what arrives, and which of our errors each of Zalo's is."""

import asyncio
import logging
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.clock import FixedClock
from bot.conversation.vocabulary import Choice, Document, Picture, rows_of
from bot.delivery.channel import OutsideWindow, Rejected, SendError
from bot.texts import Texts
from storage.delivery.tables import Lane
from tests.channels.zalo_oa.sending import Make, picture_of, screen, to
from tests.fakes.zalo_oa import FakeZaloOa, Person

TEXTS = Texts.load()
ROOT = "https://sangkien.example.vn"


async def test_words_arrive_plain_and_the_id_comes_back(channel: ZaloOaChannel, lan: Person) -> None:
    sent = await channel.deliver(to(lan), screen("<b>Chúc mừng</b> &amp; cảm ơn"), lane=Lane.DECISION)
    assert (await lan.sees("Chúc mừng & cảm ơn")).text == "Chúc mừng & cảm ơn"
    assert sent.ref.isdecimal()


async def test_a_long_text_arrives_in_parts_in_order_with_its_buttons_on_the_last(
    channel: ZaloOaChannel, lan: Person
) -> None:
    text = "\n\n".join(f"Đoạn {number}. " + "chữ " * 150 for number in range(8))
    await channel.deliver(
        to(lan), screen(text, rows=rows_of([Choice("Đã đọc", "read.1", says="#1a")])), lane=Lane.DECISION
    )
    assert len(lan.messages) == 3
    assert " ".join(" ".join(message.text for message in lan.messages).split()) == " ".join(text.split())
    assert [len(message.buttons) for message in lan.messages] == [0, 0, 1]


async def test_choices_are_buttons_that_say_what_they_were_laid_out_to_say(
    channel: ZaloOaChannel, lan: Person
) -> None:
    choices = [Choice(f"Mục {one}", f"x.{one}", says=f"~{one}") for one in range(4)]
    shown = screen(rows=rows_of([*choices, Choice("Xem trang", url="https://sangkien.example.vn")]))
    await channel.deliver(to(lan), shown, lane=Lane.DECISION)
    (message,) = lan.messages
    assert [button.payload for button in message.buttons] == ["~0", "~1", "~2", "~3", ""]
    assert message.buttons[4].url == "https://sangkien.example.vn"


async def test_where_buttons_are_switched_off_nothing_is_laid_out_for_a_tap(make: Make) -> None:
    assert (await make()).capabilities.taps == 5
    assert (await make(buttons=False)).capabilities.taps == 0


async def test_a_picture_and_its_words_are_one_message(
    channel: ZaloOaChannel, make: Make, lan: Person
) -> None:
    media = await make.media.keep(picture_of(), "image/jpeg")
    await channel.deliver(
        to(lan), screen("Tiến độ", pictures=(Picture("tiến độ", media_id=media),)), lane=Lane.DECISION
    )
    (message,) = lan.messages
    assert message.text == "Tiến độ"
    assert message.picture == picture_of()


async def test_pictures_with_buttons_go_before_them(channel: ZaloOaChannel, make: Make, lan: Person) -> None:
    media = await make.media.keep(picture_of(), "image/jpeg")
    shown = Picture("ảnh", media_id=media)
    await channel.deliver(
        to(lan),
        screen(pictures=(shown, shown), rows=rows_of([Choice("Duyệt", "approve", says="#1a")])),
        lane=Lane.DECISION,
    )
    assert [bool(message.picture) for message in lan.messages] == [True, True, False]
    assert lan.messages[2].buttons


async def test_a_picture_too_large_for_zalo_is_made_smaller(
    channel: ZaloOaChannel, make: Make, lan: Person
) -> None:
    large = picture_of("noise", 1100)
    assert len(large) > 1_000_000
    media = await make.media.keep(large, "image/jpeg")
    await channel.deliver(to(lan), screen(pictures=(Picture("ảnh", media_id=media),)), lane=Lane.DECISION)
    assert 0 < len(lan.messages[0].picture) <= 1_000_000


async def test_a_photo_for_many_is_uploaded_once_and_again_after_some_days(
    channel: ZaloOaChannel, make: Make, zalo: FakeZaloOa, clock: FixedClock, lan: Person
) -> None:
    media = await make.media.keep(picture_of(), "image/jpeg")
    shown = screen(pictures=(Picture("ảnh", media_id=media),))
    await asyncio.gather(*(channel.deliver(to(lan), shown, lane=Lane.BROADCAST) for _ in range(20)))
    assert len(lan.messages) == 20
    assert len(zalo.uploads) == 1
    clock.advance(timedelta(days=6, hours=1))
    await channel.deliver(to(lan), shown, lane=Lane.DECISION)
    assert len(zalo.uploads) == 2


async def test_an_upload_that_zalo_has_forgotten_is_done_again(
    channel: ZaloOaChannel, make: Make, zalo: FakeZaloOa, lan: Person
) -> None:
    media = await make.media.keep(picture_of(), "image/jpeg")
    shown = screen(pictures=(Picture("ảnh", media_id=media),))
    await channel.deliver(to(lan), shown, lane=Lane.DECISION)
    for upload in zalo.uploads.values():
        upload.until = zalo.clock.now()
    await channel.deliver(to(lan), shown, lane=Lane.DECISION)
    assert len(lan.messages) == 2


async def test_documents_arrive_under_their_names_and_others_by_a_link_of_ours(
    channel: ZaloOaChannel, lan: Person
) -> None:
    pdf = Document("Bản vẽ số 1.pdf", content=b"%PDF-1.7")
    sheet = Document("sang-kien.xlsx", content=b"PK")
    await channel.deliver(to(lan), screen("Đây ạ", documents=(pdf, sheet)), lane=Lane.DECISION)
    first, second, third = lan.messages
    assert first.document == ("Bản vẽ số 1.pdf", b"%PDF-1.7")
    assert re.search(rf"sang-kien\.xlsx: {ROOT}/f/[\w-]+/sang-kien\.xlsx \(", second.text)
    assert third.text == "Đây ạ"


# tokens on the way


async def test_the_windows_are_zalos(
    channel: ZaloOaChannel, zalo: FakeZaloOa, clock: FixedClock, lan: Person
) -> None:
    clock.advance(timedelta(hours=47))
    await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    assert zalo.billed == 0
    clock.advance(timedelta(hours=2))
    await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    assert zalo.billed == 1
    clock.advance(timedelta(days=5))
    with pytest.raises(OutsideWindow):
        await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    assert zalo.billed == 1
    with pytest.raises(OutsideWindow):
        await channel.deliver(to(zalo.person("never wrote")), screen(), lane=Lane.DECISION)


async def test_a_paid_template_goes_to_who_gets_nothing_else_and_to_them_alone(
    make: Make, zalo: FakeZaloOa, clock: FixedClock, lan: Person
) -> None:
    zalo.account.templates["301"] = ("tin",)
    channel = await make(paid_template="301", paid_template_field="tin", paid_template_longest=40)
    assert (channel.capabilities.window_hours, channel.capabilities.paid_beyond) == (168, True)
    assert not (await make()).capabilities.paid_beyond
    await channel.deliver(to(lan), screen("trong hạn"), lane=Lane.DECISION)
    clock.advance(timedelta(days=8))
    words = screen("<b>Sáng kiến</b> của bạn đã được duyệt, xin chúc mừng bạn nhé")
    with pytest.raises(OutsideWindow):
        await channel.deliver(to(lan), words, lane=Lane.DECISION)
    await channel.deliver(replace(to(lan), is_closed=True), words, lane=Lane.DECISION)
    first, second = lan.messages
    assert first.text == "trong hạn"
    assert second.text == "Sáng kiến của bạn đã được duyệt, xin…"
    assert zalo.billed == 1


async def test_without_the_quota_the_channel_says_that_it_is_open_for_two_days(make: Make) -> None:
    assert (await make(uses_quota=False)).capabilities.window_hours == 48
    assert (await make()).capabilities.window_hours == 168


# secrets


async def test_no_token_and_no_secret_is_in_a_log_line_or_an_error(
    channel: ZaloOaChannel, zalo: FakeZaloOa, lan: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    said = []
    for kind, code in (
        ("cut", 0),
        ("hang", 0),
        ("garbage", 0),
        ("status", 500),
        ("error", -201),
        ("error", -224),
    ):
        zalo.fault(kind, "/message/cs", code=code)
        with pytest.raises(SendError) as told:
            await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
        said.append(repr(told.value) + repr(told.value.__cause__) + repr(told.value.__context__))
    secrets = [*zalo.accesses, *zalo.renewals, *zalo.used, zalo.account.app_secret, zalo.account.oa_secret]
    for secret in secrets:
        assert secret not in caplog.text
        assert secret not in "".join(said)


async def test_a_proof_is_sent_when_the_app_asks_for_it(
    make: Make, zalo: FakeZaloOa, lan: Person, caplog: pytest.LogCaptureFixture
) -> None:
    zalo.account.wants_proof = True
    with pytest.raises(Rejected):
        await (await make()).deliver(to(lan), screen(), lane=Lane.DECISION)
    assert "zalo_oa.proof" in caplog.text
    await (await make(proof=True)).deliver(to(lan), screen(), lane=Lane.DECISION)
    assert len(lan.messages) == 1
