"""The order of what comes in: one lane for each account, in which one update at a time is in hand."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.conversation.vocabulary import Incoming, Screen

#: A channel and an account there, or a channel and an update's key.
Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class Item:
    """An update on its way through the desk."""

    incoming: Incoming
    done: asyncio.Future[None]
    #: Already in the inbox, to be worked on.
    stored: bool = False
    #: On its way there.
    storing: bool = False
    too_fast: bool = False
    #: What was said about that; a transaction may be done twice, and a warning is given once.
    warning: tuple[Screen, ...] | None = None

    @property
    def needs_fetching(self) -> bool:
        """Whether some of its files are still at the messenger."""
        return any(file.media_id is None and file.problem is None for file in self.incoming.files)

    @property
    def lane_key(self) -> Key:
        """Whose it is."""
        return (self.incoming.channel, self.incoming.account)

    @property
    def inbox_key(self) -> Key:
        """Which update it is."""
        return (self.incoming.channel, self.incoming.key)


@dataclass(slots=True)
class _Lane:
    items: deque[Item] = field(default_factory=deque)
    #: Being stored, fetched or worked on: nothing else of this account may start.
    current: Item | None = None


class Lanes:
    """All accounts' updates. Whatever changes here sets :attr:`wake`."""

    def __init__(self) -> None:
        """Nothing has come in."""
        self.wake = asyncio.Event()
        #: Set while no update is anywhere in the lanes.
        self.idle = asyncio.Event()
        self.idle.set()
        self._lanes: dict[Key, _Lane] = {}
        self._ready: deque[Key] = deque()
        self._to_store: list[Item] = []

    @property
    def to_start(self) -> int:
        """How many updates could be worked on or stored now."""
        return len(self._ready) + len(self._to_store)

    def __iter__(self) -> Iterator[Item]:
        """All updates that are not done."""
        for lane in self._lanes.values():
            yield from lane.items

    def waiting(self, key: Key) -> int:
        """How many updates of an account are not done."""
        lane = self._lanes.get(key)
        return len(lane.items) if lane is not None else 0

    def add(self, item: Item) -> None:
        """Take in an update: to be worked on when its turn comes, to be stored when it must wait for that."""
        key = item.lane_key
        lane = self._lanes.setdefault(key, _Lane())
        # Webhooks come in over many connections: what waits is put in the messenger's own order.
        at = len(lane.items)
        while at > 0 and not item.stored and lane.items[at - 1].incoming.order > item.incoming.order:
            at -= 1
        lane.items.insert(at, item)
        if lane.current is not None and not item.stored:
            self.store_later(item)
        elif len(lane.items) == 1:
            self._ready.append(key)
        self.idle.clear()
        self.wake.set()

    def take(self, most: int) -> Sequence[Item]:
        """The first updates of lanes in which nothing is in hand; they are in hand now."""
        items = []
        for key in [self._ready.popleft() for _ in range(min(most, len(self._ready)))]:
            lane = self._lanes[key]
            lane.current = lane.items[0]
            items.append(lane.items[0])
        return items

    def take_to_store(self) -> Sequence[Item]:
        """What is to be put in the inbox."""
        store, self._to_store = self._to_store, []
        return store

    def store_later(self, item: Item) -> None:
        """Its turn may come before it is in the inbox; it then waits for that."""
        item.storing = True
        self._to_store.append(item)

    def stored(self, item: Item) -> None:
        """An update is in the inbox; if it was waited for, its lane may start."""
        item.storing = False
        if self._lanes[item.lane_key].current is item:
            self.start(item.lane_key)

    def advance(self, item: Item) -> None:
        """An update is done: the next one of its lane may start."""
        # Something earlier by the messenger's count may have slipped in before it meanwhile.
        self._lanes[item.lane_key].items.remove(item)
        self.start(item.lane_key)

    def start(self, key: Key) -> None:
        """Nothing of a lane is in hand: its first one may start."""
        lane = self._lanes[key]
        lane.current = None
        if not lane.items:
            del self._lanes[key]
            if not self._lanes:
                self.idle.set()
        elif lane.items[0].storing:
            lane.current = lane.items[0]
        else:
            self._ready.append(key)
            self.wake.set()

    def album_goes_on(self, item: Item) -> bool:
        """Whether more pictures of the same album wait: they are answered together, with the last one."""
        album = item.incoming.album
        lane = self._lanes.get(item.lane_key)
        if not album or lane is None or any(file.problem for file in item.incoming.files):
            return False
        return item.incoming.album_goes_on or any(
            other is not item and other.incoming.album == album for other in lane.items
        )
