"""What can be asked of the bot about itself, by pressing."""

import enum

from bot.conversation.actions import Action, action


class Language(enum.StrEnum):
    """A language that the bot speaks."""

    VIETNAMESE = "vi"
    ENGLISH = "en"


@action("help")
class ShowHelp(Action):
    """What one can do here."""


@action("language")
class AskLanguage(Action):
    """Which language?"""


@action("lang")
class ChooseLanguage(Action):
    """From now on in this language."""

    language: Language
