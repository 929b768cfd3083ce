"""What Zalo refuses, forgets or leaves open, and what becomes of the message."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.clock import FixedClock
from bot.conversation.vocabulary import Picture
from bot.delivery.channel import NotSent, OutsideWindow, Rejected, SendError, TryLater, Uncertain, Unreachable
from bot.texts import Texts
from storage.delivery.tables import Lane
from tests.channels.zalo_oa.sending import Make, picture_of, screen, to
from tests.fakes.zalo_oa import FakeZaloOa, Person

TEXTS = Texts.load()
ROOT = "https://sangkien.example.vn"


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
