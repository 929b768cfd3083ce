"""Coming in, roles, devices, one's own data."""

from bot.handlers.feature import Chore, Every, Feature, MenuEntry, MenuRow, routes_of
from bot.handlers.people import (
    claims,
    codes,
    groups,
    invites,
    kiosk,
    me,
    places,
    register,
    registration,
    requests,
    sign_in,
    team,
    trail,
    unregistered,
    where_told,
)
from bot.screens.people.actions import GiveCode, ShowClaims, ShowMe, ShowRequests, ShowTeam
from bot.screens.people.claims import KINDS
from bot.screens.people.claims import NOTICES as CLAIM_NOTICES
from bot.screens.people.notices import NOTICES
from bot.screens.people.requests import NOTICES as REQUEST_NOTICES
from bot.services.people import requests as data_requests
from bot.services.people.roles import Power

FEATURE = Feature(
    "people",
    routes=routes_of(
        register.routes,
        registration.routes,
        codes.routes,
        unregistered.routes,
        me.routes,
        places.routes,
        where_told.routes,
        sign_in.routes,
        team.routes,
        groups.routes,
        kiosk.routes,
        claims.routes,
        invites.routes,
        requests.routes,
        trail.routes,
    ),
    menu=(
        MenuEntry("menu.signin_for", MenuRow.DECISIONS, lambda _reach: GiveCode(), Power.SIGN_IN),
        MenuEntry(
            "menu.team",
            MenuRow.STEER,
            lambda reach: ShowTeam(reach.top(Power.LOOK_AFTER).unit_id),
            Power.LOOK_AFTER,
        ),
        MenuEntry(
            "menu.claims", MenuRow.CHECK, lambda _reach: ShowClaims(), Power.LOOK_AFTER, claims.waiting
        ),
        MenuEntry(
            "menu.requests", MenuRow.CHECK, lambda _reach: ShowRequests(), Power.APPOINT, requests.waiting
        ),
        MenuEntry("menu.me", MenuRow.SELF, lambda _reach: ShowMe()),
    ),
    notices=(*NOTICES, *CLAIM_NOTICES, *REQUEST_NOTICES),
    claims=KINDS,
    stray=(register.read_code,),
    chores=(Chore(Every.MINUTE, kiosk.tidy), Chore(Every.HOUR, data_requests.remind)),
)
