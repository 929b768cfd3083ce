"""Progress tap by tap and as a picture."""

from markupsafe import Markup

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import one_line
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.turn import Turn
from bot.screens.progress import picture
from bot.screens.progress.actions import Order, ShowPicture, ShowProgress
from bot.screens.rows import menu_row, pager
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.progress import progress

routes: Routes[Turn] = Routes()

PAGE = 8


@routes.command("tiendo", "progress", listed="progress")
async def progress_command(turn: Turn) -> Screens:
    """The progress of the widest unit that one looks after."""
    top = (await reach(turn.act)).top(Power.SEE_PROGRESS)
    return await show_progress(turn, ShowProgress(top.unit_id))


@routes.on(ShowProgress)
async def show_progress(turn: Turn, action: ShowProgress) -> Screens:
    """A unit in figures, and those right below it in an order."""
    unit, phase, order, page = action.unit, action.phase, action.order, action.page
    found = await progress.of_unit(turn.act, turn.services.programmes, unit, phase)
    say = turn.say
    lines = picture.progress_lines(say, found)
    rows: list[Row] = []
    children = progress.ranked(found.children, order.value)
    shown = children[page * PAGE : (page + 1) * PAGE]
    if shown:
        lines.append(say(f"progress.ranked_{order.value}"))
        for at, child in enumerate(shown, page * PAGE + 1):
            lines.append(Markup("{}. {}").format(at, picture.child_words(say, child)))
            label = one_line(f"{at}. {child.name}", 60)
            rows.append((Choice.of(label, ShowProgress(child.unit_id, phase, order)),))
    rows += pager(
        say,
        page,
        lambda to: ShowProgress(unit, phase, order, to),
        more=len(children) > (page + 1) * PAGE,
    )
    if len(children) > 1:
        rows.append(
            tuple(
                Choice.of(str(say(f"progress.by_{other.value}")), ShowProgress(unit, phase, other))
                for other in Order
                if other is not order
            )
        )
    phases = [
        Choice.of(one_line(one.name, 40), ShowProgress(unit, one.id, order))
        for one in found.programme.phases
        if found.phase is None or one.id != found.phase.id
    ]
    if found.phase is not None:
        phases.insert(0, Choice.of(str(say("progress.whole")), ShowProgress(unit, 0, order)))
    rows += [tuple(phases[at : at + 2]) for at in range(0, len(phases), 2)]
    last = [Choice.of(say("progress.picture"), ShowPicture(unit, phase))]
    if found.parent_id is not None and await progress.may_see(turn.act, found.parent_id):
        last.append(Choice.of(say("progress.up"), ShowProgress(found.parent_id, phase, order)))
    rows += [tuple(last), menu_row(say)]
    return Screen(Markup("\n").join(lines), tuple(rows), in_place=True)


@routes.on(ShowPicture)
async def show_picture(turn: Turn, action: ShowPicture) -> Screens:
    """The same as a picture, with the figures in words beside it."""
    say = turn.say
    found = await progress.of_unit(turn.act, turn.services.programmes, action.unit, action.phase)
    text = Markup("\n").join(picture.progress_lines(say, found))
    other = ShowPicture(action.unit, action.phase, dark=not action.dark)
    back = Choice.of(say("progress.back"), ShowProgress(action.unit, action.phase))
    drawn = picture.progress_picture(
        picture.progress_view(found, turn.now), say, str(text.striptags()), dark=action.dark
    )
    return Screen(
        text,
        (picture.other_ground(say, other, dark=action.dark), (back, *menu_row(say))),
        pictures=(drawn,),
    )
