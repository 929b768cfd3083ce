"""The recipe of a channel: its folder alone makes it take what comes in, answer it, and be written to."""

from pathlib import Path

from tests.recipes.tree import Tree

_CHANNEL = '''"""A messenger that writes what it is given to a list."""

from bot.conversation.vocabulary import Capabilities, IncomingFile, Recipient, Reply, Screen
from bot.delivery.channel import FileProblem, NotTranscribed, Sent
from storage.delivery.tables import Lane


class SlateChannel(NotTranscribed):
    """Buttons, and no files."""

    name = "slate"
    capabilities = Capabilities(buttons=True, edit=False, max_text=4_000, groups=False)
    bulk_at_once = 1

    def __init__(self) -> None:
        """Nothing is written yet."""
        self.lines: list[str] = []

    async def answer(self, reply: Reply) -> None:
        """Write the answer down."""
        self.lines += [str(screen.text) for screen in reply.screens]

    async def deliver(self, to: Recipient, screen: Screen, *, replaces: str = "", lane: Lane) -> Sent:
        """Write a notice down."""
        self.lines.append(str(screen.text))
        return Sent(str(len(self.lines)))

    async def fetch(self, file: IncomingFile, limit: int) -> bytes:
        """It takes no files."""
        raise FileProblem("files.unreachable")
'''

_DOOR = '''"""The slate's door: always on."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from bot.channels.door import Parts
from bot.channels.slate.channel import SlateChannel
from bot.reception.desk import Desk


def open_door(parts: Parts) -> "SlateDoor":
    """It needs no settings."""
    return SlateDoor()


class SlateDoor:
    """A slate, switched on."""

    bulk_per_second = 0.0
    carries_payload = False
    standing = 50

    def __init__(self) -> None:
        """A channel of its own."""
        self.channel = SlateChannel()

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """None."""
        return ()

    async def open(self) -> None:
        """Nothing to connect to."""

    async def take(self, desk: Desk) -> None:
        """Whoever writes brings it to the desk."""

    def shut(self) -> None:
        """Nothing comes in by itself."""

    async def close(self) -> None:
        """Nothing is connected."""

    def link(self, payload: str) -> str:
        """None."""
        return ""
'''

_TALK = """
import asyncio

from bot.config import Settings
from bot.conversation.vocabulary import Incoming, IncomingKind
from bot.cli.common import prepare
from bot.wiring import build


async def talk(settings):
    bot = await build(settings, is_demo=True)
    async with bot.running():
        for number, text in enumerate(("chào", "/menu"), 1):
            await bot.desk.accept(Incoming("slate", str(number), number, IncomingKind.TEXT, "7", "7", text=text))
        await bot.desk.settled()
        print(bot.channels["slate"].lines)


settings = Settings(database={"url": "sqlite:///demo.db"}, media={"folder": "media"})
prepare(settings)
asyncio.run(talk(settings))
"""


def test_a_channels_skeleton_is_its_folder_alone(tmp_path: Path) -> None:
    tree = Tree.copied_to(tmp_path)
    tree.adds("bot/channels/slate/__init__.py", '"""A slate."""\n')
    tree.adds("bot/channels/slate/channel.py", _CHANNEL)
    tree.adds("bot/channels/slate/door.py", _DOOR)
    tree.says("channel.toml", 'slate = "Bảng"', 'slate = "Slate"')

    ran = tree.runs("-c", _TALK)

    assert ran.returncode == 0, ran.stderr[-4_000:]
    assert "Công đoàn" in ran.stdout, ran.stdout
    assert all(path.startswith("bot/channels/slate/") for path in tree.changed)
