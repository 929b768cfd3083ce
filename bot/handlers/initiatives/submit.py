"""Submitting an initiative, for oneself or for somebody else; taking up a draft; mending one that was returned."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from bot.conversation import forms
from bot.conversation.forms import FormState
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import fold
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.initiatives.form import MEND, SUBMIT, facts, submission_of
from bot.handlers.turn import Turn
from bot.screens.initiatives import cards
from bot.screens.initiatives.actions import (
    LookAgain,
    Mend,
    OpenInitiative,
    RestartDraft,
    ResumeDraft,
    Submit,
    SubmitForOther,
)
from bot.screens.rows import menu_row
from bot.services import retelling
from bot.services.initiatives import initiatives
from bot.services.initiatives.initiatives import Alike, Submission
from bot.services.initiatives.programmes import ProgrammeRules, ProgrammeView
from bot.services.people import people
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Refusal
from storage.conversation import conversations
from storage.initiatives.cards import Card
from storage.initiatives.tables import InitiativeState
from storage.people.tables import Person

if TYPE_CHECKING:
    from bot.conversation.actions import Action

routes: Routes[Turn] = Routes()

_PROFILE = ("workplace", "title", "qualification")


def _programme(turn: Turn) -> ProgrammeView:
    programme = turn.programme
    if programme is None:
        raise Refusal("rules.no_programme")
    return programme


def _facts(turn: Turn) -> Mapping[str, Any]:
    """What the form may know. Where no programme covers the unit any more, the usual rules; sending then refuses."""
    about = turn.form.about if turn.form is not None else {}
    programme = turn.programme
    return facts(
        programme.rules if programme is not None else ProgrammeRules(),
        "" if about.get("on_behalf") or about.get("not_mine") else about.get("me", turn.who.name),
        about.get("profile", {}),
        on_behalf=bool(about.get("on_behalf")),
    )


async def _about_me(turn: Turn) -> dict[str, Any]:
    person = await turn.person()
    profile = {name: getattr(person, name) for name in _PROFILE if getattr(person, name)}
    if person.born:
        profile["born"] = person.born.isoformat()
    return {"me": person.name, "profile": profile}


@routes.command("sangkien", "submit", "guisangkien", "gui", "new", listed="submit")
async def submit_command(turn: Turn) -> Screens:
    """Begin, or ask whether to go on with what was begun."""
    _programme(turn)
    return await _begin(turn, {})


async def _begin(turn: Turn, about: dict[str, Any]) -> Screens:
    """Open the form for oneself or for somebody else; a draft of the same kind is offered first."""
    await turn.put_aside()
    name = SUBMIT.draft_name(about)
    kept = await conversations.draft_kept(turn.session, turn.who.person_id, name)
    if kept is None:
        return await turn.open_form(SUBMIT, about=about or await _about_me(turn))
    draft, at = kept
    title = draft.get("answers", {}).get("name", "")
    text = turn.say("submit.draft_found", name=title) if title else turn.say("submit.draft_found_unnamed")
    for_other = bool(about)
    return Screen(
        text,
        (
            (
                Choice.of(turn.say("submit.resume"), ResumeDraft(for_other=for_other)),
                Choice.of(turn.say("submit.restart"), RestartDraft(at, for_other=for_other)),
            ),
            menu_row(turn.say),
        ),
    )


@routes.on(Submit)
async def begin_one(turn: Turn, _action: Submit) -> Screens:
    """From the menu."""
    return await submit_command(turn)


def _about_draft(*, for_other: bool) -> dict[str, Any]:
    return {"on_behalf": True} if for_other else {}


@routes.on(ResumeDraft)
async def resume_draft(turn: Turn, action: ResumeDraft) -> Screens:
    """Go on where it was left, on whichever device."""
    about = _about_draft(for_other=action.for_other)
    name = SUBMIT.draft_name(about)
    if turn.form is not None and turn.form.form == SUBMIT.name and SUBMIT.draft_name(turn.form.about) == name:
        return turn.show_form()
    draft = await conversations.draft(turn.session, turn.who.person_id, name)
    if draft is None:
        return await (on_behalf_command(turn) if about else submit_command(turn))
    return await turn.take_up(SUBMIT, FormState.from_json(draft))


@routes.on(RestartDraft)
async def restart_draft(turn: Turn, action: RestartDraft) -> Screens:
    """Begin anew; what was written is dropped. A button that is older than the draft asks again."""
    about = _about_draft(for_other=action.for_other)
    name = SUBMIT.draft_name(about)
    kept = await conversations.draft_kept(turn.session, turn.who.person_id, name)
    if kept is None or int(kept[1].timestamp()) != int(action.kept_at.timestamp()):
        if turn.form is not None:
            return turn.show_form()
        return await (on_behalf_command(turn) if about else submit_command(turn))
    await turn.put_aside()
    await conversations.drop_draft(turn.session, turn.who.person_id, name)
    return await turn.open_form(SUBMIT, about=about or await _about_me(turn))


@routes.command("nhapho", "onbehalf")
async def on_behalf_command(turn: Turn) -> Screens:
    """The support team enters for somebody who cannot."""
    await _team_unit(turn)
    _programme(turn)
    return await _begin(turn, {"on_behalf": True})


async def _team_unit(turn: Turn) -> int:
    """The unit for which the actor enters: their own where they are of its team, else the team's."""
    held = await reach(turn.act)
    top = held.top(Power.ENTER).unit_id
    return (turn.who.unit_id or 0) if held.may(Power.ENTER, turn.who.unit_path) else top


