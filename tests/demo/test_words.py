"""What the demo's people write is whole: no gap is left in a sentence, and the bot's own forms would take it."""

import random

import pytest

from bot.conversation.text import has_words
from bot.demo import fates, words
from bot.demo.fates import Fate
from bot.services.initiatives.programmes import ProgrammeRules


def test_every_idea_reads_as_a_worker_would_write_it() -> None:
    rules = ProgrammeRules()
    fields, topics = ({one.code for one in listed} for listed in (rules.fields, rules.topics))
    dice = random.Random(0)  # noqa: S311 - dice keep no secret
    ideas = [words.idea(dice) for _ in range(500)]

    for idea in ideas:
        for text in (idea.name, idea.before, idea.content, idea.effect):
            assert has_words(text)
            assert "{" not in text
            assert text[0].isupper() or text[0].isdigit()
        assert len(idea.name) <= 120
        assert idea.field in fields
        assert set(idea.topics) <= topics
    assert {idea.field for idea in ideas} == fields
    assert len({idea.name for idea in ideas}) > 400


def test_reasons_of_returns_and_refusals_are_the_programmes_own() -> None:
    rules = ProgrammeRules()

    for kind, listed in (("returns", rules.return_reasons), ("rejects", rules.reject_reasons)):
        for why in words.read("talk")[kind]:
            assert set(why["reasons"]) <= {one.code for one in listed}


@pytest.mark.parametrize("number", [14, 15, 40, 2_000])
def test_every_fate_is_met(number: int) -> None:
    shared = fates.shared_out(number)

    assert len(shared) == number
    assert set(shared) == set(Fate)


def test_what_is_late_has_waited_longer_than_the_time_of_the_check() -> None:
    rules, dice = ProgrammeRules(), random.Random(0)  # noqa: S311 - dice keep no secret

    for _ in range(200):
        assert fates.days_ago(Fate.LATE, dice, 30) > rules.check_within_days
        nearly = rules.check_within_days - fates.days_ago(Fate.NEARLY_LATE, dice, 150)
        assert 0 < nearly <= rules.nearly_late_days
        assert fates.days_ago(Fate.FRESH, dice, 150) < rules.check_within_days - rules.nearly_late_days
