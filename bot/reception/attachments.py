"""Fetching what came with an update from its messenger, before the update is worked on."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.conversation.vocabulary import Incoming, IncomingFile
from bot.delivery.channel import Channel, FileProblem, NotSent
from bot.media.store import MediaStore
from bot.reception.lanes import Item
from bot.services.people.quota import Quota
from storage.trouble import brief

log = logging.getLogger(__name__)

#: How long to wait before a file is fetched again, at first; doubled each time. In seconds.
FETCH_AGAIN = 1.0
_ATTEMPTS = 6


class Attachments:
    """Fetches files one after another for each update, many updates side by side."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        media: MediaStore,
        quota: Quota,
        fetched: Callable[[Item], None],
    ) -> None:
        """``quota`` counts what is kept; ``fetched`` is told when an update has its files, or what is wrong with them."""
        self._channels = channels
        self._media = media
        self._quota = quota
        self._fetched = fetched
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def fetching(self) -> int:
        """For how many updates files are on their way."""
        return len(self._tasks)

    def fetch(self, item: Item) -> None:
        """Begin to fetch the files of an update."""
        task = asyncio.create_task(self._fetch(item))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fetch(self, item: Item) -> None:
        files = [await self._take(item.incoming, file) for file in item.incoming.files]
        item.incoming = item.incoming.with_files(files)
        self._fetched(item)

    async def _take(self, incoming: Incoming, file: IncomingFile) -> IncomingFile:
        if file.media_id is not None or file.problem is not None:
            return file
        wait, is_counted = FETCH_AGAIN, False
        for _ in range(_ATTEMPTS):
            try:
                content = await self._channels[incoming.channel].fetch(file, self._media.limit)
                if not is_counted:
                    await self._quota.take(
                        incoming.channel, incoming.account, len(content), is_photo=file.is_picture
                    )
                    is_counted = True
                return await self._media.take(file, content)
            except FileProblem as problem:
                return replace(file, problem=problem.key)
            except NotSent as problem:
                log.warning("a file could not be fetched from %s yet: %s", incoming.channel, problem)
            except Exception as problem:  # noqa: BLE001 - a full disk or a lost database may be there again
                log.error("a file from %s could not be kept yet: %s", incoming.channel, brief(problem))
            await asyncio.sleep(wait)
            wait *= 2
        return replace(file, problem="files.unreachable")
