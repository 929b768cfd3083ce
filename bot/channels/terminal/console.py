"""The console: one line in, one answer out. What begins with a colon is for the console, all else for the bot."""

import logging
import mimetypes
import re
import secrets
import shlex
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.channels.terminal import people
from bot.channels.terminal.channel import NAME, Shown, TerminalChannel
from bot.channels.terminal.clock import ClockAhead, span
from bot.channels.terminal.rendering import Typeable, as_text, codes_in, typeable
from bot.channels.terminal.why import explain, step_name, where
from bot.conversation.forms import FormState
from bot.conversation.numbered import Menu
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind, now_order
from bot.reception.desk import Desk
from bot.reception.understood import Understood
from bot.texts import Say, Texts
from storage.conversation import conversations, menus
from storage.engine import Database
from storage.people.finding import Namesake

log = logging.getLogger(__name__)

_COMMAND = re.compile(r"\s*:([a-z]{2,})(?:\s+(.*?))?\s*", re.DOTALL)
#: A text that begins with a colon and a word is written with two.
_ESCAPED = re.compile(r"\s*:(:[a-z]{2,})")
#: No channel takes a longer message.
_LONGEST = 10_000
#: The clock is put forward in such steps, and what is due is done at each; no more steps than so many.
_STEP = timedelta(hours=1)
_STEPS = 400


class Misused(Exception):
    """The console cannot do what it was told; ``key`` is the sentence that says why (``terminal.*``)."""

    def __init__(self, key: str, **args: object) -> None:
        """``args`` fill the sentence."""
        super().__init__(key)
        self.key = key
        self.args_for_text = args


