"""Words about a card: questions and answers, and notes that stay with the team."""

from sqlalchemy import select

from bot.screens.initiatives.actions import OpenInitiative, ShowHistory
from bot.screens.review.actions import AnswerQuestion
from storage.trail import Event
from tests.handlers.people.talks import chooses
from tests.handlers.talks import card_in_hand, submits, team_and_worker
from tests.talk import Stage


async def test_a_question_reaches_the_author_and_the_answer_who_asked(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    await submits(bot, worker)
    await support.taps("Hỏi tác giả", await card_in_hand(support))
    await support.says("Dùng thép dày <mấy> ly?")
    await worker.settled()
    await worker.sees("Tổ hỗ trợ hỏi", "Dùng thép dày <mấy> ly?")
    await worker.taps("Trả lời")
    await worker.says("Ba ly ạ")
    await support.settled()
    await support.sees("Tác giả trả lời", "Ba ly ạ")


async def test_private_notes_stay_with_the_team(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.taps("Thêm…", await card_in_hand(support))
    await support.taps("Ghi chú riêng")
    await support.says("Nghi chép của tổ bên")
    await support.taps("Xem sáng kiến")
    await support.taps("Thêm…")
    history = await support.taps("Lịch sử")
    assert "Nghi chép của tổ bên" in history.text
    await worker.presses(ShowHistory(number).pack())
    async with bot.bot.database.read() as session:
        events = (await session.scalars(select(Event.id).where(Event.initiative_id == number))).all()
    for event in events:
        await worker.presses(AnswerQuestion(event).pack())
    await worker.presses(OpenInitiative(number).pack())
    await chooses(worker, "Lấy về máy")
    await worker.sees_not("Nghi chép")
    await worker.sees_not("ghi chú riêng")
