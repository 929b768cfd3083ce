"""Where there are no buttons: what somebody typed is read as a choice, and choices are shown as a list.

Wraps the reading of one update. The pending list is kept with the account, in the transaction of the answer that
shows it; so no answer is committed without its list, and no list without its answer.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation import numbered
from bot.conversation.forms import FormPress, FormState
from bot.conversation.numbered import Menu
from bot.conversation.text import fold, one_line
from bot.conversation.vocabulary import IncomingKind, Screen
from bot.delivery.codes import coded
from bot.handlers.turn import Turn
from bot.reception.reader import read
from bot.reception.understood import Means, note_choice, note_no_choice
from storage.conversation import menus

#: Back, outside of a form: to the menu.
_BACK = "0"
_MENU = "/menu"
#: A longer text is no label.
_LONGEST_LABEL = 64


async def read_typed(turn: Turn) -> tuple[Screen, ...]:
    """Like :func:`bot.reception.reader.read`, where there are no buttons; ``turn.who.menu`` is the pending list."""
    before = turn.form
    if turn.incoming.kind is IncomingKind.TEXT:
        said = await _choice(turn)
        if said is not None:
            return (said,)
    return await lay_out(turn, before, await read(turn))


async def _choice(turn: Turn) -> Screen | None:
    """The answer to a choice that presses nothing; else None, and the turn's update is what the text means."""
    menu = Menu.from_json(turn.who.menu) if turn.who.menu else Menu()
    typed = turn.incoming.text.strip()
    if turn.form_is_elsewhere:
        # The list that is pending here is older than what was written elsewhere since.
        return await _of_a_notice(turn, typed, free=True)
    match numbered.find(menu, typed, turn.incoming.written_ms):
        case numbered.Pressed(action):
            _press(turn, action, Means.LIST)
        case numbered.Unfit() if not (menu.entries or menu.words):
            # A button of an older message, and nothing that is pending now.
            turn.incoming = replace(turn.incoming, text=_MENU)
        case numbered.Unfit(key):
            note_no_choice(turn, key)
            return numbered.again(menu, turn.say, turn.say(key, typed=one_line(typed, 30)), taps=_taps(turn))
        case numbered.More():
            note_choice(turn, Means.MORE, "")
            screen, after = numbered.more(menu, turn.say)
            turn.show_menu(after.to_json())
            return screen
        case None:
            return await _of_a_notice(turn, typed, free=turn.form is not None and menu.asks_words)
    return None


async def _of_a_notice(turn: Turn, typed: str, *, free: bool) -> Screen | None:
    """A notice's code, or its choice by name; ``free``: a question is open that may be answered by any words."""
    code = numbered.find_code(typed, bare=not free)
    if code is not None:
        number, letter = code
        for key, _, action in await menus.offered(turn.session, turn.who.account_id, number):
            if key == letter:
                _press(turn, action, Means.NOTICE)
                return None
        if typed.startswith("#"):
            note_no_choice(turn, "numbers.code_gone")
            return Screen(turn.say("numbers.code_gone", typed=one_line(typed, 30)))
        return None
    if turn.form is None and typed == _BACK:
        turn.incoming = replace(turn.incoming, text=_MENU)
    elif turn.form is None and len(typed) <= _LONGEST_LABEL:
        await _named(turn, fold(typed))
    return None


async def _named(turn: Turn, word: str) -> None:
    """A notice's choice by its label, where all that can still be answered mean the same by it."""
    if not word or turn.routes.find_command(turn.incoming.text, bare=True) is not None:
        return
    offered = await menus.all_offered(turn.session, turn.who.account_id)
    actions = {action for _, label, action in offered if fold(label) == word}
    if len(actions) == 1:
        _press(turn, actions.pop(), Means.NOTICE)


def _press(turn: Turn, action: str, means: Means) -> None:
    note_choice(turn, means, action)
    turn.incoming = replace(turn.incoming, kind=IncomingKind.ACTION, action=action, text="")


async def lay_out(turn: Turn, before: FormState | None, screens: Sequence[Screen]) -> tuple[Screen, ...]:
    """The screens with their choices as lists; ``before`` is the form that was open when the update came in.

    Somebody who does something else in the middle of a form keeps the numbers of its question: the choices of what
    they did get codes, and the question is asked again below them.
    """
    beside: list[Screen] = []
    if turn.form is not None and turn.form is before and _is_foreign(screens):
        beside = [
            await coded(turn.session, turn.who.account_id, screen, turn.say, turn.now, taps=_taps(turn))
            for screen in screens
            if screen.text
        ]
        question = turn.show_form()
        still = turn.say("numbers.still_asking")
        screens = [replace(question, text=still + "\n" + question.text)]
    # Only what a choice changes is said by its new lines: who asks in words wants to see it all.
    pressed = turn.incoming.kind is IncomingKind.ACTION
    known = Menu.from_json(turn.who.menu) if turn.who.menu and pressed else None
    laid_out, menu = numbered.lay_out(
        screens, turn.say, int(turn.now.timestamp() * 1000), known, taps=_taps(turn)
    )
    if menu is not None:
        turn.show_menu(menu.to_json())
    return (*beside, *laid_out)


def _taps(turn: Turn) -> int:
    """How many choices of a screen can be tapped there."""
    return turn.services.channels[turn.incoming.channel].taps


def _is_foreign(screens: Sequence[Screen]) -> bool:
    choices = [choice for screen in screens for choice in screen.choices]
    return bool(choices) and not any(FormPress.is_one(choice.action) for choice in choices)
