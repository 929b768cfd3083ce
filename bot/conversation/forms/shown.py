"""What a form shows: its question, the candidates to choose from, and the summary, each as a screen."""

from dataclasses import replace

from markupsafe import Markup

from bot.conversation.forms.machine import PAGE_SIZE
from bot.conversation.forms.model import SUMMARY, Field, Json, Kind
from bot.conversation.forms.position import Position
from bot.conversation.forms.press import FormPress, Verb, action
from bot.conversation.vocabulary import Choice, Row, Screen, rows_of


def render(position: Position, note: Markup | None = None) -> Screen:
    """The current question, or the summary, as a screen; ``note`` goes before it."""
    one = position.current
    if position.state.step == SUMMARY or one is None:
        # Without its field the form changed under the question; the next message moves on.
        screen = _summary(position)
    elif position.state.candidates:
        screen = _candidates(position, one)
    elif position.state.parts:
        screen = _parts(position)
    else:
        screen = _question(position, one)
    return screen if note is None else replace(screen, text=note + Markup("\n\n") + screen.text)


def label_of(position: Position, one: Field) -> str:
    """What the summary calls a field."""
    key = f"{position.form.sentences}.{one.sentences}.label"
    return str(position.context.say(key, **one.args).striptags())


def shown(position: Position, one: Field, value: Json) -> str | Markup:
    """An answer as a person reads it.

    A field shows it in its own way, or else by the label of the option that it came from; files are counted. An
    answer that an older version of the bot stored in another shape counts as given, and no more.
    """
    say = position.context.say
    if one.show is not None:
        return one.show(value, position.context)
    if one.kind is Kind.FILES:
        return say("form.files_count", n=len(value))
    labels = {option.value: option.label for option in position.questions.options(one)}
    if one.kind is Kind.MANY:
        return ", ".join(labels.get(chosen, str(chosen)) for chosen in value)
    chosen = one.keep.option(value) if one.keep else value
    if isinstance(chosen, str) and chosen in labels:
        return labels[chosen]
    is_plain = isinstance(chosen, str | int) and not isinstance(chosen, bool)
    return str(chosen) if is_plain else say("form.noted")


def _question(position: Position, one: Field) -> Screen:
    say, state, form = position.context.say, position.state, position.form
    text = say(f"{form.sentences}.{one.sentences}.ask", **one.args)
    given = state.answers.get(one.name)
    ticked = given or () if one.kind is Kind.MANY else ()
    choices = [
        Choice(
            ("✓ " if option.value in ticked else "") + option.label, action(state, Verb.OPTION, option.value)
        )
        for option in position.questions.options(one)
    ]
    rows = rows_of(choices, one.width)
    if one.kind in (Kind.FILES, Kind.MANY) and given:
        done = [Choice(say("form.done"), action(state, Verb.DONE))]
        if one.kind is Kind.FILES:
            done.append(Choice(say("form.remove_last"), action(state, Verb.REMOVE)))
        rows += (tuple(done),)
    elif not one.required:
        skips = [Choice(say("form.skip"), action(state, Verb.SKIP))]
        if not state.mending and form.summary:
            skips.append(Choice(say("form.skip_rest"), action(state, Verb.SKIP_REST)))
        rows += (tuple(skips),)
    if one.kind in (Kind.TEXT, Kind.ONE) and one.name in state.answers:
        rows += ((Choice(say("form.keep"), action(state, Verb.KEEP)),),)
        now = Markup("<i>{}</i>").format(say("form.now", value=shown(position, one, given)))
        text = text + Markup("\n\n") + now
    return Screen(text, (*rows, _ways_out(position)), asks_words=one.kind is Kind.TEXT)


def _parts(position: Position) -> Screen:
    """The form has the first parts of a long text; more may come."""
    say, state = position.context.say, position.state
    row = (
        Choice(say("form.done"), action(state, Verb.DONE)),
        Choice(say("form.again"), action(state, Verb.AGAIN)),
    )
    text = say("form.part_taken", n=sum(map(len, state.parts)))
    return Screen(text, (row, _ways_out(position)), asks_words=True)


def _candidates(position: Position, one: Field) -> Screen:
    say, state = position.context.say, position.state
    again = Choice(say("form.write_again"), action(state, Verb.AGAIN))
    if len(state.candidates) == 1:
        right = Choice(say("form.right"), action(state, Verb.CANDIDATE, "0"))
        text = say("form.is_it_right", value=state.readback[0])
        return Screen(text, ((right, again), _ways_out(position)), asks_words=True)
    first = state.page * PAGE_SIZE
    on_page = list(enumerate(state.readback))[first : first + PAGE_SIZE]
    rows = rows_of([Choice(label, action(state, Verb.CANDIDATE, str(at))) for at, label in on_page])
    pages = []
    if state.page > 0:
        pages.append(Choice(say("form.page_before"), action(state, Verb.PAGE, str(state.page - 1))))
    if first + PAGE_SIZE < len(state.candidates):
        pages.append(Choice(say("form.page_after"), action(state, Verb.PAGE, str(state.page + 1))))
    rows += ((tuple(pages),) if pages else ()) + ((again,),)
    key = f"{position.form.sentences}.{one.sentences}.which"
    text = say(key, **one.args) if say.has(key) else say("form.which")
    return Screen(text, (*rows, _ways_out(position)), asks_words=True)


def _ways_out(position: Position) -> Row:
    say, state = position.context.say, position.state
    return (
        Choice(say("form.back"), action(state, Verb.BACK), word="0"),
        Choice(say("form.leave"), action(state, Verb.LEAVE), word="huy"),
    )


def _summary(position: Position) -> Screen:
    say, state, topic = position.context.say, position.state, position.form.sentences
    lines = [say(f"{topic}.summary")]
    changes: list[Choice] = []
    empty: list[str] = []
    for one in position.questions.live:
        label = label_of(position, one)
        value = state.answers.get(one.name)
        if value in (None, [], ""):
            empty.append(label)
        else:
            lines.append(Markup("<b>{}</b>: {}").format(label, shown(position, one, value)))
        change = FormPress(state.tag, SUMMARY, Verb.CHANGE, one.name)
        changes.append(Choice(str(say("form.change", what=label)), change.pack()))
    if empty:
        lines.append(Markup("<i>{}</i>").format(say("form.empty", fields=", ".join(empty))))
    send = Choice(say(f"{topic}.send"), action(state, Verb.SEND))
    return Screen(Markup("\n").join(lines), ((send,), *rows_of(changes, 2), _ways_out(position)))
