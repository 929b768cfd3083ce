"""The chain over the audit trail: sealing what was committed, and finding what was changed since.

Events come from many transactions at once, so they are not chained as they are written: a step of its own, one at a
time, seals what is committed and not sealed. Within about a second of its commit an event cannot be altered, removed or
followed by one that pretends to be older. What the chain cannot show: an event that was taken away before it was sealed,
and one that somebody who may write to the database added at the end while the bot ran. Whoever may write there could
also make the whole chain anew: that is why its head is written elsewhere every day.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text

from storage import marks
from storage.dialect import changed, is_postgresql
from storage.engine import Session
from storage.marks import Mark
from storage.trail import ARCHIVING, Event, EventWords, Seal

#: How many are sealed, and read, at a time.
_AT_ONCE = 500
#: Events of transactions that were long under way have lower numbers than some that are sealed: so far back is looked.
_BEHIND = 20_000
#: The lock by which one process seals at a time (PostgreSQL's).
_LOCK = 77_341_001
#: What has not been sealed for so long was not written by the bot, or the bot does not run.
LATE = timedelta(minutes=10)
#: Where the chain begins after archiving: ``seq``, ``link``, the file and its digest.
ARCHIVED = "archived"

_START = bytes(32)


def words_digest(salt: bytes, words: Mapping[str, Any]) -> bytes:
    """Of what was said in an event. Without the salt nobody can find out short words by trying."""
    return hashlib.sha256(salt + _canonical(words)).digest()


def _canonical(value: Any) -> bytes:  # noqa: ANN401 - JSON
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def link_of(before: bytes, row: Mapping[str, Any]) -> bytes:
    """The hash of an event (:func:`as_row`) and of all before it."""
    return hashlib.sha256(before + _canonical(row)).digest()


def as_row(event: Event) -> dict[str, Any]:
    """An event as it is sealed and archived."""
    return {
        "id": event.id,
        "at": event.at.astimezone(UTC).isoformat(),
        "actor": event.actor_id,
        "kind": event.kind,
        "initiative": event.initiative_id,
        "unit": event.unit_id,
        "person": event.person_id,
        "details": event.details,
        "words": event.words_digest.hex() if event.words_digest else None,
    }


async def seal(session: Session, now: datetime) -> int:
    """Seal what is committed; gives how many events that were."""
    if is_postgresql(session):
        await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    newest = await head(session)
    seq, before = (newest.seq, newest.link) if newest is not None else await _beginning(session)
    highest = await session.scalar(select(func.max(Seal.event_id))) or 0
    events = await session.scalars(
        select(Event)
        .outerjoin(Seal, Seal.event_id == Event.id)
        .where(Event.id > highest - _BEHIND, Seal.seq.is_(None))
        .order_by(Event.id)
        .limit(_AT_ONCE)
    )
    number = 0
    for event in events:
        seq, before = seq + 1, link_of(before, as_row(event))
        session.add(Seal(seq=seq, event_id=event.id, link=before, sealed_at=now))
        number += 1
    await session.flush()
    session.expunge_all()
    return number


async def _beginning(session: Session) -> tuple[int, bytes]:
    mark = await marks.value_of(session, ARCHIVED)
    return (mark["seq"], bytes.fromhex(mark["link"])) if mark else (0, _START)


async def head(session: Session) -> Seal | None:
    """The newest seal."""
    return await session.scalar(select(Seal).order_by(Seal.seq.desc()).limit(1))


# ---------------------------------------------------------------- verifying


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one event: ``altered``, ``removed``, ``inserted``, ``words`` (changed), ``head`` (not reached)."""

    what: str
    seq: int
    event_id: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found."""

    events: int
    #: Whose words were taken away by an erasure.
    erased: int
    #: Not sealed yet, and too young to have been.
    waiting: int
    faults: Sequence[Fault]
    seq: int
    link: str


async def verify(session: Session, now: datetime, heads: Mapping[int, str]) -> Verified:
    """Go through the whole chain. ``heads``: links by number that were written elsewhere, which it must pass."""
    seq, before = await _beginning(session)
    first, faults, events, erased = seq, [], 0, 0
    async for seal_row, event, words in _sealed(session):
        seq += 1
        if seal_row.seq != seq:
            faults.append(Fault("removed", seq, 0))
            seq = seal_row.seq
        events += 1
        if event is None:
            faults.append(Fault("removed", seq, seal_row.event_id))
        else:
            if link_of(before, as_row(event)) != seal_row.link:
                faults.append(Fault("altered", seq, event.id))
            if event.words_digest is not None:
                if words is None or words.salt is None:
                    erased += 1
                elif words_digest(words.salt, words.words) != event.words_digest:
                    faults.append(Fault("words", seq, event.id))
        # From here on by what the seal says, so that one fault is not a fault of all that follow.
        before = seal_row.link
        if heads.get(seq, before.hex()) != before.hex():
            faults.append(Fault("head", seq, seal_row.event_id))
    faults += [Fault("head", number, 0) for number in sorted(heads) if number > seq or first > number > seq]
    unsealed = (
        await session.execute(
            select(Event.id, Event.at).outerjoin(Seal, Seal.event_id == Event.id).where(Seal.seq.is_(None))
        )
    ).all()
    late = [number for number, at in unsealed if at < now - LATE]
    faults += [Fault("inserted", 0, number) for number in late]
    return Verified(events, erased, len(unsealed) - len(late), faults, seq, before.hex())


async def _sealed(session: Session) -> AsyncIterator[tuple[Seal, Event | None, EventWords | None]]:
    last = -1
    while True:
        rows = (
            await session.execute(
                select(Seal, Event, EventWords)
                .outerjoin(Event, Event.id == Seal.event_id)
                .outerjoin(EventWords, EventWords.event_id == Event.id)
                .where(Seal.seq > last)
                .order_by(Seal.seq)
                .limit(_AT_ONCE)
            )
        ).all()
        if not rows:
            return
        for row in rows:
            yield row[0], row[1], row[2]
        last = rows[-1][0].seq
        session.expunge_all()


# ---------------------------------------------------------------- archiving


async def before_moment(session: Session, before: datetime) -> int:
    """The last seal whose event, and all before it, are from before a moment; 0 for none."""
    first_kept = await session.scalar(
        select(func.min(Seal.seq)).join(Event, Event.id == Seal.event_id).where(Event.at >= before)
    )
    if first_kept is None:
        newest = await head(session)
        return newest.seq if newest is not None else 0
    return int(first_kept) - 1


async def lines_to(session: Session, up_to: int) -> AsyncIterator[dict[str, Any]]:
    """The sealed events up to a number, as they are archived."""
    async for seal_row, event, words in _sealed(session):
        if seal_row.seq > up_to:
            return
        yield {
            "seq": seal_row.seq,
            "link": seal_row.link.hex(),
            "event": as_row(event) if event is not None else None,
            "said": words.words if words is not None else None,
            "salt": words.salt.hex() if words is not None and words.salt else None,
        }


async def take_out(session: Session, up_to: int, file: str, digest: str) -> int:
    """Delete what has been archived up to a number, and remember where the chain goes on; gives how many events."""
    last = await session.get_one(Seal, up_to)
    link = last.link.hex()
    ids = select(Seal.event_id).where(Seal.seq <= up_to)
    await marks.put(session, ARCHIVING, {"up_to": up_to})
    await session.execute(delete(EventWords).where(EventWords.event_id.in_(ids)))
    number = changed(await session.execute(delete(Event).where(Event.id.in_(ids))))
    await session.execute(delete(Seal).where(Seal.seq <= up_to))
    await session.execute(delete(Mark).where(Mark.name == ARCHIVING))
    await marks.put(session, ARCHIVED, {"seq": up_to, "link": link, "file": file, "sha256": digest})
    return number
