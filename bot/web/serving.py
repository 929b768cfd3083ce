"""How the bot is served: the same bounds for ``run`` and for the tests."""

import logging
import resource

import uvicorn

from bot.config.web import WebSettings
from bot.web.connections import Bounds, bounded_http
from bot.web.guard import App

log = logging.getLogger(__name__)

#: Handles that are not connections': the database's, files that are read and written, messengers', decoders'.
RESERVED = 128
#: Idle connections stay open for so long; a proxy before us must let go of them earlier.
KEEP_ALIVE_S = 20


def raise_handles(web: WebSettings) -> None:
    """Ask the system for as many handles as all connections need, and say so where it does not allow them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = web.connections + RESERVED
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft != resource.RLIM_INFINITY and soft < wanted:
        log.warning(
            "the system allows %d open files: %d connections at once, rather than %d (ulimit -n, or LimitNOFILE=)",
            soft, connections(web, soft), web.connections,
        )  # fmt: skip


def handles() -> int:
    """How many file handles this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2**20 if soft == resource.RLIM_INFINITY else soft


def connections(web: WebSettings, allowed: int) -> int:
    """How many may be open at once where so many handles are ``allowed``; the bot itself keeps those that it needs."""
    return max(min(web.connections, allowed - min(RESERVED, allowed // 2)), 1)


def streams(web: WebSettings, allowed: int) -> int:
    """How many of them may be live streams; pages and messages always find room beside those."""
    return max(connections(web, allowed) * 3 // 5, 1)


def uploads(web: WebSettings, allowed: int) -> int:
    """How many of them may be bringing a file, each of which lies on the disk meanwhile."""
    return max(min(connections(web, allowed) // 10, 64), 4)


def bounds_of(web: WebSettings, allowed: int) -> Bounds:
    """One address gets half at most, and so not all; a workshop behind one address has hundreds."""
    most = connections(web, allowed)
    return Bounds(
        most,
        max(min(web.connections_per_address, most // 2), 1),
        head_s=web.header_seconds,
        head_size=web.header_kilobytes * 1024,
    )


def server_config(app: App, web: WebSettings, *, graceful_s: int = 3) -> uvicorn.Config:
    """How Uvicorn serves the ``app``; ``graceful_s``: how many seconds it waits at its end for what is under way."""
    bounds = bounds_of(web, handles())
    return uvicorn.Config(
        app,
        host=web.host,
        port=web.port,
        http=bounded_http(bounds, web.trusted_proxies),
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=graceful_s,
        timeout_keep_alive=KEEP_ALIVE_S,
        # The crowd makes room before that; this holds should it ever miscount, while there are handles left.
        limit_concurrency=bounds.most + RESERVED // 2,
        server_header=False,
        # Who is behind a proxy is known from the proxies that are trusted, and from nobody else.
        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=list(web.trusted_proxies),
    )
