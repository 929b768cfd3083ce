"""What a person types in a form: an answer, several answers at once, or a word that stands for a button."""

import re
from collections.abc import Iterable, Mapping, Sequence

from bot.conversation.forms.machine import carry_out, go_on, number_in, read, tick
from bot.conversation.forms.model import SUMMARY, Field, Kind, Option
from bot.conversation.forms.position import Outcome, Position, Step
from bot.conversation.forms.press import Verb
from bot.conversation.forms.shown import label_of
from bot.conversation.text import clean, fold, same_key

#: A text as long as a messenger lets through is probably the first part of a longer one.
LIKELY_CUT = 4_000

#: What people type instead of pressing, folded. Both languages at once: nobody switches to type one word.
_TYPED: Mapping[str, Verb] = {
    "0": Verb.BACK, "quay lai": Verb.BACK, "tro lai": Verb.BACK, "lui": Verb.BACK, "back": Verb.BACK,
    "huy": Verb.LEAVE, "thoat": Verb.LEAVE, "cancel": Verb.LEAVE, "leave": Verb.LEAVE, "stop": Verb.LEAVE,
    "bo qua": Verb.SKIP, "boqua": Verb.SKIP, "skip": Verb.SKIP,
    "bo qua het": Verb.SKIP_REST, "skip all": Verb.SKIP_REST, "skip rest": Verb.SKIP_REST,
    "xong": Verb.DONE, "het": Verb.DONE, "done": Verb.DONE,
    "gui": Verb.SEND, "send": Verb.SEND, "submit": Verb.SEND,
}  # fmt: skip

#: A typed yes or no to what the bot read back, folded.
_AGREED = frozenset(
    {
        "dung", "dung roi", "dung vay", "co", "vang", "u", "uh", "ok", "oke", "yes", "right", "that s right", "1",
    }
)  # fmt: skip
_AGAIN = frozenset({"sai", "sai roi", "khong", "khong dung", "viet lai", "sua", "no", "wrong", "write again"})

_BETWEEN_LABELS = re.compile(r"[,;\n]|\s(?:v[àa]|and)\s")
_BETWEEN_NUMBERS = re.compile(r"[\s,;.]+(?:(?:v[àa]|and)\s+)?")


def hear(position: Position, raw: str) -> Step:
    """A text came in for the current question."""
    chosen = hear_choice(position, raw)
    if chosen is not None:
        return chosen
    text = clean(raw)
    if position.state.step == SUMMARY:
        return _hear_at_summary(position, text)
    one = position.current
    # Without its field the form changed under the question: go on to the next one that fits.
    return go_on(position) if one is None else _hear_answer(position, one, text)


def hear_choice(position: Position, raw: str) -> Step | None:
    """A word for a button of the form ("quay lại", "huỷ", "xong"), or for one of the candidates on the screen.

    None for any other text: it is an answer, or a search for others.
    """
    text = clean(raw)
    verb = _TYPED.get(fold(text))
    if verb is not None and _offers(position, verb):
        return carry_out(position, verb)
    return _hear_about_candidates(position, text)


def leaves(raw: str) -> bool:
    """Whether a text asks to leave whatever form is open. Asks nothing of the form, so that it works in any."""
    return _TYPED.get(fold(clean(raw))) is Verb.LEAVE


def _offers(position: Position, verb: Verb) -> bool:
    """Whether a typed word can mean a button here: "gửi" is an answer like any other in the middle of a form."""
    if verb in (Verb.BACK, Verb.LEAVE):
        return True
    if verb is Verb.SEND:
        return position.state.step == SUMMARY
    one = position.current
    if one is None:
        return False
    if verb is Verb.DONE:
        return one.kind in (Kind.FILES, Kind.MANY) or bool(position.state.parts)
    return verb in (Verb.SKIP, Verb.SKIP_REST) and not one.required


def _hear_at_summary(position: Position, text: str) -> Step:
    labels = ((one.name, label_of(position, one)) for one in position.questions.live)
    changed = _named(labels, text)
    if changed is not None:
        return carry_out(position, Verb.CHANGE, changed)
    return Step(position, Outcome.ASK, position.context.say("form.press_something"))


def _hear_about_candidates(position: Position, text: str) -> Step | None:
    """A yes, a no, or the name of one of the candidates; None when the text is about something else."""
    state, folded = position.state, fold(text)
    if not state.candidates or not folded or state.step == SUMMARY:
        return None
    if folded in _AGREED and len(state.candidates) == 1:
        return carry_out(position, Verb.CANDIDATE, "0")
    if folded in _AGAIN:
        return carry_out(position, Verb.AGAIN)
    chosen = _named(((str(at), label) for at, label in enumerate(state.readback)), text)
    return None if chosen is None else carry_out(position, Verb.CANDIDATE, chosen)


def _hear_answer(position: Position, one: Field, text: str) -> Step:
    say, options = position.context.say, position.questions.options(one)
    chosen = _named(((option.value, option.label) for option in options), text)
    if chosen is not None:
        return carry_out(position, Verb.OPTION, chosen)
    if one.kind is Kind.MANY and (several := _several(options, text)):
        return tick(position, one, several)
    match one.kind:
        case Kind.ONE | Kind.MANY:
            return Step(position, Outcome.ASK, say("form.not_an_option"))
        case Kind.FILES:
            return Step(position, Outcome.ASK, say("form.files_please"))
        case Kind.TEXT:
            return _hear_text(position, one, text)


def _hear_text(position: Position, one: Field, text: str) -> Step:
    parts = (*position.state.parts, text)
    step = read(position, one, "\n".join(parts))
    was_read = step.note is None
    if was_read and one.long and len(text) >= LIKELY_CUT:
        return Step(position.moved(parts=parts), Outcome.ASK)
    return step


def _several(options: Sequence[Option], text: str) -> list[str]:
    """Which options a text names at once, by their numbers in the list ("1 3 5") or by their labels; else none."""
    numbers = [number_in(piece) for piece in _BETWEEN_NUMBERS.split(text.strip(" ,;.")) if piece]
    if len(numbers) > 1 and all(number is not None and 0 < number <= len(options) for number in numbers):
        return [options[number - 1].value for number in dict.fromkeys(numbers) if number is not None]
    labels = [(option.value, option.label) for option in options]
    named = [_named(labels, piece) for piece in _BETWEEN_LABELS.split(text) if piece.strip()]
    return list(dict.fromkeys(value for value in named if value is not None)) if all(named) else []


def _named(labels: Iterable[tuple[str, str]], text: str) -> str | None:
    """The value whose label a text is, however it was typed; of labels that differ in their marks, the one that is exactly so."""
    folded = fold(text)
    found = [(value, label) for value, label in labels if folded and fold(label) == folded]
    exact = [value for value, label in found if same_key(label) == same_key(text)]
    values = dict.fromkeys(exact or [value for value, _ in found])
    return next(iter(values)) if len(values) == 1 else None
