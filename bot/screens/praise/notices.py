"""What praise adds to others' notices."""

from collections.abc import Sequence

from bot.conversation.vocabulary import Choice, Row
from bot.screens.praise.actions import AskToBeNamed
from bot.screens.telling import NoticeRows, Telling
from bot.services.initiatives.told import DECISION
from storage.praise import naming


async def _may_we_name_you(telling: Telling) -> Sequence[Row]:
    """Ask authors once, when their initiative is approved, whether they may be named."""
    if telling.details["state"] != "approved" or telling.reader_id is None:
        return ()
    if await naming.was_asked(telling.session, telling.reader_id):
        return ()
    return ((Choice.of(telling.say("me.named"), AskToBeNamed()),),)


NOTICE_ROWS = (NoticeRows(DECISION, _may_we_name_you),)
