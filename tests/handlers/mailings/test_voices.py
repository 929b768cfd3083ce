"""Each family of mailings has one voice, which its feature brings."""

import pytest

from bot.handlers.feature import Feature
from bot.handlers.features import all_features, gather
from bot.screens.mailings.voice import broadcast
from bot.services.campaigns.moments import CAMPAIGN
from bot.services.mailings.kinds import BROADCAST


def test_whatever_services_plan_has_a_voice() -> None:
    assert set(all_features().voices) == {BROADCAST, CAMPAIGN}


def test_two_features_cannot_word_the_same_mailings() -> None:
    one, other = (Feature(name, voices={BROADCAST: broadcast}) for name in ("mailings", "campaigns"))

    with pytest.raises(ValueError, match="'broadcast' have two voices; again in campaigns"):
        gather([one, other])
