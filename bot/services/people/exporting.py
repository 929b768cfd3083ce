"""A copy of all that is kept about somebody, for them to take along."""

import io
import json
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from bot.services.act import Act
from bot.services.people.helped import check_ones_own
from bot.services.people.privacy import Privacy
from bot.services.refusal import Forbidden, Refusal
from storage.base import values_of
from storage.conversation import privacy as conversations
from storage.delivery import privacy as messages
from storage.people import privacy as stored
from storage.people.tables import Person
from storage.units.tables import Unit

#: A copy holds pictures and documents, and takes its time to make.
ONCE_IN = timedelta(hours=1)
#: As much of pictures and documents as one copy holds, in bytes; those beyond are opened at their initiatives.
_FILES_TOGETHER = 40 * 1024 * 1024

#: Reads a file of the store; raises KeyError or OSError for one that is not there.
ReadMedia = Callable[[int], Awaitable[tuple[bytes, str]]]
#: The page of a copy, for people: from the rows by section, and the names of files that it does not hold.
Page = Callable[[Mapping[str, Any], Sequence[str]], str]


async def copy(act: Act, privacy: Sequence[Privacy]) -> dict[str, Any]:
    """All that is kept about the actor, rows by section. Raises :class:`Forbidden`."""
    session = act.session
    person = await session.get(Person, act.actor_id) if act.actor_id else None
    if person is None:
        raise Forbidden
    unit = await session.get(Unit, person.unit_id) if person.unit_id else None
    accounts = await stored.accounts(session, person.id)
    body: dict[str, Any] = {
        "person": values_of(person, ("name_folded",)),
        "unit": unit.name if unit else None,
        **await stored.copy(session, person.id, accounts),
        **await conversations.copy(session, person.id, accounts),
        **await messages.copy(session, person.id),
    }
    for domain in privacy:
        if domain.copy is not None:
            body.update(await domain.copy(act, person.id))
    return body


async def export(act: Act, privacy: Sequence[Privacy], page: Page, read: ReadMedia) -> bytes:
    """A copy for the actor: a page to read, the same as JSON for programs, and the files of their initiatives, as a ZIP.

    Raises :class:`Forbidden`; :class:`Refusal` for who took one within the hour.
    """
    check_ones_own(act)
    since = await stored.last_copy(act.session, act.actor_id or 0, act.now - ONCE_IN)
    if since is not None:
        left = since + ONCE_IN - act.now
        raise Refusal("me.export_too_soon", n=max(1, -(-left // timedelta(minutes=1))))
    body = await copy(act, privacy)
    act.record("copied", person_id=act.actor_id)
    out, left_out, together = io.BytesIO(), [], 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, one in enumerate(body.get("attachments", ()), 1):
            name = f"{number:03} {PurePath(one['name']).name}"
            try:
                content, _ = await read(one["media_id"])
            except (KeyError, OSError):
                content = b""
            together += len(content)
            if not content or together > _FILES_TOGETHER:
                left_out.append(one["name"])
                continue
            # Pictures and documents of today are compressed already.
            archive.writestr(f"tep/{name}", content, zipfile.ZIP_STORED)
        archive.writestr("du-lieu.html", page(body, left_out))
        archive.writestr("du-lieu.json", json.dumps(body, ensure_ascii=False, indent=1, default=str))
    await act.session.flush()
    return out.getvalue()
