"""All features together, found by domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

from bot.conversation.routing import Routes
from bot.conversation.vocabulary import Choice, Row, Sayer
from bot.delivery.mailing_clock import Objection
from bot.domains import found_in
from bot.handlers import menu
from bot.handlers.feature import (
    AfterRegistering,
    Chore,
    Every,
    Feature,
    FileChoice,
    HelpPart,
    MenuEntry,
    StrayReader,
)
from bot.handlers.turn import Turn
from bot.screens.composing import Voice
from bot.screens.telling import Notice, NoticeRows
from bot.services.people.appointing import RoleTaken
from bot.services.people.claims import ClaimKind
from bot.services.people.privacy import Privacy
from bot.services.telling import NoticeKind
from bot.services.units.moving import Follower


@dataclass(frozen=True, slots=True)
class Features:
    """What all domains add, put together once."""

    each: Sequence[Feature]
    routes: Routes[Turn]
    #: By row, within a row in the order of the domains.
    menu: Sequence[MenuEntry]
    help: Sequence[HelpPart]
    #: By kind.
    notices: Mapping[str, Notice]
    notice_rows: Sequence[NoticeRows]
    stray: Sequence[StrayReader]
    for_files: Sequence[FileChoice]
    chores: Mapping[Every, Sequence[Chore]]
    #: In the order of the domains.
    privacy: Sequence[Privacy]
    #: By name.
    claims: Mapping[str, ClaimKind]
    role_taken: Sequence[RoleTaken]
    after_registering: Sequence[AfterRegistering]
    followers: Sequence[Follower]
    #: By family of mailings.
    voices: Mapping[str, Voice]
    objections: Sequence[Objection]

    @property
    def told_again(self) -> Mapping[str, NoticeKind | None]:
        """The kinds that are told once more, each with the kind of later news that takes its place."""
        return {kind: notice.unless for kind, notice in self.notices.items() if notice.told_again}

    def with_chore(self, chore: Chore) -> "Features":
        """The same with one more chore, which needs what only the settings know."""
        return replace(self, chores={**self.chores, chore.every: (*self.chores[chore.every], chore)})

    def file_rows(self, say: Sayer) -> Sequence[Row]:
        """What can be done with a picture that no form waits for."""
        return tuple((Choice.of(say(one.key), one.action),) for one in self.for_files)


def gather(features: Sequence[Feature]) -> Features:
    """Put features together. Raises ValueError when two claim the same word, action, form, notice or mailings."""
    routes: Routes[Turn] = Routes()
    routes.include(menu.routes)
    notices: dict[str, Notice] = {}
    voices: dict[str, Voice] = {}
    for feature in features:
        routes.include(feature.routes)
        for notice in feature.notices:
            if notice.kind in notices:
                raise ValueError(f"the notice {notice.kind!r} has words twice; again in {feature.name}")
            notices[notice.kind] = notice
        for family, voice in feature.voices.items():
            if family in voices:
                raise ValueError(f"the mailings {family!r} have two voices; again in {feature.name}")
            voices[family] = voice
    chores = [chore for feature in features for chore in feature.chores]
    return Features(
        each=tuple(features),
        routes=routes,
        menu=tuple(sorted((entry for one in features for entry in one.menu), key=lambda entry: entry.row)),
        help=tuple(part for one in features for part in one.help),
        notices=notices,
        notice_rows=tuple(more for one in features for more in one.notice_rows),
        stray=tuple(read for one in features for read in one.stray),
        for_files=tuple(choice for one in features for choice in one.for_files),
        chores={every: tuple(one for one in chores if one.every is every) for every in Every},
        privacy=tuple(one.privacy for one in features if one.privacy is not None),
        role_taken=tuple(one.role_taken for one in features if one.role_taken is not None),
        claims={kind.name: kind for one in features for kind in one.claims},
        after_registering=tuple(
            one.after_registering for one in features if one.after_registering is not None
        ),
        followers=tuple(one for feature in features for one in feature.followers),
        voices=voices,
        objections=tuple(one for feature in features for one in feature.objections),
    )


def all_features() -> Features:
    """The features of every domain's folder."""
    return gather([import_module(f"bot.handlers.{name}").FEATURE for name in found_in("bot.handlers")])
