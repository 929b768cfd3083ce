"""What a choice does, typed: one object packs into a button's 64 bytes, and unpacks into named values.

An action is declared once, with the word that begins it on the wire and its values in order::

    @action("cp.units")
    class ShowUnits(Action):
        campaign: int
        unit: int = 0
        order: Order = Order.PART

``ShowUnits(3).pack()`` is ``cp.units.3``: values that are their defaults are left out from the end. What comes back from a
phone may be forged, so :func:`unpack` gives values of the declared types and bounds, or raises :class:`Forged`.
"""

import enum
import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform, get_type_hints

#: As much as a messenger takes back from a button (Telegram's ``callback_data``).
LONGEST_BYTES = 64
#: Nine digits are more than any row or page has, and fewer than a database refuses to be asked for.
_DIGITS = 9
#: Seconds of the epoch until the year 9999.
_MOMENT_DIGITS = 11

_BETWEEN = "."


class Forged(ValueError):
    """No button of ours says this."""


class Action:
    """What a choice does; see :func:`action`."""

    #: How it begins on the wire: words between dots.
    word: ClassVar[str] = ""

    def pack(self) -> str:
        """As it travels in a button. Raises ValueError for more than 64 bytes, and for a value with a dot in it."""
        values = [_packed(getattr(self, one.name)) for one in _shape(type(self))]
        for one in reversed(_shape(type(self))):
            if one.default is MISSING or getattr(self, one.name) != one.default:
                break
            values.pop()
        packed = _BETWEEN.join([self.word, *values])
        if len(packed.encode()) > LONGEST_BYTES:
            raise ValueError(f"an action has at most {LONGEST_BYTES} bytes: {packed!r}")
        return packed

    @classmethod
    def unpack(cls, packed: str) -> Self:
        """Back from :meth:`pack`. Raises :class:`Forged`."""
        if packed != cls.word and not packed.startswith(cls.word + _BETWEEN):
            raise Forged(packed)
        given = packed[len(cls.word) + 1 :].split(_BETWEEN) if packed != cls.word else []
        shape = _shape(cls)
        if len(given) > len(shape):
            raise Forged(packed)
        values: dict[str, Any] = {}
        for one, raw in zip(shape, given, strict=False):
            values[one.name] = _unpacked(one.kind, raw)
        if any(one.default is MISSING and one.name not in values for one in shape):
            raise Forged(packed)
        return cls(**values)


A = TypeVar("A", bound=Action)


@dataclass_transform(frozen_default=True)
def action(word: str) -> Callable[[type[A]], type[A]]:
    """Make a class an action that begins with ``word``. Its values are int, str, bool, datetime or string enumerations.

    A word may begin as another one does (``mine``, ``mine.open``): the longest that fits is meant.
    """

    def make(cls: type[A]) -> type[A]:
        if "word" in inspect.get_annotations(cls):
            raise TypeError(f"{cls.__name__}: a value cannot be called 'word'")
        made = dataclass(frozen=True)(cls)
        made.word = word
        return made

    return make


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of an action."""

    name: str
    kind: type
    default: Any


_SHAPES: dict[type[Action], tuple[_Value, ...]] = {}


def _shape(cls: type[Action]) -> tuple[_Value, ...]:
    if cls in _SHAPES:
        return _SHAPES[cls]
    hints = get_type_hints(cls)
    found = tuple(_Value(one.name, hints[one.name], one.default) for one in fields(cls))  # type: ignore[arg-type]  # made a dataclass by action()
    for one in found:
        if one.kind not in _READERS and not issubclass(one.kind, enum.StrEnum):
            raise TypeError(f"{cls.__name__}.{one.name}: a button cannot carry {one.kind}")
    _SHAPES[cls] = found
    return found


def _packed(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    text = value.value if isinstance(value, enum.StrEnum) else str(value)
    if _BETWEEN in text:
        raise ValueError(f"a value of an action has no dot: {text!r}")
    return text


def _unpacked(kind: type, raw: str) -> Any:  # noqa: ANN401 - of the kind that is asked for
    reader = _READERS.get(kind)
    try:
        return kind(raw) if reader is None else reader(raw)
    except (ValueError, OverflowError, OSError):
        raise Forged(raw) from None


def _number(raw: str, digits: int = _DIGITS) -> int:
    if not raw.isascii() or not raw.isdecimal() or len(raw) > digits:
        raise Forged(raw)
    return int(raw)


_READERS: Mapping[type, Callable[[str], Any]] = {
    int: _number,
    str: str,
    bool: lambda raw: {"0": False, "1": True}[raw] if raw in ("0", "1") else _number(""),
    datetime: lambda raw: datetime.fromtimestamp(_number(raw, _MOMENT_DIGITS), UTC),
}
