"""A phone's browser for tests: the system's Chromium, which may talk to this machine alone."""

import os
import re
import shutil
from ipaddress import ip_address
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    Route,
)

#: The smallest part of what is on the market that most of the programme's workers have: an ordinary phone.
WIDTH, HEIGHT = 390, 844

_NAMES = ("chromium", "chromium-browser", "google-chrome")

_ARGUMENTS = (
    "--no-sandbox",  # it is started as root in containers
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers give it little of that
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What a page asks for is watched below; this holds the rest of the browser to the machine too.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)


def find_chromium() -> str | None:
    """The browser's program: what SANGKIEN_TESTS_CHROMIUM names, else what is installed; None when there is none."""
    named = os.environ.get("SANGKIEN_TESTS_CHROMIUM")
    for name in (named,) if named else _NAMES:
        if path := shutil.which(name):
            return path
    return None


def is_needed() -> bool:
    """Whether a missing browser is a failure rather than a reason to skip."""
    return os.environ.get("SANGKIEN_TESTS_NEED_BROWSER") == "1"


async def launch(playwright: Playwright, executable: str) -> Browser:
    """A running browser."""
    return await playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))


class Phones:
    """Opens phones for one test, each with cookies of its own, and collects what their browsers complain of."""

    def __init__(self, browser: Browser) -> None:
        """Use a browser that :func:`launch` started."""
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._allowed: list[re.Pattern[str]] = []

    async def open(
        self, *, width: int = WIDTH, height: int = HEIGHT, dark: bool = False, moving: bool = False
    ) -> Page:
        """Another person's phone; ``page.context.new_page()`` is a second window of the same person.

        ``moving``: bubbles rise and the page glides, for which each tap has to wait.
        """
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=1,  # pictures of pages stay small
            has_touch=True,
            is_mobile=True,
            color_scheme="dark" if dark else "light",
            reduced_motion="no-preference" if moving else "reduce",
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
        )
        self._contexts.append(context)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._complain(f"an exception: {error.error}"))
        context.on("request", self._on_request)
        await context.route(lambda url: not _is_here(url), _refuse)
        return await context.new_page()

    def allow(self, pattern: str) -> None:
        """Do not complain of what matches, such as ``ERR_INTERNET_DISCONNECTED`` where the network is cut."""
        self._allowed.append(re.compile(pattern))

    async def close(self) -> None:
        """Put all phones away."""
        for context in self._contexts:
            await context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complain(f"an error in the console: {message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        if not _is_here(request.url):
            self._complain(f"a request that leaves the machine: {request.url}")

    def _complain(self, complaint: str) -> None:
        if not any(pattern.search(complaint) for pattern in self._allowed):
            self.complaints.append(complaint)


async def _refuse(route: Route) -> None:
    try:
        await route.abort()
    except Error:
        # The page has been closed meanwhile; its request ended with it.
        return


def _is_here(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme in {"about", "blob", "data"}:
        return True
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
