"""What a channel that watches is told of each update: what was called, read, refused and stored."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.web import NAME as WEB
from bot.channels.zalo_bot.channel import NAME as ZALO_BOT
from bot.conversation.forms import Outcome
from bot.conversation.routing import Handler, Screens
from bot.conversation.vocabulary import Choice, Screen, rows_of
from bot.handlers.turn import Turn
from bot.reception.understood import Called, Means, Understood
from bot.services.refusal import Refusal
from tests.phones import stage_on
from tests.talk import Stage, stage


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        yield running


@pytest.fixture
def told(bot: Stage) -> list[Understood]:
    """What the web chat is told."""
    found: list[Understood] = []
    bot.bot.desk.watch(WEB, found.append)
    return found


async def test_a_command_a_reading_and_what_was_stored(bot: Stage, told: list[Understood]) -> None:
    worker = await bot.person("Nguyễn Thị Nga")

    await worker.says("/submit")
    await worker.says("Quạt hút bụi")

    command, answer = told
    # All names of a command are the one that help shows.
    assert command.called == [(Called.COMMAND, "sangkien")]
    assert (command.before, command.changed) == (None, {})
    assert answer.before is not None
    assert (answer.before.step, answer.outcome) == ("name", Outcome.ASK)
    assert [(one.question, one.typed) for one in answer.readings] == [("name", "Quạt hút bụi")]
    assert answer.changed == {"name": "Quạt hút bụi"}


async def test_what_was_undone_was_not_stored(
    bot: Stage, told: list[Understood], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await bot.person("Nguyễn Thị Nga")

    async def writes(turn: Turn) -> Screens:
        turn.act.record("tried")
        await turn.session.flush()
        return Screen(turn.say("menu.open"))

    async def refuses(turn: Turn) -> Screens:
        await writes(turn)
        raise Refusal("refusal.forbidden")

    commands = bot.bot.desk.features.routes.commands
    monkeypatch.setitem(commands, "toi", Handler(writes))
    await worker.says("/toi")
    monkeypatch.setitem(commands, "toi", Handler(refuses))
    await worker.says("/toi")

    assert [(row.table, row.columns["kind"]) for row in told[0].rows] == [("event", "tried")]
    assert told[-1].called == [(Called.COMMAND, "toi")]
    assert told[-1].rows == []
    assert "refusal.forbidden" in told[-1].said.values()


async def test_of_a_row_that_is_changed_the_changed_columns_are_told(
    bot: Stage, told: list[Understood], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await bot.person("Nguyễn Thị Nga")

    async def moves(turn: Turn) -> Screens:
        person = await turn.person()
        person.workplace = "Xưởng 2"
        return ()

    monkeypatch.setitem(bot.bot.desk.features.routes.commands, "toi", Handler(moves))
    await worker.says("/toi")

    assert [row.columns for row in told[0].rows] == [{"id": worker.account.person_id, "workplace": "Xưởng 2"}]


async def test_an_answer_that_is_no_answer_where_it_was_written(bot: Stage, told: list[Understood]) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    other = await bot.same_person_elsewhere(worker)
    await worker.says("/sangkien")

    await other.says("Quạt hút bụi")

    assert (told[-1].called, told[-1].readings, told[-1].outcome, told[-1].changed) == ([], [], None, {})
    assert "form.goes_on" in told[-1].said.values()


async def test_how_a_typed_text_was_a_choice(
    demo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Understood] = []

    async def lists(turn: Turn) -> Screens:
        return Screen(turn.say("menu.open"), rows_of([Choice(f"Mục {at}", f"help.{at}") for at in range(30)]))

    async with stage_on(ZALO_BOT, demo_url, tmp_path) as bot:
        bot.bot.desk.watch(ZALO_BOT, found.append)
        monkeypatch.setitem(bot.bot.desk.features.routes.commands, "toi", Handler(lists))
        worker = await bot.person("Nguyễn Thị Nga")
        for text in ("/toi", "tiếp", "99", "30", "#1a"):
            await worker.says(text)

    assert [(one.means, one.action, one.no_choice) for one in found] == [
        (None, "", ""),
        (Means.MORE, "", ""),
        (None, "", "numbers.not_there"),
        (Means.LIST, "help.29", ""),
        (None, "", "numbers.code_gone"),
    ]


async def test_a_channel_that_nobody_watches_tells_nothing(bot: Stage) -> None:
    found: list[Understood] = []
    bot.bot.desk.watch("another", found.append)
    worker = await bot.person("Nguyễn Thị Nga")

    await worker.says("/sangkien")

    assert found == []
