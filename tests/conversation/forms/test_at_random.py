"""A form, pressed and typed at random: it never raises, never loses an answer, never skips what is required."""

import json
from dataclasses import replace

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.conversation import forms
from bot.conversation.forms import SUMMARY, FormPress, FormState, Outcome, Position, Verb
from bot.conversation.vocabulary import IncomingFile, Screen
from tests.conversation.forms.paper import CONTEXT, FORM, opened

WORDS = st.one_of(
    st.sampled_from(
        [
            "quay lại", "huỷ", "bỏ qua", "bỏ qua hết", "xong", "gửi", "đúng rồi", "viết lại", "0", "1",
            "Máy", "nguoi", "15tr", "1.200", "hôm qua", "31/2/2022", "", "  ", "🎉", "x" * 4_000, "y" * 10_000,
            "<b>dày</b>", "paper.name.label", "form.again", "name", "/sangkien",
        ]
    ),
    st.text(max_size=40),
)  # fmt: skip
FILES = st.lists(
    st.builds(
        IncomingFile,
        source=st.just("s"),
        name=st.text(max_size=5),
        is_picture=st.booleans(),
        media_id=st.one_of(st.none(), st.integers(1, 6)),
        problem=st.sampled_from([None, None, "files.kind"]),
    ),
    max_size=5,
)


def required(position: Position) -> list[str]:
    return [one.name for one in position.questions.live if one.required]


class Conversation(RuleBasedStateMachine):
    """Somebody with a phone, and somebody with a debugger, at one form."""

    def __init__(self) -> None:
        super().__init__()
        self.position = opened()
        self.screens: list[Screen] = []

    @initialize()
    def opens(self) -> None:
        assert self.position.state.step == "name"

    def follow(self, step: forms.Step) -> None:
        before, after = self.position.state, step.state
        changed = {
            name
            for name in before.answers.keys() | after.answers.keys()
            if before.answers.get(name) != after.answers.get(name)
        }
        assert changed <= {before.step}, f"{changed} changed at {before.step}"
        lost = before.answers.keys() - after.answers.keys()
        assert lost <= set(after.skipped), f"{lost} lost at {before.step}"
        if step.outcome is Outcome.STALE:
            assert after == before
        if step.outcome is Outcome.DONE:
            assert before.step == SUMMARY
            assert all(name in after.answers for name in required(step.position))
            self.position = opened(step.position.form, step.position.context)
            return
        if step.outcome is Outcome.LEFT:
            self.position = forms.resume(step.position.form, after, step.position.context)
            return
        assert not set(after.skipped) & set(required(step.position))
        # The next message finds the form as stored, and computes everything anew.
        self.position = Position.of(step.position.form, after, step.position.context)

    @rule(data=st.data())
    def presses(self, data: st.DataObject) -> None:
        choices = [choice.action for choice in self.screen().choices if choice.action]
        self.follow(forms.press(self.position, data.draw(st.sampled_from(choices))))

    @rule(data=st.data())
    def presses_an_old_button(self, data: st.DataObject) -> None:
        old = [choice.action for screen in self.screens for choice in screen.choices]
        if old:
            self.follow(forms.press(self.position, data.draw(st.sampled_from(old))))

    @rule(
        step=st.sampled_from(
            ["name", "content", "kind", "money", "files", "topics", "day", SUMMARY, "nothing", ""]
        ),
        verb=st.one_of(st.sampled_from([one.value for one in Verb]), st.text(max_size=3)),
        argument=st.one_of(
            st.sampled_from(
                ["", "a", "z", "0", "1", "-1", "7", "²", "٣", "name", "files", "nothing", "9" * 5_000]
            ),
            st.text(max_size=10),
        ),
        here=st.booleans(),
    )
    def forges(self, step: str, verb: str, argument: str, here: bool) -> None:
        state = self.position.state
        at = state.step if here else step
        self.follow(forms.press(self.position, f"f.{state.tag}.{at}.{verb}.{argument}"))

    @rule(action=st.text(max_size=64))
    def presses_nonsense(self, action: str) -> None:
        assert forms.press(self.position, action) == forms.Step(self.position, Outcome.STALE)

    @rule(raw=WORDS)
    def says(self, raw: str) -> None:
        self.follow(forms.hear(self.position, raw))

    @rule(raw=WORDS)
    def says_where_the_database_answers(self, raw: str) -> None:
        chosen = forms.hear_choice(self.position, raw)
        if chosen is not None:
            self.follow(chosen)

    @rule(files=FILES)
    def sends_files(self, files: list[IncomingFile]) -> None:
        self.follow(forms.receive(self.position, files))

    @rule()
    def comes_back_next_week(self) -> None:
        before = self.position.state
        stored = FormState.from_json(json.loads(json.dumps(before.to_json())))
        self.position = forms.resume(self.position.form, stored, self.position.context)
        after = self.position.state
        assert after.answers == stored.answers
        assert (after.step, after.parts) == (stored.step, stored.parts)
        if before.tag != after.tag:
            button = FormPress(before.tag, after.step, Verb.BACK).pack()
            assert forms.press(self.position, button).outcome is Outcome.STALE

    @rule(
        left_out=st.sets(st.sampled_from(["money", "topics", "kind", "day"])),
        version=st.sampled_from([1, 1, 2, 3]),
    )
    def finds_another_form(self, left_out: set[str], version: int) -> None:
        context = replace(CONTEXT, facts={"left_out": left_out})
        form = replace(FORM, version=version)
        before = self.position.state
        self.position = forms.resume(form, before, context)
        after = self.position.state
        kept = {one.name for one in form.fields(before.answers, context)}
        assert after.answers == {name: value for name, value in before.answers.items() if name in kept}
        if after.step == SUMMARY and before.step != SUMMARY:
            assert all(name in after.answers for name in required(self.position))

    def screen(self) -> Screen:
        return forms.render(self.position)

    @invariant()
    def the_position_is_that_of_its_state(self) -> None:
        position = self.position
        anew = Position.of(position.form, position.state, position.context)
        live = [one.name for one in anew.questions.live]
        assert [one.name for one in position.questions.live] == live
        assert position.state.step in (*live, SUMMARY)

    @invariant()
    def what_is_stored_comes_back(self) -> None:
        state = self.position.state
        assert FormState.from_json(json.loads(json.dumps(state.to_json()))) == state

    @invariant()
    def there_is_always_a_screen_with_a_way_out(self) -> None:
        screen = self.screen()
        assert screen.text
        presses = [FormPress.unpack(choice.action) for choice in screen.choices]
        assert all(pressed is not None and pressed.tag == self.position.state.tag for pressed in presses)
        assert any(pressed is not None and pressed.verb is Verb.LEAVE for pressed in presses)
        self.screens = [*self.screens[-3:], screen]


TestConversation = Conversation.TestCase
TestConversation.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    # A long talk takes minutes to shorten, and a test that takes minutes is ended.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    report_multiple_bugs=False,
)
