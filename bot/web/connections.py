"""HTTP connections with bounds: how long somebody may take, how much they may send, and how many they may hold.

Uvicorn waits for ever for a request that was begun, keeps a header of any size, and takes connections until the
machine has no handles left. Here each of these ends, and a machine that is full makes room: for somebody new, the
oldest connection that asks for nothing just now is closed, at the address that holds the most.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, ClassVar

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bot.web.tries import network_of

log = logging.getLogger(__name__)

#: Headers are given to the parser in such pieces, so that what is too long is known before it is kept.
_PIECE = 4096
#: So many for whom there was no room are told so at a time; others are closed without a word.
_REFUSED = 32
_REASONS = {
    408: "Request Timeout",
    411: "Length Required",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of connections; times in seconds, sizes in bytes."""

    #: In all, and from one address that is not a trusted proxy's.
    most: int
    each: int
    #: From the opening, or from a request's first byte, to the end of its headers.
    head_s: float = 10.0
    head_size: int = 16 * 1024
    #: What the longest body may have; the pages that take it ask for less.
    body_size: int = 21 * 1024 * 1024
    #: A body may come as slowly as this, after so many seconds in which it may stand still.
    body_rate: float = 4 * 1024
    body_grace_s: float = 20.0
    #: For so long the rest of a body is still taken after its answer, so that a browser reads that.
    linger_s: float = 5.0
    #: An answer of which somebody takes nothing for so long is dropped.
    write_s: float = 60.0


class _Reading(Enum):
    """Which part of a request comes next."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class Crowd:
    """All connections of a process, by address."""

    def __init__(self, bounds: Bounds, proxies: Iterable[str] = ()) -> None:
        """``proxies``: trusted ones, behind which many people are."""
        self.bounds = bounds
        self._proxies = tuple(ip_network(one, strict=False) for one in proxies)
        self._by_place: dict[str, dict[BoundedHttp, None]] = {}
        self._count = 0
        self._refused: set[BoundedHttp] = set()

    def admit(self, newcomer: "BoundedHttp", host: str) -> bool:
        """Count somebody new; another one makes room if need be. False where nobody can."""
        place = network_of(host)
        here = self._by_place.get(place, {})
        if len(here) >= self.bounds.each and not self._is_proxy(host) and not self._make_room([place]):
            return False
        if self._count >= self.bounds.most and not self._make_room(
            sorted(self._by_place, key=lambda one: len(self._by_place[one]), reverse=True)
        ):
            return False
        self._by_place.setdefault(place, {})[newcomer] = None
        self._count += 1
        newcomer.place = place
        return True

    def may_be_told(self, refused: "BoundedHttp") -> bool:
        """Whether somebody who was not admitted is told so; while they read it, they hold a handle of the bot's own."""
        if len(self._refused) >= _REFUSED:
            return False
        self._refused.add(refused)
        return True

    def leave(self, gone: "BoundedHttp") -> None:
        """Forget one that was closed."""
        self._refused.discard(gone)
        here = self._by_place.get(gone.place, {})
        if gone not in here:
            return
        del here[gone]
        self._count -= 1
        if not here:
            del self._by_place[gone.place]

    def _is_proxy(self, host: str) -> bool:
        return bool(self._proxies) and is_within(host, self._proxies)

    def _make_room(self, places: list[str]) -> bool:
        for place in places:
            for one in self._by_place[place]:
                if one.asks_nothing:
                    self.leave(one)
                    one.end()
                    return True
        return False


