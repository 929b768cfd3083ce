"""What the demo's people are called and what they write: put together by dice from the lists in this folder."""

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Idea:
    """One improvement, as a worker would write it down."""

    name: str
    before: str
    content: str
    effect: str
    field: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoProfile:
    """Who somebody is at work."""

    name: str
    born: date
    workplace: str
    title: str
    qualification: str


@cache
def read(name: str) -> Mapping[str, Any]:
    """One of the lists: ``ideas``, ``people`` or ``talk``."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def idea(dice: random.Random) -> Idea:
    """An improvement of some machine at some place."""
    told = dice.choice(read("ideas")["ideas"])
    machine = dice.choice(told["machines"])
    filled = {"machine": machine, "place": dice.choice(read("ideas")["places"]), "n": dice.randint(2, 9)}
    return Idea(
        name=told["name"].format(**filled),
        before=_sentence(told["before"].format(**filled)),
        content=_sentence(told["content"].format(**filled)),
        effect=_sentence(told["effect"].format(**filled)),
        field=told["field"],
        topics=tuple(told["topics"]),
    )


def profile(dice: random.Random) -> DemoProfile:
    """Somebody who works in one of the demo's unions; they mean nobody."""
    return DemoProfile(
        name=person_name(dice),
        born=date(dice.randint(1966, 2005), dice.randint(1, 12), dice.randint(1, 28)),
        workplace=one_of(dice, "people", "workplaces"),
        title=one_of(dice, "people", "titles"),
        qualification=one_of(dice, "people", "qualifications"),
    )


def person_name(dice: random.Random) -> str:
    """A full name."""
    who = "women" if dice.random() < 0.5 else "men"
    parts = ("families", f"{who}_middle", who)
    return " ".join(one_of(dice, "people", part) for part in parts)


def one_of(dice: random.Random, name: str, key: str) -> Any:  # noqa: ANN401 - whatever the list holds
    """One entry of a list."""
    return dice.choice(read(name)[key])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
