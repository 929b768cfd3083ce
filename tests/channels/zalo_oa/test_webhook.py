"""What Zalo posts: proved to be Zalo's before it is read, committed before it is confirmed, answered within its time."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.zalo_oa.channel import NAME
from bot.channels.zalo_oa.updates import ZaloOaWebhook, is_signed, parse
from bot.clock import FixedClock
from bot.config import ZaloOaSettings
from bot.conversation.vocabulary import Incoming, IncomingKind
from bot.reception.desk import Desk
from tests.channels.zalo_oa.conftest import serving
from tests.fakes.zalo_oa import RETRIES, Event, FakeZaloOa

MOMENT = "1717061839659"


class Inbox(Desk):
    """Takes what comes in, when the test lets it."""

    def __init__(self) -> None:
        self.got: list[Incoming] = []
        self.takes = True

    def enqueue(self, incoming: Incoming, *, stored: bool = False) -> "asyncio.Future[None]":
        self.got.append(incoming)
        done = asyncio.get_running_loop().create_future()
        if self.takes:
            done.set_result(None)
        return done


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def webhook(zalo: FakeZaloOa, inbox: Inbox, clock: FixedClock) -> AsyncIterator[ZaloOaWebhook]:
    settings = ZaloOaSettings(**zalo.settings(domain_code="Q_kw8-abc"))
    webhook = ZaloOaWebhook(settings, inbox, clock, answer_within_s=0.05)
    async with serving(webhook.routes()) as root:
        zalo.webhook = root + ZaloOaWebhook.PATH
        yield webhook


def event(name: str, **more: Any) -> dict[str, Any]:
    return {"event_name": name, "sender": {"id": "246845883529197922"}, "timestamp": MOMENT, **more}


def attached(*payloads: object, **more: Any) -> dict[str, Any]:
    return {"msg_id": "m1", "attachments": [{"type": "x", "payload": one} for one in payloads], **more}


# what is Zalo's


async def test_a_signed_event_is_taken(zalo: FakeZaloOa, webhook: ZaloOaWebhook, inbox: Inbox) -> None:
    assert await zalo.person().sends("Chào bạn") == 200
    (got,) = inbox.got
    assert (got.kind, got.text, got.channel) == (IncomingKind.TEXT, "Chào bạn", NAME)
    assert webhook.counts == {"taken": 1}


@pytest.mark.parametrize("header", ["", "mac=", "mac=" + "0" * 64, "0" * 64, "mac=ä", "sha256=abc"])
async def test_a_call_that_zalo_did_not_sign_is_refused_counted_and_not_read(
    zalo: FakeZaloOa, webhook: ZaloOaWebhook, inbox: Inbox, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = webhook._settings
    body = zalo.event("user_send_text", message={"text": "mật khẩu"}).body
    assert is_signed(body, header, settings) is None
    assert await zalo.post(Event(body, header.encode("ascii", "replace").decode())) == 403
    assert not inbox.got
    assert webhook.counts == {"refused": 1}
    assert "mật khẩu" not in caplog.text


@pytest.mark.parametrize("what", ["text", "timestamp", "app"])
@pytest.mark.usefixtures("webhook")
async def test_what_was_changed_on_the_way_is_refused(zalo: FakeZaloOa, inbox: Inbox, what: str) -> None:
    right = zalo.event("user_send_text", message={"text": "1", "msg_id": "a"}, sender={"id": "5"})
    body = json.loads(right.body)
    if what == "text":
        body["message"]["text"] = "2"
    elif what == "timestamp":
        body["timestamp"] = str(int(body["timestamp"]) + 1)
    else:
        zalo.account.app_id = "1"
        right = zalo.event("user_send_text", message={"text": "1"})
        body = json.loads(right.body)
    assert await zalo.post(Event(json.dumps(body, ensure_ascii=False).encode(), right.signature)) == 403
    assert not inbox.got


def test_forms_of_the_signature_that_are_seen_are_taken(zalo: FakeZaloOa) -> None:
    settings = ZaloOaSettings(**zalo.settings())
    right = zalo.event("follow")
    assert is_signed(right.body, right.signature, settings)
    assert is_signed(right.body, right.signature.removeprefix("mac=").upper(), settings)
    number = right.body.replace(b'"timestamp": "', b'"timestamp":').replace(b'", "event', b', "event')
    assert is_signed(number, zalo.sign(number, json.loads(right.body)["timestamp"]), settings) is not None
    # Some accounts sign with their own id, and with the app's secret.
    zalo.account.app_id, zalo.account.oa_secret = zalo.account.oa_id, zalo.account.app_secret
    other = zalo.event("follow")
    assert is_signed(other.body, other.signature, settings) is None
    by_oa = ZaloOaSettings(**zalo.settings(app_id="77", oa_id=zalo.account.oa_id, oa_secret_key=""))
    assert is_signed(other.body, other.signature, by_oa) is not None


@pytest.mark.usefixtures("webhook")
async def test_a_time_inside_of_what_people_write_is_not_taken_for_the_events(
    zalo: FakeZaloOa, inbox: Inbox
) -> None:
    assert await zalo.person().sends('{"timestamp":"1"}') == 200
    assert inbox.got[0].text == '{"timestamp":"1"}'


@pytest.mark.usefixtures("webhook")
async def test_empty_probes_and_looks_are_answered(zalo: FakeZaloOa, inbox: Inbox) -> None:
    assert await zalo.post(Event(b"", "")) == 200
    assert zalo._client is not None
    async with zalo._client.get(zalo.webhook) as answer:
        assert answer.status == 200
    root = zalo.webhook.removesuffix(ZaloOaWebhook.PATH)
    async with zalo._client.get(f"{root}/zalo_verifierQ_kw8-abc.html") as answer:
        assert 'content="Q_kw8-abc"' in await answer.text()
    assert not inbox.got


@pytest.mark.usefixtures("webhook")
async def test_a_body_beyond_all_measure_is_not_read(zalo: FakeZaloOa, inbox: Inbox) -> None:
    assert await zalo.post(Event(b"x" * 300_000, "")) == 413
    assert not inbox.got


# in time


async def test_what_cannot_be_committed_in_time_is_sent_again_and_is_the_same(
    zalo: FakeZaloOa, webhook: ZaloOaWebhook, inbox: Inbox, clock: FixedClock
) -> None:
    inbox.takes = False
    assert await zalo.person().sends("Chào") == 503
    inbox.takes = True
    clock.advance(RETRIES[0])
    await zalo.tries_again()
    assert not zalo.undelivered
    first, second = inbox.got
    assert first == second
    assert webhook.counts == {"late": 1, "taken": 1}


async def test_all_of_zalos_retries_are_taken_and_what_is_replayed_days_later_is_not(
    zalo: FakeZaloOa, webhook: ZaloOaWebhook, inbox: Inbox, clock: FixedClock
) -> None:
    inbox.takes = False
    await zalo.person().sends("Chào")
    for wait in RETRIES[:-1]:
        clock.advance(wait)
        await zalo.tries_again()
    inbox.takes = True
    clock.advance(RETRIES[-1])
    (waiting,) = zalo.undelivered
    await zalo.tries_again()
    assert not zalo.undelivered
    assert len(inbox.got) == 6
    # Within a day the inbox knows it; afterwards it is not even asked.
    clock.advance(timedelta(hours=24))
    assert await zalo.post(waiting) == 200
    assert len(inbox.got) == 6
    assert webhook.counts["old"] == 1


# what it says


@pytest.mark.parametrize(
    ("name", "more", "kind", "text"),
    [
        ("user_send_text", {"message": {"text": "15tr", "msg_id": "m1"}}, IncomingKind.TEXT, "15tr"),
        ("user_send_text", {"message": {"text": "15tr", "message_id": "m1"}}, IncomingKind.TEXT, "15tr"),
        ("user_send_link", {"message": attached({"url": "https://a.vn"})}, IncomingKind.TEXT, "https://a.vn"),
        ("user_send_sticker", {"message": attached({"url": "https://a.vn"})}, IncomingKind.UNSUPPORTED, "sticker"),
        ("user_send_gif", {"message": {"msg_id": "m1"}}, IncomingKind.UNSUPPORTED, "sticker"),
        ("user_send_audio", {"message": {"msg_id": "m1"}}, IncomingKind.UNSUPPORTED, "voice"),
        ("user_send_location", {"message": attached({"coordinates": {}})}, IncomingKind.UNSUPPORTED, "location"),
        ("user_send_business_card", {"message": {"msg_id": "m1"}}, IncomingKind.UNSUPPORTED, "this"),
        ("user_send_image", {"message": attached()}, IncomingKind.UNSUPPORTED, "this"),
        ("user_send_image", {"message": attached({"url": 5}, "x", None)}, IncomingKind.UNSUPPORTED, "this"),
        ("follow", {"sender": None, "follower": {"id": "246845883529197922"}}, IncomingKind.START, ""),
        ("follow", {}, IncomingKind.START, ""),
        ("unfollow", {"follower": {"id": "246845883529197922"}}, IncomingKind.GONE, ""),
    ],
)  # fmt: skip
def test_events_in_our_own_words(name: str, more: dict[str, Any], kind: IncomingKind, text: str) -> None:
    got = parse(event(name, **more), MOMENT)
    assert got is not None
    assert (got.kind, got.text) == (kind, text)
    assert got.account == got.chat == "246845883529197922"
    assert got.key == ("m1" if "message" in more else f"{name}:246845883529197922:{MOMENT}")
    assert got.order == int(MOMENT)


def test_photos_and_documents_with_what_is_said_of_them() -> None:
    photos = parse(
        event(
            "user_send_image", message=attached({"url": "https://a/1"}, {"url": "https://a/2"}, text="Đây")
        ),
        MOMENT,
    )
    assert photos is not None
    assert photos.kind is IncomingKind.FILE
    assert photos.text == "Đây"
    assert [(one.source, one.is_picture) for one in photos.files] == [
        ("https://a/1", True),
        ("https://a/2", True),
    ]
    payload = {"url": "https://a/3", "name": "Bản vẽ.pdf", "size": "1234", "checksum": "x"}
    document = parse(event("user_send_file", message=attached(payload)), MOMENT)
    assert document is not None
    (file,) = document.files
    assert (file.name, file.size, file.is_picture) == ("Bản vẽ.pdf", 1234, False)
    odd = parse(
        event("user_send_file", message=attached({"url": "https://a\0/3", "name": 7, "size": "∞"})), MOMENT
    )
    assert odd is not None
    assert (odd.files[0].source, odd.files[0].name, odd.files[0].size) == ("https://a/3", "tep", None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"event_name": 5},
        {"event_name": "user_send_text"},
        {"event_name": "user_send_text", "sender": "me"},
        {"event_name": "user_send_text", "sender": {"id": 7}},
        {"event_name": "user_send_text", "sender": {"id": "7" * 65}},
        {"event_name": "follow", "follower": {"id": ""}},
    ],
)
async def test_what_cannot_be_read_is_confirmed_so_that_it_does_not_come_again(
    zalo: FakeZaloOa,
    webhook: ZaloOaWebhook,
    inbox: Inbox,
    body: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    raw = json.dumps({"timestamp": str(int(zalo.clock.now().timestamp() * 1000)), **body}).encode()
    signature = zalo.sign(raw, json.loads(raw)["timestamp"])
    assert await zalo.post(Event(raw, signature)) == 200
    assert not inbox.got
    assert webhook.counts == {"unreadable": 1}
    assert "could not be read" in caplog.text


@pytest.mark.parametrize("raw", [b'["timestamp":"5"', b'[{"timestamp":"5"}]', b'{"a":{"timestamp":"5"}}', b'{"timestamp":"99999999999999999999","event_name":"follow","sender":{"id":"1"}}'])  # fmt: skip
@pytest.mark.usefixtures("webhook")
async def test_signed_nonsense_is_confirmed(zalo: FakeZaloOa, inbox: Inbox, raw: bytes) -> None:
    moment = "99999999999999999999" if b"999" in raw else "5"
    assert await zalo.post(Event(raw, zalo.sign(raw, moment))) == 200
    assert not inbox.got


async def test_the_time_that_was_signed_has_to_be_the_events_own(
    zalo: FakeZaloOa, webhook: ZaloOaWebhook, inbox: Inbox
) -> None:
    now = str(int(zalo.clock.now().timestamp() * 1000))
    message = {"text": "x", "msg_id": "m", "timestamp": now}
    body = {"timestamp": "7", "event_name": "user_send_text", "sender": {"id": "1"}, "message": message}
    raw = json.dumps(body).encode()
    assert await zalo.post(Event(raw, zalo.sign(raw, now))) == 200
    assert not inbox.got
    assert webhook.counts == {"unreadable": 1}


async def test_events_of_no_concern_are_confirmed_and_unknown_ones_named_once(
    zalo: FakeZaloOa, webhook: ZaloOaWebhook, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for name in (
        "oa_send_text",
        "user_seen_message",
        "user_send_group_text",
        "create_group",
        "anonymous_send_text",
    ):
        assert await zalo.post(zalo.event(name, sender={"id": "5"})) == 200
    assert webhook.counts == {}
    for _ in range(3):
        assert await zalo.post(zalo.event("user_dances", sender={"id": "5"})) == 200
    assert not inbox.got
    assert webhook.counts == {"unknown": 3}
    assert caplog.text.count("user_dances") == 1


async def test_what_happens_on_another_account_of_the_same_app_is_none_of_ours(
    zalo: FakeZaloOa, webhook: ZaloOaWebhook, inbox: Inbox
) -> None:
    webhook._settings = webhook._settings.model_copy(update={"oa_id": zalo.account.oa_id})
    said = {"sender": {"id": "5"}, "message": {"text": "chào", "msg_id": "m1"}}
    assert await zalo.post(zalo.event("user_send_text", recipient={"id": "999"}, **said)) == 200
    assert await zalo.post(zalo.event("follow", oa_id="999", follower={"id": "5"})) == 200
    assert not inbox.got
    assert webhook.counts == {"elsewhere": 2}
    ours = {"recipient": {"id": zalo.account.oa_id}, **said}
    assert await zalo.post(zalo.event("user_send_text", **ours)) == 200
    assert len(inbox.got) == 1


def test_a_long_key_still_fits_its_column() -> None:
    got = parse(event("user_send_text", message={"text": "x", "msg_id": "k" * 500}), MOMENT)
    assert got is not None
    assert len(got.key) <= 80


def test_seconds_are_told_from_milliseconds(zalo: FakeZaloOa) -> None:
    webhook = ZaloOaWebhook(
        ZaloOaSettings(**zalo.settings()), Inbox(), FixedClock(datetime(2026, 11, 24, tzinfo=UTC))
    )
    now = int(datetime(2026, 11, 24, tzinfo=UTC).timestamp())
    assert not webhook._is_old(now)
    assert not webhook._is_old(now * 1000)
    assert webhook._is_old((now - 90_000) * 1000)
    assert webhook._is_old(now - 90_000)
