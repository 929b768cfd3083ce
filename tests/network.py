"""The guard that keeps tests on this machine: whoever tries to leave it is refused, and the test fails."""

import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest
import uvloop


class UnexpectedConnection(AssertionError):
    """A test tried to reach another machine."""


class NetworkGuard:
    """Refuses connections and look-ups that would leave the machine, and remembers them.

    The memory is what makes a test fail even when the code under test caught the refusal.
    """

    def __init__(self) -> None:
        """Nothing is guarded before :meth:`install`."""
        self.refused: list[str] = []
        self._patch = pytest.MonkeyPatch()

    def install(self) -> None:
        """Guard this process: plain sockets, asyncio's own loop and uvloop."""
        for name in ("connect", "connect_ex"):
            self._wrap(socket.socket, name, self._check_peer)
        self._wrap(socket.socket, "sendto", lambda sock, _data, *rest: self._check_peer(sock, rest[-1]))
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            self._wrap(socket, name, lambda host, *_args, **_options: self._check_name(host))

        # uvloop resolves and connects in C, past Python's sockets.
        self._wrap(uvloop.Loop, "getaddrinfo", lambda _loop, host, *_args, **_options: self._check_name(host))
        self._wrap(uvloop.Loop, "sock_connect", lambda _loop, sock, address: self._check_peer(sock, address))
        self._wrap(
            uvloop.Loop,
            "create_connection",
            lambda _loop, _factory, host=None, *_args, **_options: self._check_host(host),
        )
        self._wrap(
            uvloop.Loop,
            "create_datagram_endpoint",
            lambda _loop, _factory, _local=None, remote_addr=None, **_options: self._check_host(
                remote_addr and remote_addr[0]
            ),
        )

    def uninstall(self) -> None:
        """Everything as it was."""
        self._patch.undo()

    def _wrap(self, owner: object, name: str, check: Callable[..., None]) -> None:
        original = getattr(owner, name)

        def guarded(*args: Any, **options: Any) -> Any:
            check(*args, **options)
            return original(*args, **options)

        self._patch.setattr(owner, name, guarded)

    def _check_peer(self, sock: socket.socket, address: Any) -> None:
        if sock.family in {socket.AF_INET, socket.AF_INET6}:
            self._check_host(address[0])

    def _check_host(self, host: str | bytes | None) -> None:
        if not _is_here(host):
            self._refuse(f"a connection to {host!r}")

    def _check_name(self, host: str | bytes | None) -> None:
        # A number needs no look-up, and connecting to it is checked by itself.
        if not _is_here(host) and _address(host) is None:
            self._refuse(f"looking up the name {host!r}")

    def _refuse(self, what: str) -> None:
        self.refused.append(what)
        raise UnexpectedConnection(f"tests stay on this machine, and this one tried {what}")


def _is_here(host: str | bytes | None) -> bool:
    if not host or host in {"localhost", b"localhost"}:
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str | bytes | None) -> Any:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ip_address(text)
    except ValueError:
        return None
