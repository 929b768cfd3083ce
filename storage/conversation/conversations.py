"""Who is talking, where they are in the conversation, and which updates have been seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.conversation.tables import Conversation, Draft, Inbox, InboxState, StoredForm
from storage.dialect import insert, is_postgresql
from storage.people.tables import Account, Person
from storage.units.tables import Unit


@dataclass(slots=True)
class Who:
    """A person on an account, with where they are in the conversation."""

    account_id: int
    person_id: int
    channel: str
    external_id: str
    chat_id: str
    name: str
    language: str
    unit_id: int | None
    unit_path: str
    registered: bool
    #: Nothing says that the account cannot be written to.
    reachable: bool
    last_seen_at: datetime
    form: StoredForm | None = None
    """The open form, as stored."""
    form_account: int | None = None
    """The account that shows the form's question."""
    menu: dict[str, Any] | None = None
    """The list that is pending in this chat, where there are no buttons, as stored."""
    by_code_of: int | None = None
    """Who made the code by which they came in here, when that was somebody else."""

    def form_row(self) -> tuple[int, StoredForm | None, int | None]:
        """The open form as :func:`save_forms` takes it."""
        return self.person_id, self.form, self.form_account if self.form else None


async def mark_seen(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    """Note updates as seen. Gives back those (channel, update_key) that had not been seen before."""
    statement = insert(session, Inbox).on_conflict_do_nothing().returning(Inbox.channel, Inbox.update_key)
    result = await session.execute(statement, rows)
    return {(channel, key) for channel, key in result}


_STATE = (
    update(cast("Table", Inbox.__table__))
    .where(and_(Inbox.channel == bindparam("a_channel"), Inbox.update_key == bindparam("a_key")))
    .values(state=bindparam("a_state"), body=None)
)


async def set_states(session: AsyncSession, keys: Iterable[tuple[str, str]], state: InboxState) -> None:
    """Note how far updates have come; what was kept of them is dropped."""
    rows = [{"a_channel": channel, "a_key": key, "a_state": state} for channel, key in keys]
    if rows:
        await (await session.connection()).execute(_STATE, rows)


async def move_on(
    session: AsyncSession, keys: Sequence[tuple[str, str]], before: InboxState, after: InboxState
) -> set[tuple[str, str]]:
    """Updates (channel, update_key) that stand at a state go on to the next; what was kept of them is dropped.

    Gives back those that did. Of processes that try it with the same one, one gets it.
    """
    return await _change(session, keys, Inbox.state == before, state=after, body=None)


async def claim_unanswered(
    session: AsyncSession, keys: Sequence[tuple[str, str]], received_before: datetime, now: datetime
) -> set[tuple[str, str]]:
    """Take on the answers to updates (channel, update_key) that came before a moment: for others they came just now.

    Gives back those that are now the caller's. An answer stays owed until it has left: whoever dies before that leaves
    it to the next.
    """
    owed = and_(Inbox.state == InboxState.DONE, Inbox.received_at <= received_before)
    return await _change(session, keys, owed, received_at=now)


async def _change(
    session: AsyncSession, keys: Sequence[tuple[str, str]], condition: ColumnElement[bool], **values: object
) -> set[tuple[str, str]]:
    by_channel: dict[str, list[str]] = {}
    # In an order that all processes share: two that lock several might otherwise wait for each other.
    for channel, key in sorted(keys):
        by_channel.setdefault(channel, []).append(key)
    done = set()
    for channel, of_channel in by_channel.items():
        there = and_(Inbox.channel == channel, Inbox.update_key.in_(of_channel), condition)
        if is_postgresql(session):
            locked = select(Inbox.update_key).where(there).order_by(Inbox.update_key).with_for_update()
            there = and_(Inbox.channel == channel, Inbox.update_key.in_(locked))
        statement = update(Inbox).where(there).values(values).returning(Inbox.update_key)
        changed_keys = await session.scalars(statement.execution_options(synchronize_session=False))
        done |= {(channel, key) for key in changed_keys}
    return done


async def waiting(
    session: AsyncSession, state: InboxState, channels: Iterable[str], limit: int = 1000
) -> Sequence[Inbox]:
    """Updates of these channels that stand at a state, oldest first."""
    statement = (
        select(Inbox)
        .where(Inbox.state == state, Inbox.channel.in_(list(channels)))
        .order_by(Inbox.received_at, Inbox.update_key)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


_WHO = (
    select(
        Account.id,
        Account.person_id,
        Account.channel,
        Account.external_id,
        Account.chat_id,
        Person.name,
        Person.language,
        Person.unit_id,
        Unit.path,
        Person.registered_at,
        Account.unreachable_since,
        Account.closed_at,
        Account.last_seen_at,
        Conversation.form,
        Conversation.account_id.label("form_account"),
        Account.menu,
        Account.by_code_of,
    )
    .join(Person, Person.id == Account.person_id)
    .join(Conversation, Conversation.person_id == Person.id)
    .join(Unit, Unit.id == Person.unit_id, isouter=True)
)


async def load(session: AsyncSession, channel: str, accounts: Sequence[str]) -> dict[str, Who]:
    """Who is behind these accounts of a channel, by account; those never seen are missing.

    On PostgreSQL the conversations are locked, in an order that all processes share, until the transaction ends.
    """
    statement = _WHO.where(Account.channel == channel, Account.external_id.in_(accounts))
    if is_postgresql(session):
        # Where nothing is locked, the order would only cost.
        statement = statement.order_by(Conversation.person_id).with_for_update(of=Conversation)
    found = {}
    for row in await session.execute(statement):
        found[row.external_id] = Who(
            account_id=row.id,
            person_id=row.person_id,
            channel=row.channel,
            external_id=row.external_id,
            chat_id=row.chat_id,
            name=row.name,
            language=row.language,
            unit_id=row.unit_id,
            unit_path=row.path or "",
            registered=row.registered_at is not None,
            reachable=row.unreachable_since is None and row.closed_at is None,
            last_seen_at=row.last_seen_at,
            form=row.form,
            form_account=row.form_account,
            menu=row.menu,
            by_code_of=row.by_code_of,
        )
    return found


async def meet(
    session: AsyncSession, *, channel: str, external_id: str, chat_id: str, language: str, now: datetime
) -> Who:
    """Make a guest of somebody who writes for the first time."""
    person = Person(language=language, created_at=now)
    session.add(person)
    await session.flush()
    account = Account(
        channel=channel, external_id=external_id, person_id=person.id, chat_id=chat_id, last_seen_at=now
    )
    session.add_all([account, Conversation(person_id=person.id, form=None, updated_at=now)])
    await session.flush()
    return Who(
        account_id=account.id,
        person_id=person.id,
        channel=channel,
        external_id=external_id,
        chat_id=chat_id,
        name="",
        language=language,
        unit_id=None,
        unit_path="",
        registered=False,
        reachable=True,
        last_seen_at=now,
    )


_SAVE = (
    update(cast("Table", Conversation.__table__))
    .where(Conversation.person_id == bindparam("a_person"))
    .values(form=bindparam("a_form"), account_id=bindparam("an_account"), updated_at=bindparam("a_now"))
)


async def save_forms(
    session: AsyncSession, forms: Sequence[tuple[int, StoredForm | None, int | None]], now: datetime
) -> None:
    """Store the open forms of these people, each with the account on which its question was shown."""
    if forms:
        rows = [
            {"a_person": person_id, "a_form": form, "an_account": account_id, "a_now": now}
            for person_id, form, account_id in forms
        ]
        await (await session.connection()).execute(_SAVE, rows)


async def form_of(session: AsyncSession, person_id: int) -> tuple[StoredForm | None, int | None]:
    """The form that is open before a person, if any, and where it was shown; on PostgreSQL locked like :func:`load`."""
    statement = select(Conversation.form, Conversation.account_id).where(Conversation.person_id == person_id)
    row = (await session.execute(statement.with_for_update())).one_or_none()
    return (row[0], row[1]) if row else (None, None)


async def touch(session: AsyncSession, account_ids: Sequence[int], now: datetime) -> None:
    """These accounts wrote just now: they can be reached, and are where their people are."""
    if account_ids:
        await session.execute(
            update(Account)
            .where(Account.id.in_(account_ids))
            .values(last_seen_at=now, unreachable_since=None, closed_at=None)
        )


async def unreachable(
    session: AsyncSession, channel: str, chat_id: str, now: datetime, *, sent_at: datetime | None = None
) -> None:
    """Nothing can be delivered to this chat until it writes again.

    ``sent_at``: when what could not be delivered was claimed; whoever has written since can be reached.
    """
    await session.execute(
        update(Account)
        .where(Account.unreachable_since.is_(None), *_silent(channel, chat_id, sent_at))
        .values(unreachable_since=now)
    )


def _silent(channel: str, chat_id: str, since: datetime | None) -> list[ColumnElement[bool]]:
    found = [Account.channel == channel, Account.chat_id == chat_id]
    return found if since is None else [*found, Account.last_seen_at <= since]


async def shut(
    session: AsyncSession, channel: str, chat_id: str, now: datetime, *, sent_at: datetime
) -> None:
    """The messenger lets nobody write to this chat before it writes again; ``sent_at`` as above."""
    await session.execute(
        update(Account)
        .where(Account.closed_at.is_(None), *_silent(channel, chat_id, sent_at))
        .values(closed_at=now)
    )


# ---------------------------------------------------------------- drafts


async def keep_draft(
    session: AsyncSession, person_id: int, form_name: str, form: StoredForm, now: datetime
) -> None:
    """Put a form aside; an older draft of the same form is replaced."""
    statement = insert(session, Draft).values(
        person_id=person_id, form_name=form_name, form=form, updated_at=now
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Draft.person_id, Draft.form_name], set_={"form": form, "updated_at": now}
        )
    )


# Statements asked with nearly every message are made once: making one costs as much as its answer.
_OF_FORM = (Draft.person_id == bindparam("a_person"), Draft.form_name == bindparam("a_form"))
_DRAFT = select(Draft.form, Draft.updated_at).where(*_OF_FORM)
_DROP_DRAFT = delete(Draft).where(*_OF_FORM).execution_options(synchronize_session=False)


async def draft(session: AsyncSession, person_id: int, form_name: str) -> StoredForm | None:
    """The form put aside, if any."""
    kept = await draft_kept(session, person_id, form_name)
    return kept[0] if kept else None


async def draft_kept(
    session: AsyncSession, person_id: int, form_name: str
) -> tuple[StoredForm, datetime] | None:
    """The form put aside, if any, and when it was."""
    row = (await session.execute(_DRAFT, {"a_person": person_id, "a_form": form_name})).one_or_none()
    return (row[0], row[1]) if row else None


async def drop_draft(session: AsyncSession, person_id: int, form_name: str) -> None:
    """Forget a form put aside."""
    await session.execute(_DROP_DRAFT, {"a_person": person_id, "a_form": form_name})