def is_within(host: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether an address lies in one of these networks."""
    try:
        found = ip_address(host)
    except ValueError:
        return False
    return any(found in one for one in networks)


class BoundedHttp(HttpToolsProtocol):
    """One connection. Made by :func:`bounded_http`, which says what it is one of."""

    crowd: ClassVar[Crowd]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """As Uvicorn makes it."""
        super().__init__(config, server_state, app_state, _loop)
        self.place = ""
        self._bounds = self.crowd.bounds
        self._reading = _Reading.NOTHING
        #: A request was given to the application.
        self._has_asked = False
        self._head = 0
        self._body = 0
        #: What is still to come of it.
        self._body_left = 0
        self._body_since = 0.0
        #: It has been told so, and what it still sends is thrown away.
        self._is_refused = False
        #: The status with which a request is refused for its headers alone.
        self._refused_as = 0
        self._read_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._unwritten = 0

    @property
    def asks_nothing(self) -> bool:
        """Whether no request is in hand, nor on its way with its headers complete."""
        return self._is_refused or (self._reading is not _Reading.BODY and not self._is_in_hand)

    @property
    def _is_in_hand(self) -> bool:
        return bool(self.pipeline) or (self._has_asked and not self.cycle.response_complete)

    # ------------------------------------------------------------ coming and going

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there."""
        super().connection_made(transport)
        if not self.crowd.admit(self, self.client[0] if self.client else ""):
            if self.crowd.may_be_told(self):
                self._refuse(503)
            else:
                self.transport.abort()
            return
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self.crowd.leave(self)
        self._stop_reading()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def end(self) -> None:
        """Close it now."""
        self._stop_reading()
        if not self.transport.is_closing():
            self.transport.close()
        self._watch_writing()

    def _refuse(self, status: int) -> None:
        """Say why, where no other request is being answered, and close.

        Not at once: what is closed before all that was sent to it is read takes its answer with it.
        """
        is_its_own = self._reading is _Reading.BODY and not self.pipeline and not self.cycle.response_started
        if (is_its_own or not self._is_in_hand) and not self.transport.is_closing():
            reason = _REASONS[status]
            again = "retry-after: 5\r\n" if status == 503 else ""
            self.transport.write(
                f"HTTP/1.1 {status} {reason}\r\ncontent-type: text/plain; charset=utf-8\r\n{again}"
                f"content-length: {len(reason)}\r\nconnection: close\r\n\r\n{reason}".encode()
            )
        if self._has_asked and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._stop_reading()
        self._is_refused = True
        if self.transport.is_closing():
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._read_timer = self.loop.call_later(self._bounds.linger_s, self.end)

    # ------------------------------------------------------------ reading

    def data_received(self, data: bytes) -> None:
        """Give it to the parser in pieces, none of which is both a header and a body."""
        while data and not self._is_refused and not self.transport.is_closing():
            size = _PIECE if self._reading is not _Reading.BODY else max(self._body_left, 1)
            piece, data = data[:size], data[size:]
            before = self._reading
            super().data_received(piece)
            if self._refused_as:
                self._refuse(self._refused_as)
                return
            if self._reading is _Reading.HEAD:
                self._head += len(piece) if before is not _Reading.BODY else 0
                if self._head > self._bounds.head_size:
                    self._refuse(431)
                    return
        self._wait_for_the_rest()

    def on_message_begin(self) -> None:
        """A request's first byte."""
        self._reading, self._head, self._refused_as = _Reading.HEAD, 0, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its headers are there; what comes without a length, or with too much of it, is not read at all.

        A length is known of whatever a browser, a messenger or a proxy sends us. Without one nobody could say how
        long to wait, and lines after the body could go on without end.
        """
        lengths = [value for name, value in self.headers if name == b"content-length"]
        if any(name == b"transfer-encoding" for name, _ in self.headers):
            self._refused_as = 411
        elif lengths and int(lengths[0]) > self._bounds.body_size:
            self._refused_as = 413
        elif self._head_so_far() > self._bounds.head_size:
            self._refused_as = 431
        if self._refused_as:
            return
        self._body_left = int(lengths[0]) if lengths else 0
        self._body, self._body_since = 0, self.loop.time()
        self._reading = _Reading.BODY
        self._stop_reading()
        super().on_headers_complete()
        self._has_asked = True

    def _head_so_far(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        if self._refused_as:
            return
        self._body += len(body)
        self._body_left -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """It is whole."""
        if self._refused_as:
            return
        self._reading = _Reading.NOTHING
        self._stop_reading()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered. What is left of its body is taken for a moment, then the connection goes."""
        super().on_response_complete()
        if self._reading is _Reading.BODY:
            self._unset_keepalive_if_required()
            self._stop_reading()
            self._read_timer = self.loop.call_later(self._bounds.linger_s, self.end)
        self._watch_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Nobody asked for anything more."""
        super().timeout_keep_alive_handler()
        self._watch_writing()

    def _wait_for_the_rest(self) -> None:
        if self._is_refused or self.transport.is_closing():
            return
        if self._reading is _Reading.BODY:
            if self._read_timer is None:
                self._look_at_body()
        elif self.asks_nothing and self._read_timer is None:
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        self._read_timer = self.loop.call_later(self._bounds.head_s, self._head_is_late)

    def _head_is_late(self) -> None:
        self._read_timer = None
        if self.asks_nothing:
            # To who said nothing at all, nothing is said: a browser may open a connection that it has no use for yet.
            if self._reading is _Reading.HEAD:
                self._refuse(408)
            else:
                self.end()

    def _look_at_body(self) -> None:
        """Look now and then whether it comes as fast as it must."""
        every = self._bounds.body_grace_s / 4
        self._read_timer = None
        if self._reading is not _Reading.BODY:
            return
        if self.flow.read_paused:
            # It is us who do not take it yet.
            self._body_since += every
        late = self.loop.time() - self._body_since - self._bounds.body_grace_s
        if late > 0 and self._body < late * self._bounds.body_rate:
            self._refuse(408)
            return
        self._read_timer = self.loop.call_later(every, self._look_at_body)

    def _stop_reading(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    # ------------------------------------------------------------ writing

    def pause_writing(self) -> None:
        """They take it more slowly than we give it."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """They took some of it."""
        super().resume_writing()
        self._unwritten = 0

    def _watch_writing(self) -> None:
        """From now on see to it that what is written leaves."""
        if self._write_timer is None:
            self._unwritten = self.transport.get_write_buffer_size()
            if self._unwritten:
                self._write_timer = self.loop.call_later(self._bounds.write_s, self._look_at_writing)

    def _look_at_writing(self) -> None:
        self._write_timer = None
        before = self._unwritten
        left = self.transport.get_write_buffer_size()
        if left and before and left >= before:
            log.info("an answer was dropped: nothing of it was taken")
            self.transport.abort()
            return
        self._watch_writing()


def bounded_http(bounds: Bounds, proxies: Iterable[str] = ()) -> type[BoundedHttp]:
    """The connections of one server, for its setting ``http``. ``proxies``: those behind which many people are."""

    class ServedHttp(BoundedHttp):
        crowd = Crowd(bounds, proxies)

    return ServedHttp
