"""What Zalo sends, as documented and as seen, read into our own words."""

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_bot.updates import Unreadable, parse
from bot.conversation.vocabulary import IncomingKind

MESSAGE: dict[str, Any] = {
    "from": {"id": "6ede9afa66b88fe6d6a9", "display_name": "Ted", "is_bot": False},
    "chat": {"id": "6ede9afa66b88fe6d6a9", "chat_type": "PRIVATE"},
    "text": "Xin chào",
    "message_id": "2d758cb5e222177a4e35",
    "date": 1750316131602,
}


def update(event: str = "message.text.received", **changes: Any) -> dict[str, Any]:
    message = {name: value for name, value in {**MESSAGE, **changes}.items() if value is not None}
    return {"event_name": event, "message": copy.deepcopy(message)}


@pytest.mark.parametrize(
    "wrap", [lambda one: one, lambda one: {"ok": True, "result": one}, lambda one: [one]]
)
def test_flat_and_wrapped_are_the_same(wrap: Any) -> None:
    incoming = parse(wrap(update()))
    assert incoming is not None
    assert (incoming.key, incoming.account, incoming.text) == (
        "2d758cb5e222177a4e35", "6ede9afa66b88fe6d6a9", "Xin chào",
    )  # fmt: skip
    assert (incoming.order, incoming.written_ms) == (1750316131602, 1750316131602)
    assert incoming.kind is IncomingKind.TEXT


@pytest.mark.parametrize("name", ["photo_url", "photo"])
def test_a_photo_is_where_either_name_says(name: str) -> None:
    incoming = parse(
        update("message.image.received", text=None, caption="Đồ gá", **{name: "https://x.vn/1.jpg"})
    )
    assert incoming is not None
    assert incoming.kind is IncomingKind.FILE
    assert incoming.files[0].source == "https://x.vn/1.jpg"
    assert incoming.text == "Đồ gá"


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ("message.sticker.received", "sticker"),
        ("message.voice.received", "voice"),
        ("message.unsupported.received", "this"),
        ("message.hologram.received", "this"),
        ("message.image.received", "this"),
    ],
)
def test_what_cannot_be_taken_is_named(event: str, what: str) -> None:
    incoming = parse(update(event, text=None))
    assert incoming is not None
    assert (incoming.kind, incoming.text) == (IncomingKind.UNSUPPORTED, what)


def test_a_bots_own_message_concerns_nobody() -> None:
    assert parse({**update(), "message": {**MESSAGE, "from": {"id": "1", "is_bot": True}}}) is None
    for kind in ("CHANNEL", "", None, 7):
        assert parse({**update(), "message": {**MESSAGE, "chat": {"id": "1", "chat_type": kind}}}) is None, (
            kind
        )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["ok", "result", "message", "from", "chat", "id", "message_id", "text"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_comes_is_read_or_said_to_be_unreadable(body: object) -> None:
    with contextlib.suppress(Unreadable):
        parse(body)
