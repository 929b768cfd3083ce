"""After an erasure nothing is left: not in a table, not in a file, not in the log beside it, not in a dump."""

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.conversation.text import bare
from bot.conversation.vocabulary import IncomingFile, IncomingKind
from bot.screens.people.actions import EraseMe, ExportMe, GiveCode
from storage.base import Base
from storage.people.tables import Role
from storage.registry import REGISTRY, MayHold
from tests.handlers.talks import card_in_hand, fills_in, goes, newest, photo
from tests.talk import Stage, WebPerson, stage

NAME = "Quách Thị Ngân Hà"
ANSWER = "Dây curoa nhà em tự bện ba lớp"
PDF = b"%PDF-1.4 ban ve rieng cua Ha 77341\n%%EOF"
TAKEN = "ban-ve-cua-ha.pdf"


def test_every_column_says_what_it_can_hold_of_a_person() -> None:
    columns = {
        f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns
    }
    assert columns - REGISTRY.keys() == set(), "say in storage/registry.py what these hold"
    assert REGISTRY.keys() - columns == set(), "these are gone"


def test_whatever_points_at_a_person_is_known_to() -> None:
    person = Base.metadata.tables["person"].columns["id"]
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is person for key in column.foreign_keys):
                assert REGISTRY[f"{table.name}.{column.name}"] in (MayHold.WHO, MayHold.OWN, MayHold.EVIDENCE)


async def sends(worker: WebPerson, content: bytes, name: str) -> None:
    media = worker.bot.chat.media
    file = await media.take(IncomingFile("upload", name, is_picture=False), content)
    await worker._accept(IncomingKind.FILE, files=(file,))


async def lives_here(bot: Stage) -> tuple[WebPerson, bytes]:
    """Somebody leaves a trace in every place that there is; gives them, and their photo as it is kept."""
    support = await bot.person("Phạm Thị Lan", role=Role.SUPPORT)
    await bot.person("Lê Văn Sơn", role=Role.OFFICER)
    worker = await bot.guest()
    await worker.starts((await bot.unit("RALACO")).join_code)
    await worker.taps("Tôi đồng ý")
    await worker.says(NAME)
    await goes(worker, ("/sangkien", "tên là gì"), (f"Đai chống trượt của {NAME}", "làm thế nào"))
    await goes(
        worker,
        (f"Tôi, {NAME.upper()}, bện ba lớp", "lĩnh vực"),
        ("kỹ thuật", "lần đầu"),
        ("hôm qua", "vướng gì"),
    )
    await worker.says("bỏ qua hết")
    await worker.taps("✎ Ảnh, tài liệu")
    await sends(worker, photo("gold"), "anh.jpg")
    await sends(worker, PDF, TAKEN)
    await worker.says("xong")
    await worker.taps("✎ Người tham gia")
    await worker.says(f"{NAME} và tổ 3")
    await worker.taps("Gửi sáng kiến")
    number = await newest(bot)
    card = await card_in_hand(support)
    await support.taps("Hỏi tác giả", card)
    await support.says("Đai bện mấy lớp vậy chị?")
    await worker.settled()
    await worker.taps("Trả lời")
    await worker.says(ANSWER)
    await support.settled()
    # In another's open form, and in a draft of theirs.
    colleague = await bot.person("Đỗ Văn Bảy")
    await fills_in(colleague)
    await colleague.taps("✎ Tác giả")
    await colleague.says(f"Tôi 50%, {NAME} 50%")
    await colleague.taps("Đúng rồi")
    # A code that the team made for them, and a copy that they took of everything.
    await support.presses(GiveCode().pack())
    await support.says(bare(NAME).lower())
    await support.says("đúng")
    await worker.presses(ExportMe().pack())
    await worker.says("/sangkien")
    assert number
    media = bot.bot.settings.media.folder
    kept = [path.read_bytes() for path in media.glob("??/*")]
    return worker, next(one for one in kept if one.startswith(b"\xff\xd8"))


def looked_for(kept: bytes) -> list[bytes]:
    words = [NAME, NAME.upper(), bare(NAME), bare(NAME).lower(), ANSWER, TAKEN]
    found = [one.encode() for one in words] + [one.encode("unicode-escape") for one in words]
    # JSON escapes as \\uXXXX with small letters, as Python does.
    return [*found, kept[200:260], PDF[9:40]]


@pytest.mark.attack(
    "After an erasure a photo, a name or an answer is still in a file, a chat, a form or the log"
)
async def test_nothing_of_who_was_erased_is_left_anywhere(demo_url: str, tmp_path: Path) -> None:
    async with stage(demo_url, tmp_path) as bot:
        worker, kept = await lives_here(bot)
        before = await everything(bot, demo_url, tmp_path)
        assert all(one in before for one in (NAME.encode("unicode-escape"), kept[200:260], PDF[9:40])) or (
            NAME.encode() in before
        )
        await worker.presses(EraseMe(bot.clock.now()).pack())
        while_running = await everything(bot, demo_url, tmp_path)
    after = folder_of(demo_url, tmp_path) if demo_url.startswith("sqlite") else while_running
    for found in (while_running, after):
        for one in looked_for(kept):
            at = found.find(one)
            assert at < 0, found[max(0, at - 300) : at + 100]


async def everything(bot: Stage, url: str, folder: Path) -> bytes:
    """All bytes of the files; on PostgreSQL, of all rows and of the folder of media."""
    found = folder_of(url, folder)
    if url.startswith("sqlite"):
        return found
    async with bot.bot.database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = await session.execute(text(f'SELECT CAST(t AS TEXT) FROM "{table.name}" t'))  # noqa: S608
            found += "\n".join(row[0] for row in rows).encode()
        rows = await session.execute(text("SELECT content FROM handout"))
        return found + b"".join(row[0] for row in rows)


def folder_of(url: str, folder: Path) -> bytes:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        paths += list(file.parent.glob(f"{file.name}*"))
    return b"\n".join(path.read_bytes() for path in dict.fromkeys(paths))
