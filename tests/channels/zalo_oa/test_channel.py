"""Sending over an Official Account: what arrives, and which of our errors each of Zalo's is."""

import asyncio
import io
import logging
import random
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from PIL import Image

from bot.channels.handing_out import HandingOut
from bot.channels.zalo_oa.channel import NAME, ZaloOaChannel
from bot.clock import FixedClock
from bot.config import ZaloOaSettings
from bot.conversation.vocabulary import Choice, Document, Picture, Recipient, Screen, rows_of
from bot.delivery.buckets import OwnBuckets
from bot.delivery.channel import NotSent, OutsideWindow, Rejected, SendError, TryLater, Uncertain, Unreachable
from bot.delivery.pace import Pace, Rates
from bot.media.store import MediaStore
from bot.texts import Texts
from storage.delivery.tables import Lane
from storage.engine import Database, open_engine
from tests.fakes.zalo_oa import FakeZaloOa, Person

TEXTS = Texts.load()
ROOT = "https://sangkien.example.vn"


@pytest.fixture
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """On SQLite alone: what is kept has tests of its own, on both."""
    database = Database(open_engine(request.getfixturevalue("_sqlite").create(tmp_path)))
    yield database
    await database.close()


class Make:
    """Makes channels, and closes them."""

    def __init__(self, zalo: FakeZaloOa, database: Database, clock: FixedClock, folder: Path) -> None:
        self._zalo, self._database, self._clock = zalo, database, clock
        self.media = MediaStore(folder / "media", database, clock)
        self._made: list[ZaloOaChannel] = []

    async def __call__(self, *, rates: Rates | None = None, **settings: Any) -> ZaloOaChannel:
        chosen = ZaloOaSettings(**self._zalo.settings(**settings))
        pace = Pace(NAME, rates or Rates(), OwnBuckets())
        handing_out = HandingOut(ROOT, b"secret", self.media, self._database, self._clock)
        channel = ZaloOaChannel(chosen, self._database, self._clock, self.media, TEXTS, pace, handing_out)
        await channel.start()
        channel.api._whole_s = 0.3
        self._made.append(channel)
        return channel

    async def close(self) -> None:
        for channel in self._made:
            await channel.stop()


@pytest.fixture
async def make(
    zalo: FakeZaloOa, database: Database, clock: FixedClock, tmp_path: Path
) -> AsyncIterator[Make]:
    make = Make(zalo, database, clock, tmp_path)
    yield make
    await make.close()


@pytest.fixture
async def channel(make: Make) -> ZaloOaChannel:
    return await make()


@pytest.fixture
def lan(zalo: FakeZaloOa, clock: FixedClock) -> Person:
    """Somebody who wrote just now."""
    lan = zalo.person("Lan")
    lan.last_seen = clock.now()
    return lan


def to(person: Person) -> Recipient:
    return Recipient(NAME, person.id)


def screen(text: str = "Chào bạn", **more: Any) -> Screen:
    return Screen(Markup(text), **more)  # noqa: S704 - the test's own


def picture_of(colours: str = "plain", side: int = 300) -> bytes:
    picture = Image.new("RGB", (side, side), "teal")
    if colours == "noise":
        picture = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(3 * side * side))  # noqa: S311 - a picture
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


# what arrives


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


async def test_a_token_that_zalo_refuses_is_renewed_and_the_message_sent_once(
    channel: ZaloOaChannel, zalo: FakeZaloOa, lan: Person
) -> None:
    await channel.deliver(to(lan), screen("một"), lane=Lane.DECISION)
    zalo.expire_accesses()
    await asyncio.gather(
        *(channel.deliver(to(lan), screen(f"hai {one}"), lane=Lane.DECISION) for one in range(5))
    )
    assert len(lan.messages) == 6
    assert zalo.renewed == 2


async def test_a_lost_token_holds_messages_and_fails_none(
    channel: ZaloOaChannel, zalo: FakeZaloOa, lan: Person
) -> None:
    await channel.tokens.access()
    zalo.expire_accesses()
    zalo.renewals.clear()
    for _ in range(4):
        with pytest.raises(TryLater):
            await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    # Nor is the messenger taken for one that asks to wait: it goes on as soon as there is a token.
    async with channel._pace.leave(lan.id, Lane.DECISION):
        pass


