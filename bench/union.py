"""A large union whose people are to be written to: units, shifts, roles, accounts, and who has submitted already."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.filling import Rows, Table, day, moment
from bot.conversation.text import fold

#: The first person's Telegram account; the others follow.
FIRST_ID = 500_001
#: The unit at the top, which the last person steers.
TOP = 1

_SHIFTS = ("morning", "afternoon", "night", "office", None)


@dataclass(frozen=True, slots=True)
class Size:
    """``people`` in ``units``. ``orderly``: everybody is there and can be reached, and no support team is told of anything."""

    people: int
    units: int
    orderly: bool = False


def tables(size: Size, *, sqlite: bool) -> Iterator[Table]:
    """All rows, made as they are written."""
    dice = random.Random(7)
    at = datetime.now(UTC)
    now, today = moment(at, sqlite=sqlite), day(at.date(), sqlite=sqlite)
    first, last = (day(at.date() + timedelta(days=by), sqlite=sqlite) for by in (-300, 300))
    upper = max(size.units // 50, 1)

    def units() -> Rows:
        yield TOP, "U1", "Công đoàn ngành", "cong doan nganh", "sector", None, f"/{TOP}/", "J00001", 400
        for unit in range(2, size.units + 1):
            is_upper = unit < upper + 2
            parent = TOP if is_upper else 2 + unit % upper
            path = f"/{TOP}/{unit}/" if is_upper else f"/{TOP}/{parent}/{unit}/"
            kind = "upper" if is_upper else "grassroots"
            yield (
                unit,
                f"U{unit}",
                f"Công đoàn {unit}",
                f"cong doan {unit}",
                kind,
                parent,
                path,
                f"J{unit:05d}",
                400,
            )

    def people() -> Rows:
        for person in range(1, size.people + 1):
            name = f"Người {person}"
            is_there = size.orderly or dice.random() < 0.97
            stopped = None if size.orderly or dice.random() < 0.98 else now
            language = "en" if dice.random() < 0.02 else "vi"
            yield (
                person, name, fold(name), 1 + person % size.units, language, _SHIFTS[person % len(_SHIFTS)], now,
                now if is_there else None, stopped,
            )  # fmt: skip

    def accounts() -> Rows:
        for person in range(1, size.people + 1):
            gone = None if size.orderly or dice.random() < 0.97 else now
            chat = str(FIRST_ID + person - 1)
            yield person, "telegram", chat, person, chat, gone, now, 0

    def conversations() -> Rows:
        for person in range(1, size.people + 1):
            yield person, None, now

    def roles() -> Rows:
        yield 1, size.people, TOP, "officer", now
        if size.orderly:
            return
        for number in range(2, 3 * size.units):
            yield number, size.people - number, 1 + number % size.units, "support", now

    submitted = size.people // 5

    def initiatives() -> Rows:
        for number in range(1, submitted + 1):
            person = number * 5
            name = f"Sáng kiến {number}"
            yield (
                number, f"B-2026-{number:07d}", 1, 1, 1 + person % size.units, person, "submitted", 1, name, fold(name),
                name, "technical", "[]", today, "day", 0, False, False, now, now,
            )  # fmt: skip

    def authors() -> Rows:
        for number in range(1, submitted + 1):
            yield number, number, 0, number * 5, "Người", "nguoi", 10_000

    yield (
        "unit",
        ("id", "code", "name", "name_folded", "kind", "parent_id", "path", "join_code", "members"),
        units(),
    )
    yield (
        "programme", ("id", "code", "name", "unit_id", "starts", "ends", "counts", "rules"),
        iter([(1, "B", "Đo", TOP, first, last, "approved", "{}")]),
    )  # fmt: skip
    yield (
        "phase", ("id", "programme_id", "code", "name", "starts", "ends"), iter([(1, 1, "P1", "Đo", first, last)]),
    )  # fmt: skip
    yield (
        "person",
        (
            "id", "name", "name_folded", "unit_id", "language", "shift", "created_at", "registered_at",
            "reminders_off_at",
        ),
        people(),
    )  # fmt: skip
    yield (
        "account",
        (
            "id", "channel", "external_id", "person_id", "chat_id", "unreachable_since", "last_seen_at",
            "transcript_rev",
        ),
        accounts(),
    )  # fmt: skip
    yield "conversation", ("person_id", "form", "updated_at"), conversations()
    yield "role_grant", ("id", "person_id", "unit_id", "role", "granted_at"), roles()
    yield (
        "initiative",
        (
            "id", "code", "programme_id", "phase_id", "unit_id", "entered_by", "state", "revision", "name",
            "name_folded", "content", "field", "topics", "first_applied", "first_applied_precision", "benefit",
            "benefit_in_money", "confidential", "submitted_at", "due_at",
        ),
        initiatives(),
    )  # fmt: skip
    yield (
        "author",
        ("id", "initiative_id", "position", "person_id", "name", "name_folded", "share"),
        authors(),
    )
