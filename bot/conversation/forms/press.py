"""A button of a form, packed into the action that travels through the messenger and back."""

import enum
from dataclasses import dataclass
from typing import Self

from bot.conversation.forms.model import FormState

#: What the strictest messenger (Telegram) lets a button carry, in bytes.
_LONGEST = 64

_PREFIX = "f"


class Verb(enum.StrEnum):
    """What a form's button does."""

    OPTION = "o"
    CANDIDATE = "c"
    AGAIN = "a"
    SKIP = "s"
    SKIP_REST = "r"
    DONE = "d"
    BACK = "b"
    LEAVE = "x"
    CHANGE = "j"
    SEND = "g"
    REMOVE = "-"
    KEEP = "k"
    PAGE = "p"


@dataclass(frozen=True, slots=True)
class FormPress:
    """A press on a form's button: ``f.<tag>.<step>.<verb>.<argument>``, as an action."""

    tag: str
    step: str
    verb: Verb
    argument: str = ""

    def pack(self) -> str:
        """The button's action. Raises ValueError when it does not fit into a button."""
        if "." in self.tag + self.step:
            raise ValueError(f"a button cannot carry {self}: a dot parts its pieces")
        action = f"{_PREFIX}.{self.tag}.{self.step}.{self.verb}.{self.argument}"
        if len(action.encode()) > _LONGEST:
            raise ValueError(f"a button cannot carry {self}: it has room for {_LONGEST} bytes")
        return action

    @classmethod
    def unpack(cls, action: str) -> Self | None:
        """The press that an action packs; None for a button that is no form's, or that somebody forged."""
        pieces = action.split(".", 4)
        if len(pieces) != 5 or pieces[0] != _PREFIX or pieces[3] not in set(Verb):
            return None
        return cls(pieces[1], pieces[2], Verb(pieces[3]), pieces[4])

    @staticmethod
    def is_one(action: str) -> bool:
        """Whether an action claims to be a form's, however badly forged: no other handler may have it."""
        return action.startswith(f"{_PREFIX}.")

    def belongs_to(self, state: FormState) -> bool:
        """Whether the button stands below the question that a form is asking now."""
        return (self.tag, self.step) == (state.tag, state.step)


def action(state: FormState, verb: Verb, argument: str = "") -> str:
    """The action of a button below the current question."""
    return FormPress(state.tag, state.step, verb, argument).pack()
