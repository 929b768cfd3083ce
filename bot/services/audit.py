"""The audit trail as it is proved, kept elsewhere, archived and read.

The chain itself is in ``storage.sealing``; here its head is written to a file every day (and sent to the officers at the
top, where the settings say so), since whoever may write to the database could make all of it anew.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import local_date
from bot.services.act import Act
from bot.services.people import teams
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Refusal
from bot.services.telling import NoticeKind
from storage import marks, sealing, trail_reading
from storage.engine import Session
from storage.sealing import Verified
from storage.trail_reading import Told

#: To the officers at the top: the head of the chain, to keep.
HEAD = NoticeKind("audit_head")
_LAST = "audit_head"


class Auditor:
    """Seals what was done, and writes the head of the chain elsewhere every day."""

    def __init__(self, heads: Path | None, *, send: bool) -> None:
        """``heads``: the file, which is only added to; ``send``: also to the officers at the top."""
        self._heads = heads
        self._send = send

    async def seal(self, session: Session, now: datetime) -> None:
        """The chore of each look."""
        await sealing.seal(session, now)

    async def write_head(self, session: Session, now: datetime) -> None:
        """The chore of every hour: once a day."""
        day = f"{local_date(now):%Y-%m-%d}"
        newest, last = await sealing.head(session), await marks.value_of(session, _LAST)
        if newest is None or (last or {}).get("day") == day:
            return
        link = newest.link.hex()
        await marks.put(session, _LAST, {"day": day, "seq": newest.seq, "link": link})
        if self._heads is not None:
            _append(self._heads, f"{day} {newest.seq} {link}\n")
        if self._send:
            act = Act(session, now, None)
            await teams.tell_those_above_all(
                act, HEAD, f"audit_head:{day}", day=day, seq=newest.seq, link=link
            )


def _append(file: Path, line: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("a", encoding="ascii") as out:
        out.write(line)
        out.flush()
        os.fsync(out.fileno())


def read_heads(file: Path) -> dict[int, str]:
    """The heads that were written: links by number. Raises :class:`Refusal` for a line that says something else."""
    found = {}
    for number, line in enumerate(file.read_text("ascii", errors="replace").splitlines(), 1):
        parts = line.split()
        if len(parts) != 3 or not parts[1].isdecimal() or len(parts[2]) != 64:
            raise Refusal("cli.audit.no_head", file=str(file), n=number)
        found[int(parts[1])] = parts[2]
    return found


# ---------------------------------------------------------------- archiving


async def archive(act: Act, before: datetime, file: Path) -> int:
    """Take the sealed events from before a moment out into a file; gives how many.

    The file is whole on the disk before anything is deleted. What is left begins with the link at which the file ends.
    Raises :class:`Refusal` where there is nothing to take, the chain is broken, or the file exists.
    """
    _check_new(file)
    up_to = await sealing.before_moment(act.session, before)
    mark = await marks.value_of(act.session, sealing.ARCHIVED) or {}
    if up_to <= mark.get("seq", 0):
        raise Refusal("cli.audit.nothing")
    found = await sealing.verify(act.session, act.now, {})
    if found.faults:
        raise Refusal("cli.audit.broken_first")
    lines = [line async for line in sealing.lines_to(act.session, up_to)]
    digest = _write(file, lines)
    number = await sealing.take_out(act.session, up_to, file.name, digest)
    act.record("archived", number=number, up_to=up_to, sha256=digest)
    await act.session.flush()
    return number


def _check_new(file: Path) -> None:
    if file.exists():
        raise Refusal("cli.backup.exists", file=str(file))


def _write(file: Path, lines: Sequence[Mapping[str, Any]]) -> str:
    """Write an archive, whole or not at all; gives its digest."""
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as out:
            for line in lines:
                out.write(json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        raw.flush()
        os.fsync(raw.fileno())
    part.replace(file)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read_archive(file: Path) -> Sequence[Mapping[str, Any]]:
    """The events of an archive, in their order."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def verify_archive(lines: Sequence[Mapping[str, Any]], before: str = "") -> tuple[Sequence[int], int, str]:
    """Which numbers of an archive are altered; and the number and link at which it ends."""
    link = bytes.fromhex(before) if before else bytes(32)
    faults, seq = [], 0
    for line in lines:
        expected = sealing.link_of(link, line["event"] or {})
        words_ok = True
        if line["said"] is not None and line["salt"]:
            digest = sealing.words_digest(bytes.fromhex(line["salt"]), line["said"]).hex()
            words_ok = (line["event"] or {}).get("words") == digest
        if expected.hex() != line["link"] or not words_ok or (seq and line["seq"] != seq + 1):
            faults.append(int(line["seq"]))
        link, seq = bytes.fromhex(line["link"]), int(line["seq"])
    return faults, seq, link.hex()


async def verify(
    session: Session, now: datetime, heads: Mapping[int, str], archived: Sequence[Mapping[str, Any]] = ()
) -> tuple[Verified, Sequence[int]]:
    """Go through the chain, and through an archive that it goes on from; gives what is wrong in each."""
    mark = await marks.value_of(session, sealing.ARCHIVED)
    older = []
    if archived:
        faults, seq, link = verify_archive(archived)
        older = list(faults)
        if mark is None or (mark["seq"], mark["link"]) != (seq, link):
            older.append(seq)
        links = {int(line["seq"]): str(line["link"]) for line in archived}
        older += [number for number, each in heads.items() if number in links and links[number] != each]
    first = mark["seq"] if mark else 0
    kept = {number: each for number, each in heads.items() if number > first}
    return await sealing.verify(session, now, kept), sorted(set(older))


# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class TrailPage:
    """A page of the trail."""

    lines: Sequence[Told]
    more: bool


async def read(act: Act, *, offset: int, limit: int) -> TrailPage:
    """What was done where the actor is an officer, the newest first. Raises :class:`Forbidden`."""
    paths = (await reach(act)).paths(Power.APPOINT)
    lines = await trail_reading.page(act.session, paths, offset=offset, limit=limit + 1)
    act.record("read_trail")
    return TrailPage(lines[:limit], len(lines) > limit)
