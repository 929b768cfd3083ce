"""What a feature must not lack: each thing that is missing fails a test that names it."""

import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from types import ModuleType

import pytest

import bot.screens
import bot.services
from bot.conversation.actions import Action, action
from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Screen
from bot.handlers.feature import Feature, HelpPart, MenuEntry, MenuRow
from bot.handlers.features import Features, all_features, gather
from bot.handlers.turn import Turn
from bot.screens.telling import Notice, Telling
from bot.services.people.roles import POWERS, Power
from bot.services.telling import NoticeKind
from bot.texts import LANGUAGES, Texts
from storage.people.tables import Role


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield import_module(found.name)


def declared_kinds() -> dict[str, str]:
    """Each kind of notice that a service declares, with the module that does."""
    return {
        str(value): module.__name__
        for module in modules_of(bot.services)
        for name, value in vars(module).items()
        if isinstance(value, NoticeKind) and name.isupper()
    }


def declared_actions() -> set[type[Action]]:
    return {
        value
        for module in modules_of(bot.screens)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Action) and value.word
    }


def lacking(features: Features, kinds: Sequence[str] = (), actions: Sequence[type[Action]] = ()) -> list[str]:
    """All that these features lack, each thing by its name."""
    return [
        *_sentences(features),
        *(f"the notice {kind} has no words" for kind in kinds if kind not in features.notices),
        *(f"{one.__name__} has no handler" for one in actions if one.word not in features.routes.actions),
        *_roles(features),
        *_menu(features),
    ]


def _sentences(features: Features) -> Iterator[str]:
    wanted = {entry.key for entry in features.menu} | {part.key for part in features.help}
    wanted |= {choice.key for choice in features.for_files}
    wanted |= {f"commands.{topic}" for topic in features.routes.listed}
    wanted |= {f"role.{role.value}" for role in Role}
    for language in LANGUAGES:
        say = Texts.load().say(language)
        for key in sorted(wanted):
            if not say.says_itself(key):
                yield f"{key} is not said in {language}"


def _roles(features: Features) -> Iterator[str]:
    for role in Role:
        powers = POWERS.get(role, frozenset())
        if not powers:
            yield f"the role {role.value} may do nothing"
        if not any(entry.power in powers for entry in features.menu):
            yield f"the role {role.value} has no screen: no entry of the menu is for it"
        if not any(part.power in powers for part in features.help):
            yield f"the role {role.value} has no help"


def _menu(features: Features) -> Iterator[str]:
    held = frozenset().union(*POWERS.values())
    for entry in features.menu:
        if entry.power is not None and entry.power not in held:
            yield f"nobody may see the menu's entry {entry.key}"
    for power in Power:
        if power not in held:
            yield f"no role has the power {power.value}"


def test_no_feature_lacks_anything() -> None:
    assert not lacking(
        all_features(), list(declared_kinds()), sorted(declared_actions(), key=lambda one: one.word)
    )


def test_there_is_something_to_check() -> None:
    assert {"card", "decision", "role", "mailing"} <= set(declared_kinds())
    assert len(declared_actions()) > 50


# Each thing is taken away once, and is named.


@action("test.nowhere")
class GoNowhere(Action):
    """Nothing takes it."""


async def _says(_telling: Telling) -> Screen | None:
    return None


def with_feature(feature: Feature) -> Features:
    return gather([*all_features().each, feature])


def test_a_sentence_that_nobody_says_is_named() -> None:
    entry = MenuEntry("menu.nowhere", MenuRow.OWN, lambda _reach: GoNowhere())

    found = lacking(with_feature(Feature("nowhere", menu=(entry,), help=(HelpPart("help.nowhere"),))))

    assert found == [
        f"{key} is not said in {language}"
        for language in LANGUAGES
        for key in ("help.nowhere", "menu.nowhere")
    ]


def test_a_notice_without_words_is_named() -> None:
    assert lacking(all_features(), ["nowhere_called"]) == ["the notice nowhere_called has no words"]


def test_an_action_without_a_handler_is_named() -> None:
    assert lacking(all_features(), (), [GoNowhere]) == ["GoNowhere has no handler"]


def test_an_entry_that_nobody_may_see_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for role in Role:
        monkeypatch.setitem(POWERS, role, POWERS[role] - {Power.CAMPAIGN})

    assert "nobody may see the menu's entry menu.campaign" in lacking(all_features())


def test_a_role_without_a_screen_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POWERS, Role.SUPPORT, frozenset({Power.AGREE}))

    found = lacking(all_features())

    assert "the role support has no screen: no entry of the menu is for it" in found
    assert "the role support has no help" in found


def test_two_features_cannot_word_the_same_notice() -> None:
    twice = Feature("second", notices=(Notice(NoticeKind("card"), _says),))

    with pytest.raises(ValueError, match="'card' has words twice; again in second"):
        with_feature(twice)


def test_two_features_cannot_take_the_same_command() -> None:
    routes: Routes[Turn] = Routes()

    @routes.command("menu")
    async def _other(_turn: Turn) -> Screens:
        return ()

    with pytest.raises(ValueError, match="'menu' is registered twice"):
        with_feature(replace(Feature("second"), routes=routes))
