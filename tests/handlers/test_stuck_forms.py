"""A form in which something fails, or whose programme is gone: the answer says so, and there is always a way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from bot.conversation.actions import Action
from bot.conversation.forms import Answers, Field, Form, FormContext, Kind, Option, Parsed
from bot.conversation.routing import ActionHandler, FormHandler, Screens
from bot.conversation.text import fold
from bot.handlers.turn import Turn
from bot.services.refusal import Refusal
from storage.conversation.tables import Draft
from storage.initiatives.tables import Initiative
from storage.people.tables import Person
from storage.units.tables import Unit, UnitKind
from tests.handlers.talks import count, fills_in, goes, open_form
from tests.talk import Seen, Stage, WebPerson

# ---------------------------------------------------------------- a form that fails


@dataclass(frozen=True, slots=True)
class OpenFragile(Action):
    """Open the form that fails."""

    word: ClassVar[str] = "fragile"


class Fragile:
    """A form in two questions, each part of which can be made to fail."""

    def __init__(self, bot: Stage) -> None:
        #: The part that fails, and with what.
        self.part = ""
        self.problem: Exception = ZeroDivisionError()
        self.form = Form("fragile", self._fields, words="correct", summary=False)
        routes = bot.bot.desk.features.routes
        routes.forms["fragile"] = FormHandler(self.form, self._done, self._facts)
        routes.actions[OpenFragile.word] = ActionHandler(OpenFragile, self._open)

    def _reached(self, part: str) -> None:
        if part == self.part:
            raise self.problem

    async def _open(self, turn: Turn, _action: "OpenFragile") -> Screens:
        return await turn.open_form(self.form)

    async def _done(self, turn: Turn, _state: Any) -> Screens:
        self._reached("done")
        turn.form = None
        return ()

    def _facts(self, _turn: Turn) -> dict[str, Any]:
        self._reached("facts")
        return {}

    def _fields(self, _answers: Answers, _context: FormContext) -> Sequence[Field]:
        self._reached("fields")
        return (
            Field("which", Kind.ONE, options=self._options, show=self._show, required=True),
            Field("value", parse=self._parse, options=self._options, applies=self._applies, required=True),
        )

    def _options(self, _answers: Answers, _context: FormContext) -> Sequence[Option]:
        self._reached("options")
        return [Option("a", "Tên")]

    def _applies(self, _answers: Answers, _context: FormContext) -> bool:
        self._reached("applies")
        return True

    def _show(self, value: str, _context: FormContext) -> str:
        self._reached("show")
        return value

    def _parse(self, raw: str, _answers: Answers, _context: FormContext) -> Parsed:
        self._reached("parse")
        return Parsed.plain(raw)


#: What somebody does by which the part is reached.
REACHED_BY = {
    "facts": "Nga", "fields": "Nga", "options": "Nga", "applies": "Nga", "parse": "Nga", "done": "Nga",
    "show": "quay lại",
}  # fmt: skip


async def at_the_second_question(worker: WebPerson, bot: Stage) -> None:
    bot.clock.advance(timedelta(minutes=1))
    await worker.presses("fragile")
    await goes(worker, ("Tên", "Sửa lại thành gì?"))


async def leaves(worker: WebPerson, way: str, failed: Seen) -> Seen:
    return await (worker.taps(way, failed) if way in ("Thoát", "Menu") else worker.says(way))


@pytest.mark.parametrize("part", REACHED_BY)
async def test_whatever_fails_inside_a_form_it_is_said_kept_and_left(bot: Stage, part: str) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    fragile = Fragile(bot)
    for way in ("/huy", "huỷ", "/menu", "menu", "Thoát", "Menu"):
        fragile.part = ""
        await at_the_second_question(worker, bot)
        kept = await open_form(bot, worker)
        assert kept is not None
        fragile.part = part
        await goes(worker, (REACHED_BY[part], "trục trặc"))
        failed = await worker.says(REACHED_BY[part])
        assert "trục trặc" in failed.text, failed.text
        assert "/huy" in failed.text
        assert await open_form(bot, worker) == kept, f"{part} {way}"
        seen = await leaves(worker, way, failed)
        assert await open_form(bot, worker) is None, f"{part} {way}: {seen.text}"
        assert "trục trặc" not in seen.text, way
        assert "bạn muốn làm gì" in (await worker.last()).text


async def test_a_picture_or_a_button_that_is_older_finds_the_same_ways_out(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    fragile = Fragile(bot)
    await at_the_second_question(worker, bot)
    fragile.part = "fields"
    for seen in (await worker.presses("f.zz.which.o.a"), await worker.says("/start")):
        assert "/huy" in seen.text, seen.text
    # Anything else that the bot can do goes on beside it.
    await worker.says("/trogiup")
    assert await open_form(bot, worker) is not None
    await goes(worker, ("/huy", "bạn muốn làm gì"))
    assert await open_form(bot, worker) is None


async def test_a_form_that_refuses_inside_says_why(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    fragile = Fragile(bot)
    await at_the_second_question(worker, bot)
    fragile.part, fragile.problem = "facts", Refusal("rules.no_programme")
    seen = await worker.says("Nga")
    assert "chưa có chương trình" in seen.text
    assert "/huy" in seen.text
    await goes(worker, ("/huy", "bạn muốn làm gì"))


# ---------------------------------------------------------------- a unit without a programme


async def moves_to_a_unit_without_a_programme(bot: Stage, worker: WebPerson) -> None:
    async with bot.bot.database.write() as session:
        name = "Công đoàn Hợp tác xã Sông Hồng"
        unit = Unit(
            code="SONGHONG", name=name, name_folded=fold(name), kind=UnitKind.GRASSROOTS, join_code="SHONG"
        )
        session.add(unit)
        await session.flush()
        unit.path = f"/{unit.id}/"
        (await session.get_one(Person, worker.account.person_id)).unit_id = unit.id


async def test_who_moves_to_a_unit_without_a_programme_goes_on_writing_and_cannot_send_yet(
    bot: Stage,
) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(worker, ("/sangkien", "tên là gì"), ("Xe đẩy ba tầng", "làm thế nào"))
    await moves_to_a_unit_without_a_programme(bot, worker)
    await goes(
        worker, ("Hàn ba tầng", "lĩnh vực"), ("kỹ thuật", "lần đầu"), ("hôm qua", "vướng gì"),
        ("bỏ qua hết", "xem lại giúp mình"),
    )  # fmt: skip
    seen = await worker.taps("Gửi sáng kiến")
    assert "chưa có chương trình sáng kiến nào" in seen.text
    assert "xem lại giúp mình" in seen.text
    form = await open_form(bot, worker)
    assert form is not None
    assert form["answers"]["name"] == "Xe đẩy ba tầng"
    assert await count(bot, Initiative) == 0


@pytest.mark.parametrize("way", ["/huy", "huỷ", "/menu", "menu"])
async def test_who_moves_to_a_unit_without_a_programme_leaves_with_a_draft(bot: Stage, way: str) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await fills_in(worker)
    await moves_to_a_unit_without_a_programme(bot, worker)
    seen = await worker.says(way)
    assert "trục trặc" not in seen.text
    assert await open_form(bot, worker) is None
    assert await count(bot, Draft) == 1
    await worker.says("/menu")
    seen = await worker.taps("Viết tiếp bản đang dở")
    assert "xem lại giúp mình" in seen.text
