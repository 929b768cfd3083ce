"""A one-time code as it is shown: in words, as a picture to scan, and with a way to each messenger."""

from dataclasses import dataclass
from datetime import datetime

from bot.conversation.vocabulary import Choice, Picture, Screen
from bot.documents.qr import draw_qr
from bot.screens.rows import menu_row
from bot.services.shared import Services
from bot.texts import Say


@dataclass(frozen=True, slots=True)
class CodeDrawing:
    """The picture that another phone scans, drawn when it is sent."""

    address: str

    def draw(self) -> bytes:
        """PNG."""
        return draw_qr(self.address)


def code_screen(
    services: Services,
    say: Say,
    key: str,
    code: str,
    until: datetime,
    *,
    by_hand: bool = False,
    **args: object,
) -> Screen:
    """The screen of a code; ``key`` is its sentence, which ``args`` fill in besides.

    ``by_hand``: it opens nothing as a link, so that none is shown.
    """
    links = services.links
    ways = [str(say(f"channel.{name}")) for name in services.channels if name != "web"]
    return Screen(
        say(
            key,
            code=code,
            until=say.moment(until),
            url=links.public_url,
            by_message=say("passes.by_message", where=", ".join(ways)) if ways else "",
            **args,
        ),
        (
            *(
                (Choice(str(say("passes.open_in", where=say(f"channel.{name}"))), url=url),)
                for name, url in (() if by_hand else links.elsewhere(code))
            ),
            menu_row(say),
        ),
        pictures=()
        if by_hand
        else (Picture(str(say("passes.picture", code=code)), drawing=CodeDrawing(links.invite(code))),),
    )
