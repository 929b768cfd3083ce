"""A card stands in several places; when it is decided in one of them, it closes in all others and in them alone."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.services.initiatives.told import CARD, CARD_CLOSED, Place
from bot.services.review import review
from storage.delivery.tables import Outbox, OutboxState
from storage.people.tables import Role
from tests.handlers.talks import submits
from tests.talk import Stage, stage

#: Each chat of a messenger numbers its messages anew, so the same number stands in two.
PLACES = (Place("telegram", "100", "7"), Place("telegram", "-200", "7"), Place("web", "300", "7"))


async def cards_at(bot: Stage, places: tuple[Place, ...]) -> int:
    """An initiative whose card stands in these places, each with a member of the team of their own."""
    for at in range(len(places)):
        await bot.person(f"Người {at} Thử", unit="HABECO", role=Role.SUPPORT)
    number = await submits(bot, await bot.person("Nguyễn Thị Nga", unit="HABECO"))
    async with bot.bot.database.write() as session:
        rows = (await session.scalars(select(Outbox).where(Outbox.kind == CARD).order_by(Outbox.id))).all()
        assert len(rows) == len(places)
        for row, place in zip(rows, places, strict=True):
            row.state, row.channel = OutboxState.SENT, place.channel
            row.chat_id, row.message_ref = place.chat, place.message
    return number


async def closed(bot: Stage, initiative_id: int, pressed_at: Place | None) -> set[Place]:
    """Where the card is closed when it is approved at a place."""
    async with bot.bot.database.write() as session:
        await review.approve(bot.act(session), initiative_id, 1, pressed_at)
        rows = (await session.scalars(select(Outbox).where(Outbox.kind == CARD_CLOSED))).all()
        found = {Place(one.details["channel"], one.details["chat"], one.details["replaces"]) for one in rows}
        assert len(found) == len(rows)
        await session.rollback()
    return found


@pytest.mark.parametrize("pressed_at", PLACES)
async def test_all_but_the_pressed_card_are_closed(demo_url: str, tmp_path: Path, pressed_at: Place) -> None:
    async with stage(demo_url, tmp_path) as bot:
        number = await cards_at(bot, PLACES)
        assert await closed(bot, number, pressed_at) == set(PLACES) - {pressed_at}


async def test_approved_elsewhere_it_is_closed_everywhere(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        number = await cards_at(bot, PLACES)
        for elsewhere in (None, Place("telegram", "100", "8"), Place("telegram", "101", "7")):
            assert await closed(bot, number, elsewhere) == set(PLACES)


async def test_what_was_covered_or_never_left_is_not_touched(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        number = await cards_at(bot, PLACES)
        async with bot.bot.database.write() as session:
            await session.execute(
                update(Outbox).where(Outbox.chat_id == "100").values(state=OutboxState.CANCELLED)
            )
            await session.execute(
                update(Outbox)
                .where(Outbox.chat_id == "300")
                .values(state=OutboxState.PENDING, message_ref=None)
            )
        assert await closed(bot, number, None) == {PLACES[1]}
