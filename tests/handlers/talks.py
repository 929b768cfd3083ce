"""What several conversations begin with: submitting, pictures, counts of rows."""

import io
from datetime import timedelta
from typing import Any

from PIL import Image
from sqlalchemy import func, select

from storage.conversation.tables import Conversation
from storage.initiatives.tables import Initiative
from storage.people.tables import Role
from storage.progress import counts
from tests.talk import Seen, Stage, WebPerson


def photo(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


async def goes(person: WebPerson, *pairs: tuple[str, str]) -> Seen:
    """Says one thing after the other, and sees what is to be seen each time."""
    seen = await person.last()
    for said, shown in pairs:
        seen = await person.says(said)
        assert shown in seen.text, f"after {said!r}: {seen.text}"
    return seen


async def fills_in(worker: WebPerson, name: str = "Đồ gá khoan bốn lỗ", content: str = "Hàn tấm gá") -> Seen:
    """The required questions, up to the summary."""
    return await goes(
        worker,
        ("/sangkien", "tên là gì"),
        (name, "làm thế nào"),
        (content, "lĩnh vực"),
        ("kỹ thuật", "lần đầu"),
        ("hôm qua", "vướng gì"),
        ("bỏ qua hết", "xem lại giúp mình"),
    )


async def submits(
    bot: Stage, worker: WebPerson, name: str = "Đồ gá khoan bốn lỗ", content: str = "Hàn tấm gá"
) -> int:
    """A whole submission; gives the initiative's id. A minute passes, so that nobody writes too fast."""
    bot.clock.advance(timedelta(minutes=1))
    await fills_in(worker, name, content)
    seen = await worker.taps("Gửi sáng kiến")
    assert "Đã gửi" in seen.text, seen.text
    return await newest(bot)


async def team_and_worker(bot: Stage) -> tuple[WebPerson, WebPerson]:
    """Somebody of the support team and a worker, both of the same unit; gives the worker first."""
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    return await bot.person("Nguyễn Thị Nga"), support


async def card_in_hand(support: WebPerson) -> Seen:
    """The newest card that somebody of the support team was sent."""
    await support.settled()
    return await support.sees("Sáng kiến mới")


async def approves(support: WebPerson) -> Seen:
    """Approves the card that was sent last."""
    return await support.taps("✓ Duyệt", await card_in_hand(support))


async def opens_from_queue(support: WebPerson, name: str = "Đồ gá khoan bốn lỗ") -> Seen:
    """Opens a card from the queue; gives it."""
    await support.says("/hangcho")
    return await support.taps(name)


async def counts_are_right(bot: Stage) -> None:
    """The kept counts are those that the rows give."""
    async with bot.bot.database.read() as session:
        assert await counts.recount(session) == await counts.kept(session)


async def newest(bot: Stage) -> int:
    async with bot.bot.database.read() as session:
        return int(await session.scalar(select(func.max(Initiative.id))) or 0)


async def initiative(bot: Stage, number: int) -> Initiative:
    async with bot.bot.database.read() as session:
        return await session.get_one(Initiative, number)


async def count(bot: Stage, table: Any, *conditions: Any) -> int:
    async with bot.bot.database.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0)


def labels(seen: Seen) -> list[str]:
    return [label for label, _ in seen.buttons]


def action(seen: Seen, label: str) -> str:
    return next(action for shown, action in seen.buttons if label in shown)


async def gives_back(support: WebPerson, words: str = "Nói rõ cách kẹp nhé") -> Seen:
    """Returns the card that was shown last, with a reason, a field and words."""
    await support.taps("↩ Trả lại")
    await support.taps("Chưa rõ cách làm")
    await support.taps("Xong")
    await support.taps("Nội dung")
    await support.taps("Xong")
    return await support.says(words)


async def open_form(bot: Stage, person: WebPerson) -> dict[str, Any] | None:
    """The form that somebody is in, as stored."""
    async with bot.bot.database.read() as session:
        return (await session.get_one(Conversation, person.account.person_id)).form
