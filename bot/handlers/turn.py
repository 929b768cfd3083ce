"""What a handler is given: who did what, the transaction, and the words."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from markupsafe import Markup

from bot.clock import local_date
from bot.conversation import forms
from bot.conversation.actions import Action
from bot.conversation.forms import Form, FormContext, FormPress, FormState, Position, Verb
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.vocabulary import Choice, Incoming, Recipient, Screen
from bot.screens.rows import menu_row
from bot.services.act import Act
from bot.services.initiatives.programmes import ProgrammeView
from bot.services.shared import Services
from bot.texts import Say
from storage.conversation import conversations
from storage.conversation.conversations import Who
from storage.conversation.tables import StoredForm
from storage.engine import Session
from storage.people.tables import Person

if TYPE_CHECKING:
    from bot.handlers.features import Features

log = logging.getLogger(__name__)


class CrowdedError(Exception):
    """What an update leads to concerns others whose updates share its transaction: it is to be worked on alone."""


@dataclass(slots=True)
class Turn:
    """One update being worked on."""

    services: Services
    incoming: Incoming
    who: Who
    session: Session
    now: datetime
    say: Say
    features: "Features"
    #: What follows a command.
    words: str = ""
    #: Whether what this turn does can be undone without undoing what others do in the same transaction.
    careful: bool = True
    #: Whether this is the only update of its transaction.
    alone: bool = True
    form_changed: bool = field(default=False, init=False)
    menu_changed: bool = field(default=False, init=False)
    _form: FormState | None = field(default=None, init=False)
    _position: Position | None = field(default=None, init=False)
    _person: Person | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.load_form(self.who.form)

    @property
    def routes(self) -> "Routes[Turn]":
        """The routes of all features."""
        return self.features.routes

    async def perform(self, action: Action) -> Screens:
        """What pressing a choice with this action leads to. Raises KeyError when no feature takes it."""
        return await self.routes.actions[action.word].call(self, action)

    @property
    def act(self) -> Act:
        """For the services."""
        return Act(self.session, self.now, self.who.person_id, self.who.by_code_of)

    @property
    def today(self) -> date:
        """The day where the units are."""
        return local_date(self.now)

    @property
    def to(self) -> Recipient:
        """Where the answer goes: the chat that this came from."""
        return Recipient(self.incoming.channel, self.incoming.chat, self.who.language, self.who.account_id)

    @property
    def programme(self) -> ProgrammeView | None:
        """The programme of the person's unit."""
        return (
            self.services.programmes.for_unit(self.who.unit_path, self.today) if self.who.unit_path else None
        )

    async def person(self) -> Person:
        """The person's row, read once: the session lets go of what nobody holds."""
        if self._person is None or self._person.id != self.who.person_id:
            self._person = await self.session.get_one(Person, self.who.person_id)
        return self._person

    # ------------------------------------------------------------ forms

    @property
    def form(self) -> FormState | None:
        """The form in progress."""
        return self._form

    @form.setter
    def form(self, state: FormState | None) -> None:
        self._form = state
        self.form_changed = True

    def load_form(self, stored: StoredForm | None) -> None:
        """The form in progress is this one, as stored: there is nothing to save."""
        self._form = FormState.from_json(stored) if stored else None
        self._position = None

    def restore_form(self, state: FormState | None, *, changed: bool) -> None:
        """Take back what happened to the form since; ``changed`` says whether it had changed in this turn before."""
        self._form, self.form_changed = state, changed

    def form_json(self) -> StoredForm | None:
        """The form in progress, as it is stored."""
        return stored_form(self._form) if self._form is not None else None

    @property
    def form_is_elsewhere(self) -> bool:
        """Whether a form is open whose question has not been shown here, but on another account of the person's."""
        is_here = self.who.form_account == self.who.account_id or self.incoming.is_group
        return self.form is not None and not is_here

    def shown_here(self) -> None:
        """The open form's question is in the answer: from now on it is answered here."""
        if self.form_is_elsewhere:
            self.form_changed = True

    def needs_to_be_alone(self) -> None:
        """What follows changes who somebody is, which nobody else may be in the middle of. Raises CrowdedError."""
        if not self.alone:
            raise CrowdedError

    def form_handler(self, name: str) -> "FormHandler[Turn]":
        """The handler of a form. Raises KeyError."""
        return self.routes.forms[name]

    def form_context(self, handler: "FormHandler[Turn]") -> FormContext:
        """What the form may know: for the open form, the same object for the whole turn."""
        position = self._position
        if position is not None and self._still_holds(position) and position.form == handler.form:
            return position.context
        return FormContext(self.today, self.say, handler.facts(self))

    def position(self) -> Position:
        """Where the open form stands. Its facts are computed once a turn. Raises RuntimeError when none is open."""
        state, position = self._form, self._position
        if state is None:
            raise RuntimeError("no form is open")
        if position is not None and self._still_holds(position):
            position = position.to(state)
        else:
            handler = self.form_handler(state.form)
            position = Position.of(handler.form, state, self.form_context(handler))
        self._position = position
        return position

    def move_to(self, position: Position) -> None:
        """The open form has moved on, or another one is open now."""
        self.form = position.state
        self._position = position

    def _still_holds(self, position: Position) -> bool:
        """Whether the open form may know what it knew there: it is about the same, for the same reader."""
        state = self._form
        return (
            state is not None
            and (state.form, state.about) == (position.state.form, position.state.about)
            and position.context.say is self.say
        )

    def show_menu(self, menu: dict[str, Any]) -> None:
        """From now on this list is pending in the chat, where there are no buttons."""
        self.who.menu = menu
        self.menu_changed = True

    async def open_form(
        self, form: Form, answers: Mapping[str, Any] | None = None, about: Mapping[str, Any] | None = None
    ) -> Screen:
        """Begin a form; one that is open already is put aside as a draft where it keeps drafts."""
        await self.put_aside()
        # Facts may depend on what the form is about, so the state is there before they are computed.
        self.form = FormState(form=form.name, tag="", step="", about=dict(about or {}))
        context = self.form_context(self.form_handler(form.name))
        self.move_to(forms.begin(form, context, answers, about))
        return self.show_form()

    async def put_aside(self) -> None:
        """Leave the open form, keeping it as a draft where it keeps drafts."""
        state = self.form
        if state is None:
            return
        handler = self.routes.forms.get(state.form)
        if handler is not None and handler.form.keeps_draft and state.answers:
            name = handler.form.draft_name(state.about)
            await conversations.keep_draft(
                self.session, self.who.person_id, name, stored_form(state), self.now
            )
        self.form = None

    async def take_up(self, form: Form, stored: FormState) -> Screen:
        """Go on with a stored form at its question."""
        await self.put_aside()
        self.form = stored
        self.move_to(forms.resume(form, stored, self.position().context))
        await conversations.drop_draft(self.session, self.who.person_id, form.draft_name(stored.about))
        return self.show_form()

    def show_form(self, note: Markup | None = None) -> Screen:
        """The current question of the open form, after a word on what happened.

        Where the form cannot be shown, the answer says so, and how to leave it. Raises RuntimeError when none is open.
        """
        if self._form is None:
            raise RuntimeError("no form is open")
        self.shown_here()
        try:
            return forms.render(self.position(), note)
        except Exception:
            log.exception("the form %s cannot be shown", self._form.form)
            screen = failed(self)
            return screen if note is None else replace(screen, text=note + Markup("\n\n") + screen.text)


def stored_form(state: FormState) -> StoredForm:
    """A form in progress, as it is stored."""
    return cast("StoredForm", state.to_json())


def failed(turn: Turn) -> Screen:
    """What the bot says when something failed inside it; in an open form also how to leave that.

    It asks nothing of the form, which may be what failed.
    """
    say, state = turn.say, turn.form
    text = say("refusal.failed")
    if turn.incoming.is_group:
        return Screen(text)
    if state is None:
        return Screen(text, (menu_row(say),))
    leave = Choice(str(say("form.leave")), FormPress(state.tag, state.step, Verb.LEAVE).pack(), word="huy")
    return Screen(text + Markup("\n") + say("form.failed"), ((leave, *menu_row(say)),))
