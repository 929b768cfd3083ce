"""The form engine: what a form is, how it moves, what is typed in it and what it shows.

A caller makes a :class:`Position` of a stored state once a message, hands it what came in, and renders the position
of the :class:`Step` that comes back.
"""

from bot.conversation.forms.machine import (
    NoWayToShow,
    begin,
    begin_at_summary,
    press,
    receive,
    resume,
    take,
)
from bot.conversation.forms.model import (
    SUMMARY,
    Answers,
    Field,
    Form,
    FormContext,
    FormState,
    Json,
    Keep,
    Kind,
    Option,
    Parsed,
)
from bot.conversation.forms.position import Outcome, Position, Questions, Step
from bot.conversation.forms.press import FormPress, Verb, action
from bot.conversation.forms.shown import render, shown
from bot.conversation.forms.typed import hear, hear_choice, leaves

__all__ = [
    "SUMMARY",
    "Answers",
    "Field",
    "Form",
    "FormContext",
    "FormPress",
    "FormState",
    "Json",
    "Keep",
    "Kind",
    "NoWayToShow",
    "Option",
    "Outcome",
    "Parsed",
    "Position",
    "Questions",
    "Step",
    "Verb",
    "action",
    "begin",
    "begin_at_summary",
    "hear",
    "hear_choice",
    "leaves",
    "press",
    "receive",
    "render",
    "resume",
    "shown",
    "take",
]