@routes.on(SubmitForOther)
async def begin_for_other(turn: Turn, _action: SubmitForOther) -> Screens:
    """From the menu."""
    return await on_behalf_command(turn)


async def _left(turn: Turn, state: FormState) -> Screens:
    """Out of the form; what was written stays as a draft."""
    await turn.put_aside()
    key = "submit.left_kept" if state.answers else "submit.left"
    back: Action = ResumeDraft(for_other=bool(state.about.get("on_behalf")))
    if state.form == MEND.name:
        back = Mend(state.about.get("initiative", 0))
    rows = ((Choice.of(turn.say("submit.resume"), back),),) if state.answers else ()
    return Screen(turn.say(key), (*rows, menu_row(turn.say)))


async def _main_author(turn: Turn, state: FormState) -> dict[str, Any]:
    if state.about.get("on_behalf"):
        name = state.answers["author_name"]
        # Somebody of the unit with exactly this name, if there is just one: they will hear of it.
        found = await people.find_members(turn.act, await _team_unit(turn), fold(name), 3)
        same = [person for person in found if person.name_folded == fold(name)]
        return _person_dict(same[0]) if len(same) == 1 else {"id": None, "name": name}
    return _person_dict(await turn.person())


def _person_dict(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "born": person.born,
        **{name: getattr(person, name) for name in _PROFILE},
    }


async def _submit_done(turn: Turn, state: FormState) -> Screens:
    programme = _programme(turn)
    submission = submission_of(state.answers, await _main_author(turn, state))
    initiatives.check(submission, programme, turn.today)
    unit_id = await _team_unit(turn) if state.about.get("on_behalf") else turn.who.unit_id or 0
    asked = await _ask_about_alike(turn, state, unit_id, submission, programme)
    if asked is not None:
        return asked
    initiative = await initiatives.submit(turn.act, unit_id, programme, submission)
    await _keep_profile(turn, state)
    turn.form = None
    await conversations.drop_draft(turn.session, turn.who.person_id, SUBMIT.draft_name(state.about))
    key = "submit.done_for" if state.about.get("on_behalf") else "submit.done"
    text = turn.say(
        key, code=initiative.code, n=programme.rules.check_within_days, who=submission.authors[0].name
    )
    return Screen(
        text,
        (
            (
                Choice.of(turn.say("submit.see"), OpenInitiative(initiative.id)),
                Choice.of(
                    turn.say("submit.another"), SubmitForOther() if state.about.get("on_behalf") else Submit()
                ),
            ),
            menu_row(turn.say),
        ),
    )


async def _keep_profile(turn: Turn, state: FormState) -> None:
    """What a person told about themselves need not be asked the next time."""
    if state.about.get("on_behalf"):
        return
    authors = state.answers.get("authors") or [{"me": True}]
    mine = next((at for at, one in enumerate(authors) if one.get("me")), None)
    if mine is None:
        return
    person = await turn.person()
    for name in _PROFILE:
        value = state.answers.get(f"a{mine}_{name}")
        if value:
            setattr(person, name, value)
    born = state.answers.get(f"a{mine}_born")
    if born:
        person.born = date.fromisoformat(born[0])


async def _ask_about_alike(
    turn: Turn,
    state: FormState,
    unit_id: int,
    submission: Submission,
    programme: ProgrammeView,
    besides: int | None = None,
) -> Screen | None:
    """Show what resembles it, unless this very name and content have been asked about."""
    mark = hashlib.sha256(f"{submission.name}\n{submission.content}".encode()).hexdigest()[:16]
    if state.about.get("alike_shown") == mark:
        return None
    alike = await initiatives.alike(
        turn.act,
        unit_id,
        submission.name,
        submission.content,
        least=programme.rules.similar_from,
        besides=besides,
    )
    return _still_send(turn, state, alike, mark) if alike else None


def _still_send(turn: Turn, state: FormState, alike: Sequence[Alike], mark: str) -> Screen:
    turn.form = state = _with_about(state, alike_shown=mark)
    lines = [turn.say("submit.alike", n=len(alike))]
    lines += [
        Markup("• <b>{}</b> {} ({})").format(one.code, one.name, turn.say(f"state.{one.state.value}"))
        for one in alike
    ]
    lines.append(turn.say("submit.still_send"))
    return Screen(
        Markup("\n").join(lines),
        (
            (Choice(turn.say("submit.send_anyway"), forms.action(state, forms.Verb.SEND)),),
            (Choice.of(turn.say("submit.look_again"), LookAgain()),),
        ),
    )


