"""Vietnamese or English."""

from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Choice, Screen
from bot.handlers.menu import menu_screen
from bot.handlers.turn import Turn
from bot.screens.help.actions import AskLanguage, ChooseLanguage, Language
from bot.services.people import profile

routes: Routes[Turn] = Routes()


@routes.command("ngonngu", "language", "lang", guests=True, listed="language")
async def language_command(turn: Turn) -> Screens:
    """Which one?"""
    say = turn.say
    return Screen(
        say("menu.language"),
        (
            (
                Choice.of(say("menu.vietnamese"), ChooseLanguage(Language.VIETNAMESE)),
                Choice.of(say("menu.english"), ChooseLanguage(Language.ENGLISH)),
            ),
        ),
    )


@routes.on(AskLanguage)
async def ask_language(turn: Turn, _action: AskLanguage) -> Screens:
    """From one's own data."""
    return await language_command(turn)


@routes.on(ChooseLanguage, guests=True)
async def choose_language(turn: Turn, action: ChooseLanguage) -> Screens:
    """From now on in this one; whatever is open goes on in it."""
    await profile.speak(turn.act, action.language.value)
    turn.who.language = action.language.value
    turn.say = turn.services.texts.say(action.language.value)
    said = Screen(turn.say("menu.language_set"))
    if turn.form is not None:
        return (said, turn.show_form())
    return (said, await menu_screen(turn)) if turn.who.registered else said