# what goes wrong


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (-32, TryLater), (-234, TryLater), (-133, TryLater),
        (-211, OutsideWindow), (-144, OutsideWindow), (-147, OutsideWindow),
        (-213, Unreachable), (-217, Unreachable), (-227, Unreachable), (-244, Unreachable), (-118, Unreachable),
        (-230, OutsideWindow), (-232, OutsideWindow), (-218, OutsideWindow),
        (-221, Rejected), (-224, Rejected), (-209, Rejected), (-248, Rejected),
        (-201, Rejected), (-210, Rejected), (-999, Rejected), (7, Rejected),
        (-200, NotSent),
    ],
)  # fmt: skip
async def test_zalos_numbers_in_our_own_words(
    channel: ZaloOaChannel, zalo: FakeZaloOa, lan: Person, code: int, what: type[SendError]
) -> None:
    zalo.fault("error", "/message/cs", code=code)
    with pytest.raises(SendError) as told:
        await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    assert type(told.value) is what or isinstance(told.value, what)
    assert not lan.messages


@pytest.mark.parametrize("code", [-216, 216, -220, -401, 401, -124])
async def test_each_way_of_refusing_a_token_leads_to_a_new_one(
    channel: ZaloOaChannel, zalo: FakeZaloOa, lan: Person, code: int
) -> None:
    zalo.fault("error", "/message/cs", code=code)
    await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    assert len(lan.messages) == 1
    assert zalo.renewed == 2


async def test_promotion_at_night_waits_for_the_morning(
    channel: ZaloOaChannel, zalo: FakeZaloOa, clock: FixedClock, lan: Person
) -> None:
    clock.advance(timedelta(hours=13, minutes=30))  # half past ten in the evening
    lan.last_seen = clock.now()
    zalo.fault("error", "/message/cs", code=-234)
    with pytest.raises(TryLater) as told:
        await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    assert told.value.seconds == 7.5 * 3600


@pytest.mark.parametrize(
    ("kind", "code", "what"),
    [("cut", 0, Uncertain), ("hang", 0, Uncertain), ("garbage", 0, Uncertain), ("status", 502, Uncertain)],
)
async def test_what_may_have_arrived_is_not_repeated(
    channel: ZaloOaChannel, zalo: FakeZaloOa, lan: Person, kind: str, code: int, what: type[SendError]
) -> None:
    zalo.fault(kind, "/message/cs", code=code)
    with pytest.raises(what):
        await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    assert len(lan.messages) == (1 if kind == "cut" else 0)


async def test_an_upload_may_be_repeated_since_nobody_sees_it(
    channel: ZaloOaChannel, make: Make, zalo: FakeZaloOa, lan: Person
) -> None:
    media = await make.media.keep(picture_of(), "image/jpeg")
    zalo.fault("cut", "/upload/image")
    with pytest.raises(NotSent):
        await channel.deliver(to(lan), screen(pictures=(Picture("ảnh", media_id=media),)), lane=Lane.DECISION)


async def test_a_server_that_is_not_there_has_surely_got_nothing(make: Make, lan: Person) -> None:
    channel = await make()
    await channel.tokens.access()
    channel.api._settings = channel.api._settings.model_copy(update={"api": "http://127.0.0.1:1"})
    with pytest.raises(NotSent):
        await channel.deliver(to(lan), screen(), lane=Lane.DECISION)


async def test_what_an_administrator_has_to_mend_is_said_once(
    channel: ZaloOaChannel, zalo: FakeZaloOa, lan: Person, caplog: pytest.LogCaptureFixture
) -> None:
    zalo.account.has_package = False
    for _ in range(3):
        with pytest.raises(Rejected):
            await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    assert caplog.text.count("needs a package") == 1


async def test_too_many_requests_hold_this_chat_alone_until_all_are_refused(
    channel: ZaloOaChannel, zalo: FakeZaloOa, lan: Person
) -> None:
    await channel.tokens.access()
    zalo.account.per_minute = 1
    await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    with pytest.raises(TryLater):
        await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    before = len(zalo.requests)
    with pytest.raises(TryLater) as told:
        await channel.deliver(to(lan), screen(), lane=Lane.DECISION)
    assert not told.value.everywhere
    assert len(zalo.requests) == before, "Zalo was not even asked"


# windows


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
