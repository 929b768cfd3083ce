"""Generated answers to every question of a submission, whatever fields there are."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from bot.conversation.forms import Answers, Field, FormContext, Kind, Questions
from bot.conversation.invalid import Invalid
from bot.handlers.initiatives.form import SUBMIT
from bot.services.initiatives.programmes import ProgrammeRules
from bot.texts import Texts

TODAY = date(2026, 11, 24)
ME = "Nguyễn Thị Nga"

#: What people write. A question takes of these what its parser understands.
_WRITTEN = (
    "Xe đẩy ba tầng", "Hàn từ thép thừa,\nsơn lại", "15tr", "1,2 tỷ", "20/11/2026", "10/2026", "5/9/1988", "1/2/1975",
    "tôi", "Trần Bình 40%, tôi 60%", "tôi 50%, Lê Hoa 30%, Trần Bình 20%", "120", "3,5", "50 kg", "70%",
)  # fmt: skip


def context(language: str = "vi", **facts: Any) -> FormContext:
    """What the form knows when somebody submits for themselves, of whom nothing is known."""
    known = {"rules": ProgrammeRules(), "me": ME, "need_me": True, "known": frozenset(), "on_behalf": False}
    return FormContext(TODAY, Texts.load().say(language), {**known, **facts})


def answer(draw: st.DrawFn, question: Field, given: Answers, known: FormContext) -> Any:
    """An answer that the form would take."""
    values = [option.value for option in question.options(given, known)]
    if question.kind is Kind.ONE:
        return draw(st.sampled_from(values))
    if question.kind is Kind.MANY:
        return draw(st.lists(st.sampled_from(values), min_size=1, unique=True))
    if question.kind is Kind.FILES:
        one = st.fixed_dictionaries(
            {
                "media": st.integers(1, 2**31),
                "name": st.sampled_from(["a.jpg", "b.pdf"]),
                "picture": st.booleans(),
            }
        )
        return draw(st.lists(one, min_size=1, max_size=3))
    return draw(st.sampled_from(_taken(question, (*values, *_WRITTEN), given, known)))


def _taken(question: Field, raw: Sequence[str], given: Answers, known: FormContext) -> Sequence[Any]:
    found: list[Any] = []
    for one in raw:
        try:
            found += question.parse(one, given, known).candidates
        except Invalid:
            continue
    assert found, f"none of what people write is an answer to {question.name}: add one to _WRITTEN"
    return found


@st.composite
def answers(draw: st.DrawFn, known: FormContext | None = None) -> Mapping[str, Any]:
    """Answers to all questions that apply."""
    known = known or context()
    given: dict[str, Any] = {}
    while (question := _next(given, known)) is not None:
        given[question.name] = answer(draw, question, given, known)
    return given


def _next(given: Answers, known: FormContext) -> Field | None:
    return next((one for one in Questions(SUBMIT, given, known).live if one.name not in given), None)