@dataclass(frozen=True, slots=True)
class ShownScreen:
    """A screen with what can be typed for its choices."""

    shown: Shown
    text: str
    choices: tuple[Typeable, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line led to."""

    said: str
    screens: tuple[ShownScreen, ...] = ()
    #: The open form and its question.
    form: str | None = None
    step: str | None = None
    #: What was understood, where the line was for the bot.
    understood: Understood | None = None
    #: Why the console could not do it; empty when it could.
    error: str = ""
    #: What the console itself says, in lines.
    told: tuple[str, ...] = ()
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Bench:
    """What the console needs of the bot."""

    database: Database
    desk: Desk
    channel: TerminalChannel
    clock: ClockAhead
    texts: Texts
    #: Does and sends all that is due now.
    catch_up: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Console:
    """Somebody at the terminal. Speaks by ``say``; newcomers are met in its language."""

    bench: Bench
    say: Say
    #: The account that sits here; empty before :meth:`begin`.
    account: str = ""
    name: str = ""
    #: The language in which the bot speaks to them.
    language: str = ""
    _run: str = field(default_factory=lambda: secrets.token_hex(5))
    _count: int = 0
    _understood: Understood | None = None
    _fresh: Understood | None = None

    # ------------------------------------------------------------ who sits here

    async def begin(self, typed: str | None) -> None:
        """Sit down as somebody, or as a newcomer. Raises :class:`Misused` for somebody who is not there."""
        self.bench.desk.watch(NAME, self._watch)
        account = people.newcomer() if typed is None else await self._account(typed)
        await self._sit_down(account)
        await self._settle()

    async def _account(self, typed: str) -> str:
        async with self.bench.database.write() as session:
            known = await people.known_newcomer(session, typed)
            if known is not None:
                return known
            found = await people.named(session, typed)
            if len(found) == 1:
                return await people.account_of(session, found[0].id, self.bench.clock.now())
        if not found:
            raise Misused("nobody", name=typed)
        raise Misused("several", name=typed, n=len(found), people="; ".join(map(_introduced, found)))

    async def _sit_down(self, account: str) -> None:
        self.account = self.bench.channel.present = account
        # What was meant for whoever sat here before, they have not seen: there is nothing of it left by now.
        self._understood = None
        async with self.bench.database.write() as session:
            await people.sits_down(session, account, self.bench.clock.now())

    @property
    def is_newcomer(self) -> bool:
        """Whether the bot does not know them by a name yet."""
        return not self.name

    # ------------------------------------------------------------ a line

    async def hears(self, line: str) -> Answer:
        """Do what a line says; always gives an answer."""
        try:
            return await self._heard(line)
        except Exception as problem:
            log.exception("a line could not be dealt with")
            return Answer(line, error=self._tell("failed", problem=type(problem).__name__))

    async def _heard(self, line: str) -> Answer:
        self._fresh = None
        told: Sequence[str] = ()
        error, is_last = "", False
        command = _COMMAND.fullmatch(line)
        try:
            if command is not None:
                told, is_last = await self._obey(command[1], (command[2] or "").strip())
            elif len(line) > _LONGEST:
                raise Misused("too_long", limit=_LONGEST)
            elif line.strip():
                await self._send(IncomingKind.TEXT, text=_ESCAPED.sub(r"\1", line, count=1))
            await self._settle()
        except Misused as problem:
            error = self._tell(problem.key, **problem.args_for_text)
        if self._fresh is not None:
            self._understood = self._fresh
        return await self._answer(line, tuple(told), error, is_last=is_last)

    async def arrived(self) -> tuple[ShownScreen, ...]:
        """What has arrived without a line."""
        return (await self._answer("", (), "", is_last=False)).screens

    async def _send(self, kind: IncomingKind, **values: Any) -> None:  # noqa: ANN401 - fields of Incoming
        self._count += 1
        await self.bench.desk.accept(
            Incoming(
                channel=NAME,
                key=f"{self._run}-{self._count}",
                order=now_order(self.bench.clock.now()),
                kind=kind,
                account=self.account,
                chat=self.account,
                language=self.say.language,
                **values,
            )
        )
        await self.bench.desk.settled()

    async def _settle(self) -> None:
        await self.bench.catch_up()

    def _watch(self, understood: Understood) -> None:
        self._fresh = understood

    async def _answer(self, line: str, told: tuple[str, ...], error: str, *, is_last: bool) -> Answer:
        shown = self.bench.channel.take()
        texts = [as_text(one.text) for one in shown]
        offers: dict[int, Sequence[Sequence[str]]] = {}
        async with self.bench.database.read() as session:
            who = (await conversations.load(session, NAME, [self.account])).get(self.account)
            if who is not None:
                for number in sorted(set().union(*map(codes_in, texts))):
                    offers[number] = await menus.offered(session, who.account_id, number)
        self.name = who.name if who is not None else ""
        self.language = who.language if who is not None else self.say.language
        menu = Menu.from_json(who.menu) if who is not None and who.menu else Menu()
        state = FormState.from_json(who.form) if who is not None and who.form else None
        choices = typeable(texts, menu, offers)
        screens = tuple(
            ShownScreen(one, text, mine) for one, text, mine in zip(shown, texts, choices, strict=True)
        )
        return Answer(
            line,
            screens,
            state.form if state is not None else None,
            step_name(state) if state is not None else None,
            self._fresh,
            error,
            told,
            is_last,
        )

    # ------------------------------------------------------------ commands

    async def _obey(self, command: str, rest: str) -> tuple[Sequence[str], bool]:
        """Do a command of the console; gives what to say about it, and whether it was the last one."""
        match command:
            case "as":
                return await self._as(rest), False
            case "file":
                return await self._file(rest), False
            case "clock":
                return await self._clock(rest), False
            case "why":
                return self._why(), False
            case "help":
                return self._tell("help").split("\n"), False
            case "quit":
                return (), True
            case _:
                raise Misused("no_command", command=f":{command}")

    def _tell(self, key: str, /, **args: object) -> str:
        return str(self.say(f"terminal.{key}", **args).unescape())

    async def _as(self, typed: str) -> Sequence[str]:
        if not typed:
            raise Misused("as_whom")
        await self._sit_down(await self._account(typed))
        async with self.bench.database.read() as session:
            who = (await conversations.load(session, NAME, [self.account])).get(self.account)
        told = [self._tell("you_are", name=who.name if who is not None and who.name else self.account)]
        if who is not None and who.form:
            told.append(self._tell("why.now", where=where(FormState.from_json(who.form))))
        return told

    async def _file(self, typed: str) -> Sequence[str]:
        path = _path(typed)
        if path is None:
            raise Misused("which_file")
        try:
            size = path.stat().st_size if path.is_file() else None
        except OSError:
            size = None
        if size is None:
            raise Misused("no_file", path=str(path))
        mime = mimetypes.guess_type(path.name)[0]
        is_picture = mime is not None and mime.startswith("image/")
        file = IncomingFile(str(path), path.name, is_picture, size, mime)
        await self._send(IncomingKind.FILE, files=(file,))
        return ()

    async def _clock(self, typed: str) -> Sequence[str]:
        if typed:
            by = span(typed)
            if by is None:
                raise Misused("clock_forward")
            step = max(_STEP, by / _STEPS)
            while by > timedelta(0):
                self.bench.clock.put_forward(min(step, by))
                by -= step
                await self._settle()
        return [self._tell("clock", when=self.say.moment(self.bench.clock.now()))]

    def _why(self) -> Sequence[str]:
        if self._understood is None:
            raise Misused("why_nothing")
        return explain(self._understood, self.say, self.bench.texts.say(self.language))


def _introduced(one: Namesake) -> str:
    return f"{one.id} = {one.name}" + (f" ({one.unit})" if one.unit else "")


def _path(typed: str) -> Path | None:
    """A path as it is typed or dropped into a terminal: in quotes, with a tilde; None when there is none."""
    if not typed or "\0" in typed:
        return None
    try:
        pieces = shlex.split(typed)
    except ValueError:
        pieces = [typed]
    whole = Path(typed)
    path = Path(pieces[0]) if len(pieces) == 1 and not whole.exists() else whole
    try:
        return path.expanduser()
    except RuntimeError:
        return path
