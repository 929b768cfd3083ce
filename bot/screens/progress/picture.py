"""How far a unit is, in words and as a picture."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from bot.conversation.actions import Action
from bot.conversation.vocabulary import Choice, Picture, Row
from bot.documents.progress_picture import draw_progress
from bot.documents.progress_view import ProgressRow, ProgressView
from bot.documents.words import needed_a_day, picture_words
from bot.services.progress.progress import Progress, Standing
from bot.texts import Say


def progress_lines(say: Say, found: Progress) -> list[Markup]:
    """The headline figures in words."""
    mine = found.unit
    lines = [
        Markup("<b>{}</b>").format(mine.name),
        Markup("{} · {} – {}").format(
            found.phase.name if found.phase else found.programme.name,
            say.date(found.starts),
            say.date(found.ends),
        ),
        say("progress.count", count=mine.count, target=mine.target, percent=say.percent(mine.part))
        if mine.part is not None
        else say("progress.count_no_target", count=mine.count),
    ]
    if found.pace_needed is not None:
        if found.pace_needed == 0:
            lines.append(say("progress.reached"))
        elif found.days_left:
            pace = say.number(needed_a_day(found.pace_needed))
            lines.append(say("progress.pace", pace=pace, n=found.days_left))
    elif mine.target and not found.days_left:
        lines.append(say("progress.over"))
    if mine.per_member is not None:
        lines.append(say("progress.per_member", rate=say.number(round(mine.per_member * 100, 1))))
    lines.append(
        say(
            "progress.states",
            submitted=mine.submitted,
            approved=mine.approved,
            recognised=mine.recognised,
            recorded=mine.recorded,
        )
    )
    if mine.benefit:
        lines.append(say("progress.benefit", amount=say.money(mine.benefit)))
    return lines


def child_words(say: Say, child: Standing) -> Markup:
    """A unit right below in one line."""
    parts = [say("progress.child", name=child.name, count=child.count)]
    if child.part is not None:
        parts.append(Markup.escape(say.percent(child.part)))
    if child.per_member is not None:
        parts.append(say("progress.child_per_member", rate=say.number(round(child.per_member * 100, 1))))
    return Markup(" · ").join(parts)


def progress_view(found: Progress, now: datetime) -> ProgressView:
    """The same as what a picture shows."""
    return ProgressView(
        unit_name=found.unit.name,
        phase_name=found.phase.name if found.phase else found.programme.name,
        as_of=now,
        count=found.unit.count,
        target=found.unit.target,
        pace_needed=found.pace_needed,
        per_member=found.unit.per_member,
        benefit_vnd=found.unit.benefit,
        rows=tuple(ProgressRow(child.name, child.count, child.target) for child in found.children[:40]),
        starts=found.starts,
        ends=found.ends,
    )


@dataclass(frozen=True, slots=True)
class ProgressDrawing:
    """The picture of a progress, drawn when it is sent."""

    view: ProgressView
    say: Say
    dark: bool = False

    def draw(self) -> bytes:
        """PNG."""
        return draw_progress(self.view, words=picture_words(self.say), dark=self.dark)


def progress_picture(view: ProgressView, say: Say, alt: str, *, dark: bool = False) -> Picture:
    """A progress as a picture: light unless ``dark``, and with the phone where the channel can follow it."""
    return Picture(alt, drawing=ProgressDrawing(view, say, dark), dark=ProgressDrawing(view, say, dark=True))


def other_ground(say: Say, other: Action, *, dark: bool = False) -> Row:
    """Below a picture: the same on the other ground, which ``other`` shows. ``dark``: the one that is shown now."""
    return (Choice.of(say("progress.light" if dark else "progress.dark"), other, for_fixed_ground=True),)
