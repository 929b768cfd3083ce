"""Each family of mailings has one voice, which its feature brings."""

import pytest

from bot.conversation.routing import Routes
from bot.handlers.feature import Feature
from bot.handlers.features import all_features, gather
from bot.handlers.turn import Turn
from bot.screens.mailings.voice import broadcast
from bot.services.campaigns.moments import CAMPAIGN
from bot.services.mailings.kinds import BROADCAST


def test_whatever_services_plan_has_a_voice() -> None:
    assert set(all_features().voices) == {BROADCAST, CAMPAIGN}


def test_two_features_cannot_word_the_same_mailings() -> None:
    routes: Routes[Turn] = Routes()
    one, other = (
        Feature(name, routes=routes, voices={BROADCAST: broadcast}) for name in ("mailings", "campaigns")
    )

    with pytest.raises(ValueError, match="'broadcast' have two voices; again in campaigns"):
        gather([one, other])
