"""How the imitation of Telegram misbehaves on request, and how it limits the rate."""

import enum
import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

#: Struck only by a fault that names them: a test that lets "everything" fail means what the bot sends.
_APART = ("getUpdates", "download")


class FaultKind(enum.StrEnum):
    """What goes wrong with a request."""

    #: An HTTP status with Telegram's kind of body.
    STATUS = "status"
    #: A page of HTML, such as a proxy shows.
    GARBAGE = "garbage"
    #: 429 with retry_after.
    FLOOD = "flood"
    #: No answer for as long as the other side waits.
    SILENT = "silent"
    #: The connection is cut.
    DROP = "drop"


@dataclass(slots=True)
class Fault:
    """The next ``times`` requests (None: all) of a method and chat (None: any) go wrong.

    With ``done`` the request takes effect first: it was delivered, and the bot cannot know.
    """

    kind: FaultKind
    times: int | None = 1
    method: str | None = None
    chat_id: int | None = None
    done: bool = False
    status: int = 500
    retry_after: int = 1

    def __post_init__(self) -> None:
        """From the control API the kind comes as a word."""
        self.kind = FaultKind(self.kind)

    def strikes(self, method: str, chat_id: int | None) -> bool:
        """Whether this request goes wrong; counts it."""
        if self.times == 0 or (method in _APART if self.method is None else self.method != method):
            return False
        if self.chat_id is not None and self.chat_id != chat_id:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class _Window:
    """At most ``limit`` in any ``seconds``."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._at: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Seconds until there is room; 0 when there is."""
        while self._at and self._at[0] <= now - self._seconds:
            self._at.popleft()
        return self._at[0] + self._seconds - now if len(self._at) >= self._limit else 0.0

    def take(self, now: float) -> None:
        self._at.append(now)


class Limits:
    """Telegram's ceilings: 30/s in all, 1/s a chat after a burst, 20/min in a group. Off until ``on``."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        overall: int = 30,
        burst: int = 3,
        group: int = 20,
    ) -> None:
        """``clock`` gives seconds, such as ``time.monotonic``."""
        self.on = False
        self.refused = 0
        self._clock = clock
        self._overall = _Window(overall, 1.0)
        self._chat: defaultdict[int, _Window] = defaultdict(lambda: _Window(burst, float(burst)))
        self._group: defaultdict[int, _Window] = defaultdict(lambda: _Window(group, 60.0))

    def refuse(self, chat_id: int) -> int:
        """Seconds for ``retry_after``, or 0 when the message may pass (and is counted)."""
        if not self.on:
            return 0
        now = self._clock()
        windows = [self._overall, self._chat[chat_id]]
        if chat_id < 0:
            windows.append(self._group[chat_id])
        wait = max(window.wait(now) for window in windows)
        if wait > 0:
            self.refused += 1
            return max(1, math.ceil(wait))
        for window in windows:
            window.take(now)
        return 0
