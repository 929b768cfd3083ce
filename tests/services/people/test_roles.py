"""Whatever a role needs is there: what it may do, and its words in each language."""

import pytest

from bot.services.people.roles import POWERS, Power, roles_with
from bot.texts import LANGUAGES, Texts
from storage.people.tables import Role

#: Sentences that each role has: what it is called, and the button that invites to it.
SENTENCES = ("role.{}", "team.invite_{}")


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts.load()


def test_each_role_may_do_something_and_each_power_is_somebodys() -> None:
    assert POWERS.keys() == set(Role)
    assert all(POWERS.values())
    assert all(roles_with(power) for power in Power)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [*(role.value for role in Role), "member"])
def test_each_role_has_its_words(texts: Texts, language: str, role: str) -> None:
    say = texts.say(language)
    missing = [key for one in SENTENCES if not say.has(key := one.format(role))]
    assert not missing
