"""What people may ask of whoever holds their data, besides seeing, correcting, taking along and erasing it.

Withdrawing consent, restricting and objecting take effect at once; an officer answers within two working days and has
carried out what is left within fifteen days. Source: Law 91/2025/QH15 and decree 356/2025/ND-CP.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import LOCAL_ZONE
from bot.services import telling
from bot.services.act import Act
from bot.services.people import teams
from bot.services.people.consent import ConsentEvidence, consent
from bot.services.people.helped import check_ones_own
from bot.services.people.rights import reach, require, unit_path
from bot.services.people.roles import Power, roles_with
from bot.services.refusal import Forbidden, Refusal
from bot.services.telling import NoticeKind
from storage.engine import Session
from storage.people import requests as stored
from storage.people import roles
from storage.people.claim_tables import DataRequest, RequestKind, RequestState
from storage.people.tables import ConsentSubject, Person
from storage.units.tree import path_ids

#: To the officers of a unit: somebody asks something.
ASKED = NoticeKind("data_request")
#: To them, and to those above all once it is late: it is to be answered.
DUE = NoticeKind("data_request_due")
#: To who asked: the answer.
REPLY = NoticeKind("data_request_answered")

#: A first answer is due within so many working days, and the rest within so many days.
ANSWER_WITHIN, DONE_WITHIN = 2, timedelta(days=15)
#: So long before that it is said once more.
_REMINDED_BEFORE = timedelta(hours=8)
_SATURDAY = 5


def working_days_after(moment: datetime, number: int) -> datetime:
    """The same hour so many working days later. Holidays count as working days: that is the earlier, safer end."""
    local = moment.astimezone(LOCAL_ZONE)
    while number:
        local += timedelta(days=1)
        number -= local.weekday() < _SATURDAY
    return local


async def ask(act: Act, kind: RequestKind, evidence: ConsentEvidence) -> DataRequest:
    """The actor asks something of whoever holds their data; what can be done at once is done.

    Asking again while it waits changes nothing. Raises :class:`Forbidden` for who has not registered.
    """
    check_ones_own(act)
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.registered_at is None or person.unit_id is None:
        raise Forbidden
    waiting = await stored.waiting(act.session, person.id, kind)
    if waiting is not None:
        return waiting
    if kind is RequestKind.OBJECT:
        person.reminders_off_at = person.reminders_off_at or act.now
        if person.named_since is not None:
            person.named_since = None
            consent(act, evidence, given=False, subject=ConsentSubject.NAMED)
    else:
        person.restricted_since = person.restricted_since or act.now
    if kind is RequestKind.WITHDRAW:
        consent(act, evidence, given=False)
    made = DataRequest(
        person_id=person.id,
        unit_id=person.unit_id,
        kind=kind,
        state=RequestState.WAITING,
        made_at=act.now,
        answer_until=working_days_after(act.now, ANSWER_WITHIN),
        done_until=act.now + DONE_WITHIN,
        words="",
    )
    act.session.add(made)
    await act.session.flush()
    act.record(
        "data_requested", unit_id=person.unit_id, person_id=person.id, what=kind.value, request=made.id
    )
    officers = await _officers(act, made)
    await telling.tell_people(act, officers, ASKED, f"data_request:{made.id}", request=made.id)
    return made


async def _officers(act: Act, made: DataRequest) -> Sequence[int]:
    """The nearest officers, from the unit upwards, who are not the one who asks."""
    ids = path_ids(await unit_path(act.session, made.unit_id))
    holders = await roles.holders(act.session, ids, roles_with(Power.APPOINT))
    for unit_id in reversed(ids):
        found = [one for one in holders.get(unit_id, ()) if one != made.person_id]
        if found:
            return found
    return ()


async def go_on(act: Act, evidence: ConsentEvidence) -> None:
    """The actor agrees again that their data is used. Raises :class:`Forbidden`."""
    check_ones_own(act)
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None or person.restricted_since is None:
        raise Forbidden
    person.restricted_since = None
    consent(act, evidence, given=True)
    act.record("restriction_lifted", person_id=person.id, unit_id=person.unit_id)
    await act.session.flush()


async def mine(act: Act) -> tuple[Person, Sequence[DataRequest]]:
    """The actor, and what they asked lately. Raises :class:`Forbidden`."""
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None:
        raise Forbidden
    return person, await stored.of_person(act.session, person.id, 5)


# ---------------------------------------------------------------- officers


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as an officer sees it."""

    request: DataRequest
    name: str


async def number(act: Act) -> int:
    """How many wait where the actor is an officer. Raises :class:`Forbidden`."""
    return await stored.size(act.session, (await reach(act)).paths(Power.APPOINT))


async def listed(act: Act, *, offset: int, limit: int) -> Sequence[RequestView]:
    """Those, the most urgent first. Raises :class:`Forbidden`."""
    paths = (await reach(act)).paths(Power.APPOINT)
    found = await stored.listed(act.session, paths, offset=offset, limit=limit)
    return [RequestView(*one) for one in found]


async def view(act: Act, request_id: int) -> RequestView:
    """One of them. Raises :class:`Forbidden`."""
    made = await act.session.get(DataRequest, request_id)
    if made is None or made.person_id == act.actor_id:
        raise Forbidden
    await require(act, made.unit_id, Power.APPOINT)
    return RequestView(made, (await act.session.get_one(Person, made.person_id)).name)


async def answer(act: Act, request_id: int, *, done: bool, words: str) -> DataRequest:
    """Answer one. A refusal says why, and ends what took effect when it was asked.

    Raises :class:`Refusal` for one that is answered, or a refusal without a reason; :class:`Forbidden`.
    """
    made = (await view(act, request_id)).request
    if made.state is not RequestState.WAITING:
        raise Refusal("rights.answered_already")
    if not done and not words.strip():
        raise Refusal("rights.reason_needed")
    made.state = RequestState.DONE if done else RequestState.REFUSED
    made.answered_at, made.answered_by, made.words = act.now, act.actor_id, words
    if not done and made.kind is RequestKind.RESTRICT:
        (await act.session.get_one(Person, made.person_id)).restricted_since = None
    act.record(
        "data_request_answered", unit_id=made.unit_id, person_id=made.person_id, request=made.id, done=done
    )
    await act.session.flush()
    await telling.tell_people(
        act, [made.person_id], REPLY, f"data_request:{made.id}:answered", request=made.id
    )
    return made


async def remind(session: Session, now: datetime) -> None:
    """The chore of every hour: what is nearly late is said again, and what is late every day, also at the top."""
    act = Act(session, now, None)
    for made in await stored.due(session, now + _REMINDED_BEFORE):
        officers = await _officers(act, made)
        if made.answer_until > now:
            await telling.tell_people(act, officers, DUE, f"data_request:{made.id}:due", request=made.id)
            continue
        key = f"data_request:{made.id}:late:{act.today:%Y-%m-%d}"
        await telling.tell_people(act, officers, DUE, key, request=made.id)
        await teams.tell_those_above_all(act, DUE, f"{key}:top", request=made.id)
