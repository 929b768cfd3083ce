"""Submitting an initiative, for oneself or for somebody else; taking up a draft; mending one that was returned."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from markupsafe import Markup

from bot.conversation import forms
from bot.conversation.forms import FormState
from bot.conversation.routing import FormHandler, Routes, Screens
from bot.conversation.text import fold
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.submission_form import MEND, SUBMIT, facts, submission_of
from bot.handlers.turn import Turn, menu_row
from bot.services import initiatives
from bot.services.initiatives import Alike
from bot.services.people import find_members
from bot.services.programmes import ProgrammeView
from bot.services.refusal import Refusal
from bot.services.rights import require
from storage import conversations
from storage.initiatives import Card
from storage.models import InitiativeState, Person, Role

routes: Routes[Turn] = Routes()

_PROFILE = ("workplace", "title", "qualification")


def _programme(turn: Turn) -> ProgrammeView:
    programme = turn.programme
    if programme is None:
        raise Refusal("rules.no_programme")
    return programme


def _facts(turn: Turn) -> Mapping[str, Any]:
    state = turn.form
    about = state.about if state is not None else {}
    return facts(
        _programme(turn).rules,
        "" if about.get("on_behalf") else about.get("me", turn.who.name),
        about.get("profile", {}),
        on_behalf=bool(about.get("on_behalf")),
    )


async def _about_me(turn: Turn) -> dict[str, Any]:
    person = await turn.person()
    profile = {name: getattr(person, name) for name in _PROFILE if getattr(person, name)}
    if person.born:
        profile["born"] = person.born.isoformat()
    return {"me": person.name, "profile": profile}


@routes.command("sangkien", "submit", "guisangkien", "gui", "new")
async def submit_command(turn: Turn) -> Screens:
    """Begin, or ask whether to go on with what was begun."""
    _programme(turn)
    await turn.put_aside()
    draft = await conversations.draft(turn.session, turn.who.person_id, SUBMIT.name)
    if draft is None:
        return await turn.open_form(SUBMIT, about=await _about_me(turn))
    name = draft.get("answers", {}).get("name", "")
    text = turn.say("submit.draft_found", name=name) if name else turn.say("submit.draft_found_unnamed")
    return Screen(
        text,
        (
            (
                Choice(turn.say("submit.resume"), "draft.resume"),
                Choice(turn.say("submit.restart"), "draft.restart"),
            ),
            menu_row(turn.say),
        ),
    )


@routes.action("new")
async def submit_button(turn: Turn) -> Screens:
    """The menu's button."""
    return await submit_command(turn)


@routes.action("draft.resume")
async def resume_draft(turn: Turn) -> Screens:
    """Go on where it was left, on whichever device."""
    if turn.form is not None and turn.form.form == SUBMIT.name:
        return turn.show_form()
    draft = await conversations.draft(turn.session, turn.who.person_id, SUBMIT.name)
    if draft is None:
        return await submit_command(turn)
    return await turn.take_up(SUBMIT, FormState.from_json(draft))


@routes.action("draft.restart")
async def restart_draft(turn: Turn) -> Screens:
    """Begin anew; what was written is dropped."""
    turn.form = None
    await conversations.drop_draft(turn.session, turn.who.person_id, SUBMIT.name)
    return await turn.open_form(SUBMIT, about=await _about_me(turn))


@routes.command("nhapho", "onbehalf")
async def on_behalf_command(turn: Turn) -> Screens:
    """The support team enters for somebody who cannot."""
    await require(turn.act, turn.who.unit_id, Role.SUPPORT)
    _programme(turn)
    return await turn.open_form(SUBMIT, about={"on_behalf": True})


@routes.action("behalf")
async def on_behalf_button(turn: Turn) -> Screens:
    """The menu's button."""
    return await on_behalf_command(turn)


async def _left(turn: Turn, state: FormState) -> Screens:
    """Out of the form; what was written stays as a draft."""
    await turn.put_aside()
    key = "submit.left_kept" if state.answers else "submit.left"
    rows = (
        ((Choice(turn.say("submit.resume"), "draft.resume"),),)
        if state.answers and state.form == "submit"
        else ()
    )
    return Screen(turn.say(key), (*rows, menu_row(turn.say)))


