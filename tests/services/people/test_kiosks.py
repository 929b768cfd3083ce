"""Kiosks: whose code makes one, who signs in there, and what is left of a turn."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.services.people import kiosks, passes
from bot.services.refusal import Refusal
from storage.people.tables import Account, Device, Kiosk, Person, Role, RoleGrant
from tests.talk import Stage, WebPerson, stage


async def made(bot: Stage, by: WebPerson | None = None) -> Kiosk:
    unit = await bot.unit("RALACO")
    async with bot.bot.database.write() as session:
        code, _ = await kiosks.make_pass(bot.act(session, by), unit.id)
        await kiosks.make(bot.act(session), code, "Mozilla/5.0 (Linux; Android 14)")
        found = await session.scalar(select(Kiosk).order_by(Kiosk.id.desc()).limit(1))
    assert found is not None
    return found


async def takes_a_turn(bot: Stage, kiosk: Kiosk, account_id: int) -> None:
    now = bot.clock.now()
    async with bot.bot.database.write() as session:
        session.add(
            Device(
                account_id=account_id,
                digest=account_id.to_bytes(32),
                label="",
                created_at=now,
                last_seen_at=now,
                kiosk_id=kiosk.id,
            )
        )


async def test_a_kiosks_code_is_worth_what_its_maker_is(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        support = await bot.person("Lê Thị Tổ", role=Role.SUPPORT)
        kiosk = await made(bot, support)
        assert kiosk.made_by == support.account.person_id
        unit = await bot.unit("RALACO")
        async with bot.bot.database.write() as session:
            code, _ = await kiosks.make_pass(bot.act(session, support), unit.id)
            late, _ = await kiosks.make_pass(bot.act(session), unit.id)
            grant = await session.scalar(
                select(RoleGrant).where(RoleGrant.person_id == support.account.person_id)
            )
            assert grant is not None
            grant.revoked_at = bot.clock.now()
        bot.clock.advance(timedelta(minutes=30))
        with pytest.raises(Refusal):
            async with bot.bot.database.write() as session:
                await kiosks.make(bot.act(session), code, "")
        bot.clock.advance(kiosks.PASS_LIFE)
        with pytest.raises(Refusal):
            async with bot.bot.database.write() as session:
                await kiosks.make(bot.act(session), late, "")
        async with bot.bot.database.read() as session:
            assert await session.scalar(select(func.count()).select_from(Kiosk)) == 1


async def test_nobody_with_a_role_signs_in_at_a_kiosk_and_their_code_is_still_good(
    demo_url: str, tmp_path: Path
) -> None:
    async with stage(demo_url, tmp_path) as bot:
        support = await bot.person("Lê Thị Tổ", role=Role.SUPPORT)
        worker = await bot.person("Phạm Văn Tí")
        codes = []
        async with bot.bot.database.write() as session:
            for one in (support, worker):
                code, _ = await passes.for_device(bot.act(session, one), one.account.person_id)
                codes.append(code)
        with pytest.raises(Refusal, match=r"kiosk\.has_role"):
            async with bot.bot.database.write() as session:
                await kiosks.sign_in(bot.act(session), codes[0])
        async with bot.bot.database.write() as session:
            assert await passes.look(bot.act(session), codes[0]) is not None
            account = await kiosks.sign_in(bot.act(session), codes[1])
            assert (await session.get_one(Account, account)).person_id == worker.account.person_id
            assert await passes.look(bot.act(session), codes[1]) is None


async def test_of_who_left_nothing_nothing_is_kept_and_of_others_all(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        kiosk = await made(bot)
        unit = await bot.unit("RALACO")
        curious, writer = await bot.guest(), await bot.guest()
        member = await bot.person("Phạm Văn Tí")
        await curious.starts(unit.join_code)
        await writer.starts(unit.join_code)
        await writer.says("Tôi đồng ý")
        await member.says("/sangkien")
        await member.says("Xe đẩy phôi")
        for one in (curious, writer, member):
            await takes_a_turn(bot, kiosk, one.account.id)
        async with bot.bot.database.write() as session:
            ended = await kiosks.end_sessions(bot.act(session), kiosk.id)
            assert sorted(ended) == sorted(one.account.id for one in (curious, writer, member))
            assert await session.get(Person, curious.account.person_id) is None
            assert await session.get(Person, writer.account.person_id) is not None
            assert (await session.scalars(select(Device.id))).all() == []
        # At the very question where they were.
        assert "làm thế nào" in (await member.last()).text
        assert "lĩnh vực" in (await member.says("Hàn bốn bánh xe")).text


async def test_a_silent_session_is_read_by_nobody_and_ends_for_good_when_its_browser_stays_away(
    demo_url: str, tmp_path: Path
) -> None:
    async with stage(demo_url, tmp_path) as bot:
        kiosk = await made(bot)
        unit = await bot.unit("RALACO")
        curious, member = await bot.guest(), await bot.person("Phạm Văn Tí")
        await curious.starts(unit.join_code)
        for one in (curious, member):
            await takes_a_turn(bot, kiosk, one.account.id)
        for passed, closed, devices in (
            (kiosks.SILENCE + kiosks.GRACE, False, 2),
            (timedelta(seconds=1), True, 2),
            (kiosks.LONGEST_WAIT, True, 0),
        ):
            bot.clock.advance(passed)
            async with bot.bot.database.write() as session:
                await kiosks.tidy(bot.act(session))
            async with bot.bot.database.read() as session:
                account = await session.get_one(Account, member.account.id)
                assert (account.closed_at is not None) == closed
                assert await session.scalar(select(func.count()).select_from(Device)) == devices
        async with bot.bot.database.read() as session:
            assert await session.get(Person, curious.account.person_id) is None
            assert await session.get(Person, member.account.person_id) is not None
