"""What people tell of themselves: seen, corrected, kept from submissions; and where they want to be notified."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.conversation.text import fold
from bot.services.act import Act
from bot.services.people.privacy import Privacy
from bot.services.refusal import Forbidden, Refusal
from storage.people import accounts
from storage.people.tables import Consent, Person
from storage.units.tables import Unit

#: Nobody who works today was born before.
BORN_EARLIEST = date(1930, 1, 1)
#: One letter of some scripts folds to many; the column holds so much.
FOLDED_LONGEST = 100

#: What one tells when one submits, and need not tell again.
_KEPT = frozenset({"born", "workplace", "title", "qualification"})
#: What one may correct oneself.
_CORRECTED = _KEPT | {"name", "shift"}


@dataclass(frozen=True, slots=True)
class Profile:
    """What is kept about somebody, as they see it."""

    person: Person
    #: Empty for somebody of no unit.
    unit_name: str
    #: Where they have been, the one used last first.
    channels: Sequence[str]
    #: The newest consent to keep it; None when there is none.
    consent: Consent | None


async def _actor(act: Act) -> Person:
    person = await act.session.get(Person, act.actor_id) if act.actor_id else None
    if person is None:
        raise Forbidden
    return person


async def own(act: Act) -> Profile:
    """What is kept about the actor. Raises :class:`Forbidden` for the command line."""
    person = await _actor(act)
    unit = await act.session.get(Unit, person.unit_id) if person.unit_id else None
    return Profile(
        person,
        unit.name if unit else "",
        await channels(act),
        await accounts.agreed(act.session, person.id),
    )


async def correct(act: Act, privacy: Sequence[Privacy], field: str, value: object) -> Person:
    """Correct one's own name, birth date, workplace, title, qualification or shift, wherever it stands.

    Raises :class:`Forbidden` for any other field.
    """
    person = await _actor(act)
    if field not in _CORRECTED:
        raise Forbidden
    values: dict[str, object] = {field: value}
    before = getattr(person, field)
    if field == "name":
        values["name_folded"] = fold(str(value))[:FOLDED_LONGEST]
    for name, one in values.items():
        setattr(person, name, one)
    for domain in privacy:
        if domain.correct is not None:
            await domain.correct(act, person, values)
    act.record(
        "corrected",
        person_id=person.id,
        unit_id=person.unit_id,
        field=field,
        before=str(before or ""),
        after=str(value or ""),
    )
    await act.session.flush()
    return person


async def speak(act: Act, language: str) -> None:
    """Talk to the actor in a language from now on. Raises :class:`Forbidden` for the command line."""
    person = await _actor(act)
    person.language = language
    if person.registered_at is not None:
        # Of a guest who may yet refuse, nothing is kept.
        act.record("corrected", person_id=person.id, field="language")
    await act.session.flush()


async def keep(act: Act, values: Mapping[str, object]) -> None:
    """Keep what the actor told of themselves while submitting, so that it is not asked the next time.

    ``values``: birth date, workplace, title and qualification, each or some; what is empty changes nothing.
    Raises ValueError for any other.
    """
    unknown = values.keys() - _KEPT
    if unknown:
        raise ValueError(f"this is not kept of a person: {sorted(unknown)}")
    person = await _actor(act)
    for name, value in values.items():
        if value:
            setattr(person, name, value)
    await act.session.flush()


async def set_reminders(act: Act, *, wanted: bool) -> None:
    """Whether the actor wants reminders of campaigns; nobody else can change that for them."""
    person = await _actor(act)
    person.reminders_off_at = None if wanted else person.reminders_off_at or act.now
    act.record("reminders", person_id=person.id, wanted=wanted)
    await act.session.flush()


async def channels(act: Act) -> Sequence[str]:
    """The channels on which the actor has been, the one used last first."""
    return await accounts.channels(act.session, act.actor_id) if act.actor_id else ()


async def tell_on(act: Act, channel: str | None) -> None:
    """Where the actor wants to be told things; None: where they wrote last.

    Raises :class:`Refusal` for a channel on which they are not, :class:`Forbidden` for who has not registered.
    """
    person = await _actor(act)
    if person.registered_at is None:
        raise Forbidden
    if channel is not None and channel not in await channels(act):
        raise Refusal("told.not_there")
    person.notify_channel = channel
    act.record("notify_channel", person_id=person.id, channel=channel)
    await act.session.flush()
