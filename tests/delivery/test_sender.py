"""The outbox: each message once, to where the person can be reached, in honest states."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.web import NAME as WEB
from bot.conversation.vocabulary import Capabilities, Incoming, IncomingFile, Recipient, Reply, Screen
from bot.delivery.channel import NotSent, Rejected, SendError, Sent, TryLater, Uncertain, Unreachable
from bot.services import telling
from bot.services.people import appointing
from storage.delivery import outbox, processes
from storage.delivery.tables import Lane, Outbox, OutboxState, Process
from storage.people.tables import Account
from tests.databases import SqliteDatabases
from tests.talk import Stage, WebPerson, stage

POST = "post"


class Post:
    """A messenger of our own: keeps what arrives, and fails as it is told, chat by chat."""

    name = POST
    capabilities = Capabilities(
        buttons=True,
        edit=True,
        files_in=True,
        files_out=True,
        max_text=4_000,
        groups=False,
        may_write_first=True,
    )
    keeps_transcript = False
    bulk_at_once = 4

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str]] = []
        self.problems: dict[str, list[SendError]] = {}

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        assert lane is (Lane.BROADCAST if "📢" in str(screen.text) else Lane.DECISION)
        problems = self.problems.get(to.chat)
        if problems:
            raise problems.pop(0)
        self.arrived.append((to.chat, str(screen.text)))
        return Sent(str(len(self.arrived)))

    async def write(
        self,
        session: AsyncSession,
        to: Recipient,
        incoming: Incoming | None,
        screens: Sequence[Screen],
        now: datetime,
        *,
        replaces: str = "",
    ) -> str:
        raise AssertionError("nothing is written here")

    def written(self, to: Recipient) -> None:
        raise AssertionError("nothing is written here")

    async def answer(self, reply: Reply) -> None:
        raise AssertionError("nobody writes here")

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        raise AssertionError("nobody sends files here")


@pytest.fixture
async def bot(demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(demo_url, tmp_path) as running:
        yield running


@pytest.fixture
def post(bot: Stage) -> Post:
    channel = Post()
    assert isinstance(bot.bot.channels, dict)
    bot.bot.channels[POST] = channel
    return channel


async def on_post(bot: Stage, name: str) -> WebPerson:
    """Somebody whose last place is the post; they can be reached on the web as well."""
    person = await bot.person(name)
    async with bot.bot.database.write() as session:
        session.add(
            Account(
                channel=POST,
                external_id=name,
                chat_id=name,
                person_id=person.account.person_id,
                last_seen_at=bot.clock.now(),
            )
        )
    return person


async def tell(bot: Stage, *people: WebPerson, key: str = "news") -> None:
    async with bot.bot.database.write() as session:
        await telling.tell_people(
            bot.act(session),
            [person.account.person_id for person in people],
            appointing.ROLE,
            key,
            role="support",
            unit="Xưởng <LED>",
            given=True,
        )


async def test_what_is_committed_wakes_the_sender_of_that_database_and_no_other(
    bot: Stage, _sqlite: SqliteDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    (tmp_path / "other").mkdir()
    async with stage(_sqlite.create(tmp_path / "other"), tmp_path / "other") as other:
        for name, one in (("this", bot), ("other", other)):
            monkeypatch.setattr(one.bot.sender._wake, "set", partial(rung.append, name))
        await tell(bot, await bot.person("Nguyễn Thị Nga"))
        assert rung == ["this"]
        await tell(other, await other.person("Vũ Văn Tú"))
        assert rung == ["this", "other"]
        monkeypatch.undo()


async def deliver(bot: Stage) -> None:
    while await bot.bot.sender.round():
        pass


async def rows(bot: Stage) -> list[Outbox]:
    async with bot.bot.database.read() as session:
        return list(await session.scalars(select(Outbox).order_by(Outbox.id)))


async def states(bot: Stage) -> list[OutboxState]:
    return [row.state for row in await rows(bot)]


async def dies(bot: Stage, process: int) -> None:
    """A process has been silent for too long, and the others look; on SQLite, the only one begins again."""
    if bot.bot.database.is_sqlite:
        await bot.bot.liveness.begin()
        return
    async with bot.bot.database.write() as session:
        await session.execute(
            update(Process).where(Process.id == process).values(beat_at=func.now() - timedelta(seconds=16))
        )
    await bot.bot.liveness.reap()


async def test_what_is_about_the_same_is_one_message(bot: Stage, post: Post) -> None:
    person = await on_post(bot, "Nga")
    await tell(bot, person)
    await tell(bot, person)
    await deliver(bot)
    await tell(bot, person)
    await deliver(bot)
    assert [chat for chat, _ in post.arrived] == ["Nga"]
    assert "Xưởng &lt;LED&gt;" in post.arrived[0][1]
    (row,) = await rows(bot)
    assert (row.state, row.channel, row.chat_id, row.message_ref) == (OutboxState.SENT, POST, "Nga", "1")
    assert row.sent_at == bot.clock.now()


async def test_who_has_blocked_the_bot_is_reached_elsewhere(bot: Stage, post: Post) -> None:
    person = await on_post(bot, "Nga")
    post.problems["Nga"] = [Unreachable("blocked")]
    await tell(bot, person)
    await deliver(bot)
    await person.sees("Xưởng <LED>")
    assert (await rows(bot))[0].channel == WEB
    async with bot.bot.database.read() as session:
        account = (await session.scalars(select(Account).where(Account.channel == POST))).one()
    assert account.unreachable_since == bot.clock.now()
    await tell(bot, person, key="more")
    await deliver(bot)
    assert post.arrived == []
    assert post.problems["Nga"] == []


async def test_who_can_be_reached_nowhere_is_marked_so(bot: Stage, post: Post) -> None:
    person = await on_post(bot, "Nga")
    post.problems["Nga"] = [Unreachable("blocked")]
    async with bot.bot.database.write() as session:
        web = await session.get_one(Account, person.account.id)
        web.unreachable_since = bot.clock.now()
    await tell(bot, person)
    await deliver(bot)
    assert await states(bot) == [OutboxState.BLOCKED]


async def test_a_messenger_that_asks_to_wait_is_waited_for_and_others_go_on(bot: Stage, post: Post) -> None:
    slow, quick = await on_post(bot, "Nga"), await on_post(bot, "Tú")
    post.problems["Nga"] = [TryLater(60)]
    await tell(bot, slow, quick)
    await deliver(bot)
    assert [chat for chat, _ in post.arrived] == ["Tú"]
    bot.clock.advance(timedelta(seconds=59))
    await deliver(bot)
    assert len(post.arrived) == 1
    bot.clock.advance(timedelta(seconds=1))
    await deliver(bot)
    assert [chat for chat, _ in post.arrived] == ["Tú", "Nga"]


async def test_asked_to_wait_everywhere_nothing_is_sent_meanwhile(bot: Stage, post: Post) -> None:
    first = await on_post(bot, "Nga")
    post.problems["Nga"] = [TryLater(60, everywhere=True)]
    await tell(bot, first)
    await deliver(bot)
    await tell(bot, await on_post(bot, "Tú"), key="later")
    await deliver(bot)
    assert post.arrived == []
    bot.clock.advance(timedelta(seconds=60))
    await deliver(bot)
    assert {chat for chat, _ in post.arrived} == {"Nga", "Tú"}


async def test_what_may_have_arrived_is_not_repeated_at_once(bot: Stage, post: Post) -> None:
    person = await on_post(bot, "Nga")
    post.problems["Nga"] = [Uncertain("no answer")]
    await tell(bot, person)
    await deliver(bot)
    bot.clock.advance(timedelta(minutes=9))
    await deliver(bot)
    assert post.arrived == []
    assert await states(bot) == [OutboxState.UNCERTAIN]


async def test_what_surely_did_not_arrive_is_sent_again_later_and_given_up_in_the_end(
    bot: Stage, post: Post
) -> None:
    lucky, unlucky = await on_post(bot, "Nga"), await on_post(bot, "Tú")
    post.problems = {"Nga": [NotSent("no line")], "Tú": [NotSent("no line")] * 50}
    await tell(bot, lucky, unlucky)
    for _ in range(15):
        await deliver(bot)
        bot.clock.advance(timedelta(minutes=11))
    assert [chat for chat, _ in post.arrived] == ["Nga"]
    assert await states(bot) == [OutboxState.SENT, OutboxState.FAILED]
    assert (await rows(bot))[1].attempts == 10


@pytest.mark.parametrize("problem", [Rejected("bad entities"), RuntimeError("a mistake of ours")])
async def test_what_can_never_be_sent_is_not_tried_again(bot: Stage, post: Post, problem: Any) -> None:
    person, other = await on_post(bot, "Nga"), await on_post(bot, "Tú")
    post.problems["Nga"] = [problem]
    await tell(bot, person, other)
    await deliver(bot)
    bot.clock.advance(timedelta(days=1))
    await deliver(bot)
    assert [chat for chat, _ in post.arrived] == ["Tú"]
    assert await states(bot) == [OutboxState.FAILED, OutboxState.SENT]


async def test_what_a_dead_process_was_sending_is_uncertain(bot: Stage, post: Post) -> None:
    person, other = await on_post(bot, "Nga"), await on_post(bot, "Tú")
    async with bot.bot.sender._one_round:  # the other process is quicker
        await tell(bot, person)
        async with bot.bot.database.write() as session:
            dead = await processes.join(session, "elsewhere:1")
            (claimed,) = await outbox.claim(session, bot.clock.now(), 1, dead)
            assert claimed.state is OutboxState.SENDING
    if not bot.bot.database.is_sqlite:
        await bot.bot.liveness.reap()
        assert await states(bot) == [OutboxState.SENDING]
    await dies(bot, dead)
    await tell(bot, other, key="later")
    await deliver(bot)
    assert await states(bot) == [OutboxState.UNCERTAIN, OutboxState.SENT]
    assert [chat for chat, _ in post.arrived] == ["Tú"]


async def test_nobody_is_told_of_their_own_doing(bot: Stage, post: Post) -> None:
    person, other = await on_post(bot, "Nga"), await on_post(bot, "Tú")
    async with bot.bot.database.write() as session:
        act = replace(bot.act(session), actor_id=person.account.person_id)
        ids = [person.account.person_id, other.account.person_id, other.account.person_id]
        await telling.tell_people(act, ids, appointing.ROLE, "own", role="support", unit="X", given=True)
    await deliver(bot)
    assert [chat for chat, _ in post.arrived] == ["Tú"]