async def _main_author(turn: Turn, state: FormState) -> dict[str, Any]:
    if state.about.get("on_behalf"):
        name = state.answers["author_name"]
        # Somebody of the unit with exactly this name, if there is just one: they will hear of it.
        people = await find_members(turn.act, turn.who.unit_id or 0, fold(name), 3)
        same = [person for person in people if person.name_folded == fold(name)]
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
    if not state.about.get("alike_shown"):
        alike = await initiatives.alike(
            turn.act,
            turn.who.unit_id or 0,
            submission.name,
            submission.content,
            least=programme.rules.similar_from,
        )
        if alike:
            return _still_send(turn, state, alike)
    initiative = await initiatives.submit(turn.act, turn.who.unit_id or 0, programme, submission)
    await _keep_profile(turn, state)
    turn.form = None
    await conversations.drop_draft(turn.session, turn.who.person_id, SUBMIT.name)
    key = "submit.done_for" if state.about.get("on_behalf") else "submit.done"
    text = turn.say(
        key, code=initiative.code, n=programme.rules.check_within_days, who=submission.authors[0].name
    )
    return Screen(
        text,
        (
            (
                Choice(turn.say("submit.see"), f"mine.open.{initiative.id}"),
                Choice(turn.say("submit.another"), "behalf" if state.about.get("on_behalf") else "new"),
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


def _still_send(turn: Turn, state: FormState, alike: Sequence[Alike]) -> Screen:
    turn.form = state = _with_about(state, alike_shown=True)
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
            (Choice(turn.say("submit.look_again"), "look_again"),),
        ),
    )


def _with_about(state: FormState, **about: object) -> FormState:
    return replace(state, about={**state.about, **about})


@routes.action("look_again")
async def look_again(turn: Turn) -> Screens:
    """Back to the summary, to change something."""
    if turn.form is None:
        return await submit_command(turn)
    return turn.show_form()


# ---------------------------------------------------------------- mending


@routes.action("mend")
async def mend(turn: Turn) -> Screens:
    """Open a returned initiative with its answers, at the summary; the fields that were pointed at are named."""
    initiative_id = turn.int_arg(0)
    if (
        turn.form is not None
        and turn.form.form == MEND.name
        and turn.form.about.get("initiative") == initiative_id
    ):
        return turn.show_form()
    card = await initiatives.own(turn.act, initiative_id)
    if card.initiative.state is not InitiativeState.RETURNED:
        raise Refusal("rules.not_returned", code=card.initiative.code)
    about = {**await _about_me(turn), "initiative": initiative_id, "main": _main(card, turn.who.person_id)}
    draft = await conversations.draft(turn.session, turn.who.person_id, MEND.name)
    if draft is not None and draft.get("about", {}).get("initiative") == initiative_id:
        return await turn.take_up(MEND, FormState.from_json(draft))
    await turn.put_aside()
    answers = answers_of(card)
    turn.form = FormState(form=MEND.name, tag="", step="", about=about)
    handler = turn.form_handler(MEND.name)
    context = turn.form_context(handler)
    state = forms.begin(MEND, context, answers, about)
    # Everything was asked the first time: what was left empty then is not asked again, but can be changed.
    skipped = tuple(
        one.name for one in MEND.live(answers, context) if one.name not in answers and not one.required
    )
    turn.form = forms.resume(
        MEND,
        FormState(
            **{
                **{name: getattr(state, name) for name in FormState.__slots__},
                "skipped": skipped,
                "step": forms.SUMMARY,
            }
        ),
        context,
    )
    screen = turn.show_form()
    words = (card.initiative.decision or {}).get("words", "")
    return replace(screen, text=turn.say("submit.mend_intro", words=words) + Markup("\n\n") + screen.text)


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
        "confidential": "yes" if one.confidential else "no",
    }
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
    initiative = await initiatives.mend(turn.act, state.about["initiative"], programme, submission)
    turn.form = None
    await conversations.drop_draft(turn.session, turn.who.person_id, MEND.name)
    return Screen(
        turn.say("submit.mended", code=initiative.code),
        ((Choice(turn.say("submit.see"), f"mine.open.{initiative.id}"),), menu_row(turn.say)),
    )


routes.form(FormHandler(SUBMIT, _submit_done, _facts, _left))
routes.form(FormHandler(MEND, _mend_done, _facts, _left))
