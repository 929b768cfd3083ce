"""A form whose parts fail, any of them and at any moment: the reader loses nothing by it, and always lets people out."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.conversation import forms
from bot.conversation.forms import (
    Answers,
    Field,
    Form,
    FormContext,
    FormState,
    Keep,
    Kind,
    Option,
    Parsed,
    Verb,
)
from bot.conversation.routing import ActionHandler, FormHandler, Handler, Occasion, Routes, Screens
from bot.conversation.vocabulary import Incoming, IncomingFile, IncomingKind, Screen
from bot.handlers.feature import Feature
from bot.handlers.features import gather
from bot.handlers.turn import Turn, failed
from bot.reception.reader import read
from bot.screens.rows import OpenMenu
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.refusal import Refusal
from bot.services.shared import DataHolder, Links, Services
from bot.texts import Texts
from storage.conversation.conversations import Who

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TEXTS = Texts.load()
PARTS = ("facts", "fields", "applies", "options", "show", "parse", "keep")
PHOTO = IncomingFile("upload", "anh.jpg", is_picture=True, media_id=7)


class PartFailed(Exception):
    """What a broken part raises."""


@dataclass
class Phone:
    """Somebody in the middle of a form, on a reader without a database; ``broken`` names the parts that fail."""

    broken: set[str] = field(default_factory=set)
    problem: Exception = field(default_factory=PartFailed)
    stored: dict[str, Any] | None = None
    was_left: bool = False

    def __post_init__(self) -> None:
        self.form = Form("fragile", self._fields, words="correct", version=1)
        routes: Routes[Turn] = Routes()
        routes.form(FormHandler(self.form, self._done, self._facts))
        self.features = gather([Feature("fragile", routes)])
        self.routes = self.features.routes
        for word in ("menu", "huy"):
            self.routes.commands[word] = Handler(self._leave)
        self.routes.actions[OpenMenu.word] = ActionHandler(OpenMenu, self._open_menu)
        self.routes.occasions[Occasion.LEFT] = Handler(self._leave)
        turn = self.turn("")
        turn.move_to(forms.begin(self.form, turn.form_context(turn.form_handler("fragile"))))
        self.stored = turn.form_json()

    def reached(self, part: str) -> None:
        if part in self.broken:
            raise self.problem

    def _facts(self, _turn: Turn) -> dict[str, Any]:
        self.reached("facts")
        return {}

    def _fields(self, _answers: Answers, _context: FormContext) -> Sequence[Field]:
        self.reached("fields")
        keep = Keep(self._kept, lambda stored: str(stored["said"]))
        return (
            Field("which", Kind.ONE, options=self._options, keep=keep, required=True),
            Field("value", parse=self._parse, applies=self._applies, show=self._show),
        )

    def _options(self, _answers: Answers, _context: FormContext) -> Sequence[Option]:
        self.reached("options")
        return [Option("a", "Tên"), Option("b", "Tuổi")]

    def _applies(self, _answers: Answers, _context: FormContext) -> bool:
        self.reached("applies")
        return True

    def _show(self, value: str, _context: FormContext) -> str:
        self.reached("show")
        return value

    def _parse(self, raw: str, _answers: Answers, _context: FormContext) -> Parsed:
        self.reached("parse")
        return Parsed((raw,), confirm=raw == "lạ")

    def _kept(self, value: str, _context: FormContext) -> dict[str, str]:
        self.reached("keep")
        return {"said": value}

    async def _done(self, turn: Turn, _state: FormState) -> Screens:
        turn.form = None
        return Screen(turn.say("form.closed"))

    async def _leave(self, turn: Turn) -> Screens:
        await turn.put_aside()
        return Screen(turn.say("form.left"))

    async def _open_menu(self, turn: Turn, _action: OpenMenu) -> Screens:
        return await self._leave(turn)

    def turn(self, text: str = "", action: str = "", *, photo: bool = False) -> Turn:
        kind = IncomingKind.FILE if photo else IncomingKind.ACTION if action else IncomingKind.TEXT
        files = (PHOTO,) if photo else ()
        incoming = Incoming("web", "1", 1, kind, "1", "1", text=text, action=action, files=files)
        services = Services(TEXTS, ProgrammeBook(), Links("https://sangkien.example.vn"), DataHolder("", ""))
        who = Who(
            account_id=1, person_id=1, channel="web", external_id="1", chat_id="1", name="Nga", language="vi",
            unit_id=None, unit_path="", registered=True, reachable=True, last_seen_at=NOW, form=self.stored,
            form_account=1,
        )  # fmt: skip
        session = cast("Any", None)
        return Turn(services, incoming, who, session, NOW, TEXTS.say("vi"), self.features, careful=False)

    async def sends(self, turn: Turn) -> str:
        """What the person sees; what they sent is stored where it changed the form."""
        screens = await read(turn)
        if turn.form_changed:
            self.stored = turn.form_json()
        return "\n".join(screen.text for screen in screens)


MESSAGES = st.one_of(
    st.sampled_from(["Tên", "tuổi", "Nga", "lạ", "đúng", "quay lại", "bỏ qua", "xong", "1 2", "", "gửi"]).map(
        lambda text: {"text": text}
    ),
    st.tuples(
        st.sampled_from([verb for verb in Verb if verb is not Verb.LEAVE]), st.sampled_from("ab01")
    ).map(lambda press: {"press": press}),
    st.just({"photo": True, "text": "Nga"}),
    st.sampled_from(["f.zz.which.o.a", "f.", "f.x"]).map(lambda action: {"action": action}),
)
PROBLEMS = st.sampled_from([PartFailed(), KeyError("units"), Refusal("rules.no_programme")])


# A long talk takes minutes to shorten, and a test that takes minutes is ended.
@settings(deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(st.tuples(MESSAGES, st.sets(st.sampled_from(PARTS))), max_size=8), PROBLEMS, st.data())
async def test_whichever_parts_of_a_form_fail_nothing_is_lost_and_every_way_leads_out(
    messages: list[tuple[dict[str, Any], set[str]]], problem: Exception, data: st.DataObject
) -> None:
    phone = Phone(problem=problem)
    for message, broken in messages:
        if phone.stored is None:
            return
        before, phone.broken = phone.stored, broken
        sent = dict(message)
        if "press" in sent:
            verb, argument = sent.pop("press")
            sent["action"] = forms.action(FormState.from_json(before), verb, argument)
        turn = phone.turn(**sent)
        with suppress(PartFailed, KeyError):
            await phone.sends(turn)
            continue
        # The desk takes the turn's change back and says so.
        turn.restore_form(FormState.from_json(before), changed=False)
        assert "/huy" in failed(turn).text
        assert phone.stored == before
    if phone.stored is None:
        return
    phone.broken = set(PARTS)
    leave = forms.action(FormState.from_json(phone.stored), Verb.LEAVE)
    way = data.draw(st.sampled_from(["/huy", "huỷ", "Hủy", "/menu", "menu", "cancel", leave, "menu pressed"]))
    pressed = {leave: leave, "menu pressed": "menu"}.get(way)
    seen = await phone.sends(phone.turn(action=pressed) if pressed else phone.turn(way))
    assert seen == str(TEXTS.say("vi")("form.left"))
    assert phone.stored is None


async def test_a_refusal_within_a_form_is_said_with_the_way_out() -> None:
    phone = Phone(problem=Refusal("rules.no_programme"))
    phone.broken = {"facts"}
    seen = await phone.sends(phone.turn("Tên"))
    assert "chưa có chương trình" in seen
    assert "/huy" in seen


async def test_a_caption_that_answers_the_last_question_ends_the_form() -> None:
    phone = Phone()
    phone.form = Form("caption", lambda _answers, _context: (Field("value"),), words="correct", summary=False)
    phone.routes.form(FormHandler(phone.form, phone._done))
    turn = phone.turn(text="Nga", photo=True)
    turn.move_to(forms.begin(phone.form, turn.form_context(turn.form_handler("caption"))))
    assert await phone.sends(turn) == str(TEXTS.say("vi")("form.closed"))
    assert phone.stored is None
