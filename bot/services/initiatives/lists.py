"""The lists that a programme lets people choose from, and the names of their entries."""

from collections.abc import Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from bot.conversation.vocabulary import Say


class Listed(BaseModel):
    """An entry of a list to choose from, named in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z0-9_]{1,20}$")
    #: Names of a programme's own entries; the usual ones stand in the locale files as ``lists.<list>.<code>``.
    vi: str = ""
    en: str = ""


def usual(*codes: str) -> tuple[Listed, ...]:
    """Entries whose names stand in the locale files."""
    return tuple(Listed(code=code) for code in codes)


def label_of(say: Say, kind: str, code: str, listed: Sequence[Listed]) -> str:
    """The name of an entry in the reader's language; ``kind`` is ``field``, ``topic``, ``returned`` or ``rejected``."""
    own = next((entry for entry in listed if entry.code == code), None)
    name = "" if own is None else own.en if say.language == "en" else own.vi
    if name:
        return name
    key = f"lists.{kind}.{code}"
    return str(say(key)) if say.has(key) else code


class Lists(Protocol):
    """What a programme lets people choose from when they submit: its rules have it."""

    @property
    def fields(self) -> tuple[Listed, ...]:
        """The kinds of initiatives."""

    @property
    def topics(self) -> tuple[Listed, ...]:
        """What they help with."""
