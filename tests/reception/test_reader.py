"""What one message costs a form: its facts once, its fields once for the same answers; and leaving it costs nothing."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.web import NAME as WEB
from bot.channels.zalo_bot.channel import NAME as ZALO_BOT
from bot.conversation.forms import Answers, Field, FormContext
from bot.handlers.initiatives.form import SUBMIT
from bot.handlers.turn import Turn
from storage.people.tables import Role
from tests.handlers.talks import goes, open_form
from tests.phones import stage_on
from tests.talk import Stage, WebPerson


@pytest.fixture(params=[WEB, ZALO_BOT])
async def bot(request: pytest.FixtureRequest, demo_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage_on(request.param, demo_url, tmp_path) as running:
        yield running


class Costs:
    """Counts what a form computes within one message."""

    def __init__(self, bot: Stage, name: str) -> None:
        self.facts = 0
        self.fields: Counter[str] = Counter()
        forms = bot.bot.desk.features.routes.forms
        self._handler = forms[name]
        forms[name] = replace(
            self._handler, facts=self._facts, form=replace(self._handler.form, fields=self._fields)
        )

    def _facts(self, turn: Turn) -> Mapping[str, Any]:
        self.facts += 1
        return self._handler.facts(turn)

    def _fields(self, answers: Answers, context: FormContext) -> Sequence[Field]:
        self.fields[repr(answers)] += 1
        return self._handler.form.fields(answers, context)

    async def of(self, person: WebPerson, said: str, shown: str) -> int:
        """Says something, sees what is to be seen, and checks what it cost; gives how often it took the facts."""
        self.facts = 0
        self.fields.clear()
        seen = await person.says(said)
        assert shown in seen.text, f"after {said!r}: {seen.text}"
        assert self.facts <= 1, said
        twice = [answers for answers, times in self.fields.items() if times > 1]
        assert not twice, f"{said!r} computed the fields more than once for {twice}"
        return self.facts


async def test_a_message_computes_facts_once_and_fields_once_for_the_same_answers(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await worker.says("/sangkien")
    costs = Costs(bot, SUBMIT.name)
    for said, shown in (
        ("...", "chưa đọc được chữ nào"), ("Xe đẩy", "thế nào"), ("Hàn", "lĩnh vực"), ("gì đó", "chưa thấy lựa chọn"),
        ("kỹ thuật", "lần đầu"), ("hôm qua", "vướng gì"), ("quay lại", "lần đầu"), ("hôm qua", "vướng gì"),
        ("bỏ qua", "tiền"), ("15tr", "15.000.000"), ("đúng", "ích gì"), ("bỏ qua", "ảnh"), ("bỏ qua", "Ai cùng làm"),
        ("Trần Bình 40%", "Đúng không"), ("đúng", "giúp được gì"), ("bỏ qua hết", "xem lại giúp mình"),
    ):  # fmt: skip
        assert await costs.of(worker, said, shown) == 1, said


async def test_leaving_computes_nothing_of_the_form(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    for way in ("/huy", "huỷ", "/menu", "menu"):
        await worker.says("/sangkien")
        costs = Costs(bot, SUBMIT.name)
        assert await costs.of(worker, way, "") == 0, way
        assert not costs.fields, way
        assert await open_form(bot, worker) is None


async def test_what_the_database_looks_up_costs_no_more(bot: Stage) -> None:
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    await bot.person("Nguyễn Thị Nga")
    costs = Costs(bot, "codefor")
    await support.taps("Cấp mã đăng nhập", await support.says("/menu"))
    assert costs.facts == 1
    await costs.of(support, "Không Có Ai", "Không thấy ai tên")
    await costs.of(support, "Nguyễn Thị Nga", "Đúng không")
    await costs.of(support, "đúng", "Nguyễn Thị Nga")
    assert await open_form(bot, support) is None


async def test_a_command_in_the_middle_of_a_form_costs_it_no_more(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    await goes(worker, ("/sangkien", "tên là gì"))
    await Costs(bot, SUBMIT.name).of(worker, "/trogiup", "")


async def test_a_submission_opens_with_its_facts_computed_once(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    costs = Costs(bot, SUBMIT.name)
    # Opening takes the form as its module declares it; the registry's own one is asked for the facts.
    assert await costs.of(worker, "/sangkien", "tên là gì") == 1