def _with_about(state: FormState, **about: object) -> FormState:
    return replace(state, about={**state.about, **about})


@routes.on(LookAgain)
async def look_again(turn: Turn, _action: LookAgain) -> Screens:
    """Back to the summary, to change something."""
    if turn.form is None:
        return await submit_command(turn)
    return turn.show_form()


# ---------------------------------------------------------------- mending


@routes.on(Mend)
async def mend(turn: Turn, action: Mend) -> Screens:
    """Open a returned initiative with its answers, at the summary; the fields that were pointed at are named."""
    initiative_id = action.initiative
    if (
        turn.form is not None
        and turn.form.form == MEND.name
        and turn.form.about.get("initiative") == initiative_id
    ):
        return turn.show_form()
    card = await initiatives.own(turn.act, initiative_id)
    if card.initiative.state is not InitiativeState.RETURNED:
        raise Refusal("rules.not_returned", code=card.initiative.code)
    await retelling.seen(turn.act, initiative_id)
    about = {**await _about_me(turn), "initiative": initiative_id, "main": _main(card, turn.who.person_id)}
    if not any(author.person_id == turn.who.person_id for author in card.authors):
        about["not_mine"] = True  # who entered it for somebody else is no author of it by mending it
    await turn.put_aside()
    draft = await conversations.draft(turn.session, turn.who.person_id, MEND.draft_name(about))
    if draft is not None:
        return await turn.take_up(MEND, FormState.from_json(draft))
    answers = answers_of(card)
    turn.form = FormState(form=MEND.name, tag="", step="", about=about)
    context = turn.form_context(turn.form_handler(MEND.name))
    # The author answered everything the first time: the form opens at its summary.
    turn.move_to(forms.begin_at_summary(MEND, context, answers, about))
    screen = turn.show_form()
    programme = turn.services.programmes.by_id(card.initiative.programme_id)
    why = cards.reason_words(turn.say, programme, card)
    intro = turn.say("submit.mend_intro") + Markup("\n") + why
    return replace(screen, text=intro + Markup("\n\n") + screen.text)


def _main(card: Card, person_id: int) -> dict[str, Any]:
    main = next((author for author in card.authors if author.person_id == person_id), card.authors[0])
    return {"id": main.person_id, "name": main.name}


def answers_of(card: Card) -> dict[str, Any]:
    """An initiative as the answers that made it."""
    one = card.initiative
    answers: dict[str, Any] = {
        "name": one.name,
        "content": one.content,
        "field": one.field,
        "first_applied": [one.first_applied.isoformat(), one.first_applied_precision],
        "authors": [{"name": author.name, "share": author.share} for author in card.authors],
    }
    if one.confidential is not None:
        answers["confidential"] = "yes" if one.confidential else "no"
    if one.benefit_in_money is not None:
        answers["benefit"] = {
            "in_money": one.benefit_in_money,
            **({"vnd": one.benefit} if one.benefit else {}),
        }
    for name in ("situation_before", "conditions", "benefit_words", "participants"):
        if getattr(one, name):
            answers[name] = getattr(one, name)
    if one.topics:
        answers["topics"] = list(one.topics)
    if card.attachments:
        answers["files"] = [
            {"media": file.media_id, "name": file.name, "picture": file.is_picture}
            for file in card.attachments
        ]
    for at, author in enumerate(card.authors):
        if author.born:
            answers[f"a{at}_born"] = [author.born.isoformat(), "day"]
        for name in _PROFILE:
            if getattr(author, name):
                answers[f"a{at}_{name}"] = getattr(author, name)
    return answers


async def _mend_done(turn: Turn, state: FormState) -> Screens:
    programme = _programme(turn)
    main = dict(state.about["main"])
    submission = submission_of(state.answers, main)
    card = await initiatives.own(turn.act, state.about["initiative"])
    asked = await _ask_about_alike(
        turn, state, card.unit.id, submission, programme, besides=card.initiative.id
    )
    if asked is not None:
        return asked
    initiative = await initiatives.mend(turn.act, state.about["initiative"], programme, submission)
    turn.form = None
    await conversations.drop_draft(turn.session, turn.who.person_id, MEND.draft_name(state.about))
    return Screen(
        turn.say("submit.mended", code=initiative.code),
        ((Choice.of(turn.say("submit.see"), OpenInitiative(initiative.id)),), menu_row(turn.say)),
    )


routes.form(FormHandler(SUBMIT, _submit_done, _facts, _left))
routes.form(FormHandler(MEND, _mend_done, _facts, _left))
