"""Deciding on a card: claims, approving, refusing, undoing, and what becomes of the card elsewhere."""

import asyncio
from datetime import timedelta

import pytest

from bot.screens.review.actions import Approve, Release, UndoDecision
from storage.initiatives.tables import InitiativeState
from storage.people.tables import Role
from storage.trail import Event
from tests.handlers.talks import (
    action,
    approves,
    card_in_hand,
    count,
    counts_are_right,
    gives_back,
    initiative,
    labels,
    opens_from_queue,
    submits,
    team_and_worker,
)
from tests.talk import Stage


async def test_of_two_who_claim_at_once_one_gets_it_and_the_other_is_told(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    cards = [await card_in_hand(member) for member in (first, second)]
    await asyncio.gather(first.taps("Nhận xem", cards[0]), second.taps("Nhận xem", cards[1]))
    holder = (await initiative(bot, number)).claimed_by
    winner, loser = (first, second) if holder == first.account.person_id else (second, first)
    assert holder == winner.account.person_id
    await loser.sees("đang xem CTVN-2026-000001 rồi", "Lan" if winner is first else "Tú")
    await winner.sees("Bạn đang giữ đến")


async def test_who_holds_a_card_keeps_others_from_deciding_until_the_claim_lapses(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await first.taps("Nhận xem", await card_in_hand(first))
    await approves(second)
    await second.sees("Phạm Thị Lan đang xem")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    bot.clock.advance(timedelta(minutes=31))
    await approves(second)
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


async def test_a_released_card_is_free_at_once(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    await first.taps("Nhận xem", await card_in_hand(first))
    await second.presses(Release(number, 1).pack())
    assert (await initiative(bot, number)).claimed_by == first.account.person_id
    await first.taps("Thôi giữ")
    await second.taps("Nhận xem", await card_in_hand(second))
    assert (await initiative(bot, number)).claimed_by == second.account.person_id


@pytest.mark.every_channel
async def test_approving_twice_counts_once_and_says_who_did(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    await submits(bot, worker)
    before = await card_in_hand(second)
    await approves(first)
    await second.taps("✓ Duyệt", before)
    await second.sees("đã được Phạm Thị Lan duyệt rồi")
    assert await count(bot, Event, Event.kind == "approved") == 1
    await counts_are_right(bot)


async def test_a_card_of_an_older_text_decides_nothing(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    older = await card_in_hand(support)
    await gives_back(support)
    await worker.taps("Sửa và gửi lại")
    await worker.taps("Gửi sáng kiến")
    for label in ("✓ Duyệt", "↩ Trả lại", "✕ Từ chối"):
        seen = await support.taps(label, older)
        assert "Tác giả vừa sửa CTVN-2026-000001" in seen.text
    one = await initiative(bot, number)
    assert (one.state, one.claimed_by) == (InitiativeState.SUBMITTED, None)


async def test_nobody_approves_their_own_while_somebody_else_can(bot: Stage) -> None:
    await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    number = await submits(bot, support)
    await opens_from_queue(support)
    await support.taps("✓ Duyệt")
    await support.sees("sáng kiến của chính bạn")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED


async def test_alone_in_the_team_one_may_approve_ones_own(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", unit="HABECO", role=Role.SUPPORT)
    number = await submits(bot, support)
    await opens_from_queue(support)
    await support.taps("✓ Duyệt")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


async def test_a_decision_can_be_taken_back_in_time_and_counts_go_back(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await approves(support)
    bot.clock.advance(timedelta(minutes=9))
    await support.taps("Hoàn tác")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED
    await worker.settled()
    await worker.sees("xem lại sáng kiến")
    await counts_are_right(bot)
    await support.taps("✓ Duyệt")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED
    await worker.settled()
    assert sum("Chúc mừng" in bubble.text for bubble in await worker.screen()) == 2


async def test_a_decision_stands_after_some_minutes_and_for_others(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    other = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    number = await submits(bot, worker)
    decided = await approves(support)
    await other.presses(UndoDecision(number, 1).pack())
    await other.sees("Chỉ người đã quyết định")
    bot.clock.advance(timedelta(minutes=11))
    await support.taps("Hoàn tác", decided)
    await support.sees("Chỉ hoàn tác được trong 10 phút")
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED


@pytest.mark.every_channel
async def test_a_refusal_needs_words_and_the_author_reads_them(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.taps("✕ Từ chối", await card_in_hand(support))
    await support.taps("Không có gì mới")
    await support.taps("Xong")
    for nothing in ("bỏ qua", "🎉"):
        await support.says(nothing)
        if nothing == "bỏ qua":  # a word like any other where it cannot be skipped
            break
    assert (await initiative(bot, number)).state is InitiativeState.REJECTED
    await worker.settled()
    await worker.sees("chưa được nhận", "Không có gì mới")


async def test_a_refusal_without_a_readable_word_is_asked_again(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.taps("✕ Từ chối", await card_in_hand(support))
    await support.says("xong")
    await support.sees("Mục này cần có")
    await support.taps("Lý do khác")
    await support.taps("Xong")
    await support.says("🎉")
    await support.sees("chưa đọc được chữ nào")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED


@pytest.mark.every_channel
async def test_a_decided_card_closes_on_the_other_members_screen(bot: Stage) -> None:
    worker, first = await team_and_worker(bot)
    second = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    await submits(bot, worker)
    card = await card_in_hand(second)
    await approves(first)
    await second.settled()
    closed = await second.outcome(card)
    assert "đã được duyệt" in closed.text
    assert "✓ Duyệt" not in labels(closed)


async def test_a_card_decided_where_it_was_opened_closes_where_it_was_sent(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    await submits(bot, worker)
    sent = await card_in_hand(support)
    opened = await opens_from_queue(support)
    assert opened.ref != sent.ref
    await support.taps("✓ Duyệt", opened)
    await support.settled()
    # Both show the outcome: the pressed one by itself, the other one since it is closed.
    for card in (opened, sent) if support.changes else ():
        shown = await support.outcome(card)
        assert "đã được duyệt" in shown.text
        assert "✓ Duyệt" not in labels(shown)
    assert sum("đã được duyệt" in bubble.text for bubble in await support.screen()) == (
        2 if support.changes else 1
    )


async def test_a_button_pressed_on_another_initiatives_card_closes_the_right_ones(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    other = await bot.person("Vũ Văn Tú", role=Role.SUPPORT)
    await submits(bot, worker, "Giá để khuôn", "Hàn giá")
    first = await other.sees("Sáng kiến mới", "Giá để khuôn")
    number = await submits(bot, worker, "Xe đẩy phôi", "Hàn khung")
    second = await other.sees("Sáng kiến mới", "Xe đẩy phôi")
    stranger = await support.sees("Sáng kiến mới", "Giá để khuôn")
    await support.presses(Approve(number, 1).pack(), on=stranger)
    assert (await initiative(bot, number)).state is InitiativeState.APPROVED
    await other.settled()
    assert "✓ Duyệt" not in labels(await other.outcome(second))
    if other.changes:
        assert "✓ Duyệt" in labels(await other.outcome(first))


async def test_leaving_a_teams_form_changes_nothing(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.taps("↩ Trả lại", await card_in_hand(support))
    await support.says("huỷ")
    await support.sees("Đã thoát")
    assert (await initiative(bot, number)).state is InitiativeState.SUBMITTED


async def test_action_labels_lead_to_their_own_card(bot: Stage) -> None:
    worker, support = await team_and_worker(bot)
    number = await submits(bot, worker)
    await support.settled()
    card = await support.sees("Sáng kiến mới")
    assert action(card, "✓ Duyệt") == Approve(number, 1).pack()
