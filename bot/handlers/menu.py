"""The menu of each role, help, language, and what to say when nothing else fits."""

from collections.abc import Sequence

from bot.conversation.routing import Routes, Screens
from bot.conversation.text import fold
from bot.conversation.vocabulary import Choice, Row, Screen
from bot.handlers.notices import preceded, words_of
from bot.handlers.turn import Turn, menu_row
from bot.services.people import passes, people
from bot.services.refusal import Forbidden
from bot.services.review import review
from storage.conversation import conversations
from storage.delivery import outbox
from storage.people.tables import Role

routes: Routes[Turn] = Routes()


async def menu_screen(turn: Turn) -> Screen:
    """What this person can do, with the draft first when there is one."""
    say, rows = turn.say, list[Row]()
    roles = await people.roles(turn.act)
    draft = await conversations.draft(turn.session, turn.who.person_id, "submit")
    if draft is not None:
        rows.append((Choice(say("menu.resume"), "draft.resume"),))
    rows.append((Choice(say("menu.submit"), "new"), Choice(say("menu.mine"), "mine")))
    if Role.SUPPORT in roles:
        _, waiting = await review.queue(turn.act, offset=0, limit=0)
        rows.append(
            (
                Choice(say("menu.queue", n=review.counted(say, waiting)), "queue"),
                Choice(say("menu.behalf"), "behalf"),
            )
        )
        rows.append((Choice(say("menu.approved"), "enter"), Choice(say("menu.signin_for"), "codefor")))
    if roles:
        unit = (roles.get(Role.OFFICER) or roles[Role.SUPPORT])[0]
        rows.append(
            (Choice(say("menu.progress"), f"progress.{unit}"), Choice(say("menu.team"), f"team.{unit}"))
        )
        many = [Choice(say("menu.broadcast"), "bc.list")]
        if Role.OFFICER in roles:
            many.insert(0, Choice(say("menu.campaign"), "cp.list"))
        rows.append(tuple(many))
    rows.append((Choice(say("menu.me"), "me"), Choice(say("menu.help"), "help")))
    hello = say("menu.hello", name=turn.who.name) if turn.who.name else say("menu.hello_guest")
    return Screen(hello, tuple(rows))


@routes.command("menu", "m")
async def menu_command(turn: Turn) -> Screens:
    """The menu; an open form is put aside."""
    if turn.incoming.is_group:
        return Screen(turn.say("team.group_hello"))
    await turn.put_aside()
    return (*await _maybe_missed(turn), await menu_screen(turn))


async def _maybe_missed(turn: Turn) -> Sequence[Screen]:
    """Decisions that may not have arrived: nobody can ask a messenger, so they are told again here, once, as such."""
    screens = []
    for row in await outbox.uncertain_for(turn.session, turn.who.person_id):
        screen = await words_of(
            turn.session,
            turn.world,
            row.kind,
            {**row.details, "again": False},
            language=turn.who.language,
            reader_id=turn.who.person_id,
            now=turn.now,
        )
        if screen is not None:
            screens.append(preceded(screen, turn.say("notice.maybe_missed")))
        await outbox.told(turn.session, row.id, turn.now)
    return screens


@routes.action("menu")
async def menu_button(turn: Turn) -> Screens:
    """The menu, from anywhere."""
    return await menu_command(turn)


@routes.command("trogiup", "help", "huongdan", guests=True)
async def help_command(turn: Turn) -> Screens:
    """What one can do here, for one's role."""
    say = turn.say
    if turn.incoming.is_group:
        return Screen(say("team.group_hello"))
    parts = [say("help.everyone")]
    if turn.who.registered:
        roles = await people.roles(turn.act)
        parts = [say("help.worker")]
        parts += [say("help.support")] if Role.SUPPORT in roles else []
        parts += [say("help.officer")] if Role.OFFICER in roles else []
        parts += [say("help.everyone")]
    return Screen(say("help.between").join(parts), (menu_row(say),) if turn.who.registered else ())


@routes.action("help", guests=True)
async def help_button(turn: Turn) -> Screens:
    """The menu's button."""
    return await help_command(turn)


@routes.command("ngonngu", "language", "lang", guests=True)
async def language_command(turn: Turn) -> Screens:
    """Vietnamese or English."""
    return Screen(
        turn.say("menu.language"),
        ((Choice(turn.say("menu.vietnamese"), "lang.vi"), Choice(turn.say("menu.english"), "lang.en")),),
    )


@routes.action("lang", guests=True)
async def language_chosen(turn: Turn) -> Screens:
    """From now on in this language."""
    language = turn.args[0] if turn.args and turn.args[0] in ("vi", "en") else ""
    if not language:
        return await language_command(turn)
    await people.correct(turn.act, "language", language)
    turn.who.language = language
    turn.say = turn.world.texts.say(language)
    if turn.form is not None:
        return (Screen(turn.say("menu.language_set")), turn.show_form())
    if not turn.who.registered:
        return Screen(turn.say("menu.language_set"))
    return (Screen(turn.say("menu.language_set")), await menu_screen(turn))


@routes.command("huy", "thoat", "cancel", guests=True)
async def cancel(turn: Turn) -> Screens:
    """Out of whatever is going on."""
    if turn.incoming.is_group:
        return ()
    form = turn.form
    if form is not None:
        handler = turn.routes.forms.get(form.form)
        if handler is not None and handler.left is not None:
            return await handler.left(turn, form)
        await turn.put_aside()
    if not turn.who.registered:
        return Screen(turn.say("register.left"))
    return await menu_screen(turn)


@routes.action("left")
async def left(turn: Turn) -> Screens:
    """A form that has nothing of its own to say was left."""
    menu = await menu_screen(turn)
    return (Screen(turn.say("form.left")), menu)


@routes.action("closed", guests=True)
async def closed(turn: Turn) -> Screens:
    """A button of a form that is not open any more."""
    if turn.form is not None:
        return turn.show_form()
    if not turn.who.registered:
        return Screen(turn.say("form.closed_guest"))
    return (Screen(turn.say("form.closed")), await menu_screen(turn))


@routes.action("text")
async def other_text(turn: Turn) -> Screens:
    """Words that no form waits for: perhaps a code of an initiative; else the menu."""
    text = turn.incoming.text.strip()
    if passes.is_like(text):
        turn.args = (text,)
        return await turn.routes.commands["ma"].call(turn)
    if len(text) <= 40 and fold(text).count(" ") == 2:
        found = await review.find(turn.act, text)
        if found is not None:
            handler = turn.routes.actions["mine.open"]
            turn.args = ("open", str(found.id))
            try:
                return await handler.call(turn)
            except Forbidden:
                pass
    menu = await menu_screen(turn)
    return (Screen(turn.say("menu.not_understood")), menu)


@routes.action("file")
async def stray_file(turn: Turn) -> Screens:
    """A picture or document outside of any form."""
    if turn.incoming.is_group:
        return ()
    return Screen(turn.say("files.no_form"), ((Choice(turn.say("menu.submit"), "new"),), menu_row(turn.say)))


@routes.action("gone", guests=True)
async def gone(turn: Turn) -> Screens:
    """They blocked the bot, or took it out of a group: nothing more is sent there."""
    await conversations.unreachable(turn.session, turn.incoming.channel, turn.incoming.chat, turn.now)
    return ()
