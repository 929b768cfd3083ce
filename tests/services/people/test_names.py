"""A name without its marks finds somebody; who they are it never decides."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.text import fold, same_key
from bot.handlers.features import all_features
from bot.services.act import Act
from bot.services.initiatives import on_behalf
from bot.services.people import unregistered
from storage.people.tables import Role
from tests.services.people.test_unregistered import listed
from tests.talk import stage

PRIVACY = all_features().privacy


@given(st.text(max_size=40))
def test_the_same_but_for_case_and_spaces_is_the_same_and_folds_alike(name: str) -> None:
    assert same_key(same_key(name)) == same_key(name)
    assert same_key(f" {same_key(name)} ") == same_key(name)
    assert fold(same_key(name)) == fold(same_key(name).upper())


@pytest.mark.attack("What is entered for one goes to another whose name differs in a mark")
async def test_what_is_entered_for_one_is_never_anothers(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
        other, home = await bot.person("Nguyễn Văn Hùng"), (await bot.unit("RALACO")).id
        async with bot.bot.database.read() as session:
            for name, who in (
                ("Nguyễn Văn Hưng", None),
                ("Nguyen Van Hung", None),
                ("NGUYỄN  VĂN HÙNG", other.account.person_id),
            ):
                found = await on_behalf.author_of_name(bot.act(session, support), home, name)
                assert found.person_id == who, name


@pytest.mark.attack("Erasing one takes along another whose name differs in a mark")
async def test_who_is_erased_bears_exactly_the_name(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        home = await bot.unit("RALACO")
        async with bot.bot.database.write() as session:
            act = Act(session, bot.clock.now(), None)
            one = await listed(bot, session, "Nguyễn Văn Hưng", "NV1")
            other = await listed(bot, session, "Nguyễn Văn Hùng", "NV2")
            found = await unregistered.find(act, PRIVACY, home, "nguyễn văn hưng")
            assert [each.staff_code for each in found.found] == ["NV1"]
            assert [each.staff_code for each in found.alike] == ["NV2"]
            await unregistered.erase(act, PRIVACY, home, "Nguyễn Văn Hưng")
            assert (one.name, other.name) == ("—", "Nguyễn Văn Hùng")
