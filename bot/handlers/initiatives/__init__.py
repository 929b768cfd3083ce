"""What people submit: the form, their own list, taking back and mending."""

from collections.abc import Mapping

from bot.handlers.feature import Feature, FileChoice, HelpPart, MenuEntry, MenuRow, routes_of
from bot.handlers.initiatives import alike, authorship, drafts, mend, mine, submit
from bot.handlers.initiatives.form import SUBMIT
from bot.handlers.turn import Turn
from bot.screens.initiatives.actions import ResumeDraft, ShowMine, Submit, SubmitForOther
from bot.screens.initiatives.notices import NOTICES
from bot.services import drafts as kept_drafts
from bot.services.initiatives import told
from bot.services.initiatives.authorship import AUTHOR
from bot.services.initiatives.privacy import PRIVACY
from bot.services.people.rights import Reach
from bot.services.people.roles import Power


async def _with_draft(turn: Turn, _reach: Reach) -> Mapping[str, object] | None:
    return {} if await kept_drafts.kept(turn.act, SUBMIT.name) is not None else None


FEATURE = Feature(
    "initiatives",
    routes=routes_of(submit.routes, drafts.routes, alike.routes, mend.routes, mine.routes, authorship.routes),
    menu=(
        MenuEntry("menu.resume", MenuRow.RESUME, lambda _reach: ResumeDraft(), shown=_with_draft),
        MenuEntry("menu.submit", MenuRow.OWN, lambda _reach: Submit()),
        MenuEntry("menu.mine", MenuRow.OWN, lambda _reach: ShowMine()),
        MenuEntry("menu.behalf", MenuRow.CHECK, lambda _reach: SubmitForOther(), Power.ENTER),
    ),
    help=(HelpPart("help.worker"),),
    notices=NOTICES,
    claims=(AUTHOR,),
    role_taken=told.close_cards_of,
    stray=(mine.read_code,),
    privacy=PRIVACY,
    after_registering=authorship.ask,
    for_files=(FileChoice("menu.submit", Submit()),),
)
