"""Where a campaign stands: what each of its units has gained since it began, against its own target."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.services.act import Act
from bot.services.initiatives.programmes import ProgrammeBook
from bot.services.progress.progress import pace
from storage.campaigns import targets
from storage.campaigns.tables import Campaign, CampaignState
from storage.engine import Session
from storage.initiatives.tables import CountedState
from storage.progress import counts, daily
from storage.progress.counts import UnitCount


@dataclass(frozen=True, slots=True)
class Figures:
    """A campaign's figures for one of its units, with all below it. An ended campaign's stay those of its last day."""

    unit_id: int
    name: str
    members: int | None
    has_children: bool
    #: What counts of the phase by now (without opening balances), and what of it came since the campaign began.
    count: int
    gained: int
    target: int | None
    #: What came today; None when the campaign is over.
    today: int | None
    #: Today counts.
    days_left: int
    #: Initiatives a day from today on to reach the target; None without a target or without days.
    pace_needed: float | None

    @property
    def part(self) -> float | None:
        """Gain by target; None without a target."""
        return self.gained / self.target if self.target else None

    @property
    def per_member(self) -> float | None:
        """Gain by members; None when nobody said how many there are."""
        return self.gained / self.members if self.members else None


def counted_by(book: ProgrammeBook, campaign: Campaign) -> CountedState:
    """Which of the three yeses the campaign's programme counts."""
    programme = book.with_phase(campaign.phase_id)
    return programme.counts if programme else CountedState.APPROVED


async def of_unit(
    session: Session, book: ProgrammeBook, campaign: Campaign, unit_id: int, today: date
) -> Figures:
    """The figures of the campaign's unit, or of one below it."""
    rows = await counts.of_units(session, [campaign.phase_id], unit_id=unit_id)
    return (await _figures(session, book, campaign, rows, today))[0]


async def below(
    session: Session, book: ProgrammeBook, campaign: Campaign, unit_id: int, today: date
) -> Sequence[Figures]:
    """The figures of all units right below one."""
    rows = await counts.of_units(session, [campaign.phase_id], parent_id=unit_id)
    return await _figures(session, book, campaign, rows, today)


async def today_of(act: Act, book: ProgrammeBook, campaign: Campaign, unit_id: int) -> Figures:
    """A unit's figures today."""
    return await of_unit(act.session, book, campaign, unit_id, act.today)


async def today_below(act: Act, book: ProgrammeBook, campaign: Campaign, unit_id: int) -> Sequence[Figures]:
    """Today's figures of all units right below one."""
    return await below(act.session, book, campaign, unit_id, act.today)


async def _figures(
    session: Session, book: ProgrammeBook, campaign: Campaign, rows: Sequence[UnitCount], today: date
) -> list[Figures]:
    counted = counted_by(book, campaign)
    is_over = campaign.state is CampaignState.ENDED
    ids = [row.unit_id for row in rows]

    async def at_end(day: date) -> dict[int, int]:
        return await daily.at_end_of(session, ids, campaign.phase_id, day, counted.value)

    numbers = await targets.by_unit(session, campaign.id, ids)
    before = await at_end(campaign.starts - timedelta(days=1))
    lately = await at_end(campaign.ends if is_over else today - timedelta(days=1))
    has_begun = campaign.state in (CampaignState.RUNNING, CampaignState.ENDED)
    found = []
    for row in rows:
        number = row.unit_id
        count: int = lately.get(number, 0) if is_over else getattr(row, counted.value)
        gained = max(count - before.get(number, 0), 0) if has_begun else 0
        target = numbers.get(number)
        left, needed = pace(gained, target, today, campaign.starts, campaign.ends)
        found.append(
            Figures(
                unit_id=number,
                name=row.name,
                members=row.members,
                has_children=row.has_children,
                count=count,
                gained=gained,
                target=target,
                today=None if is_over else max(count - lately.get(number, 0), 0),
                days_left=left,
                pace_needed=needed,
            )
        )
    return found


async def days(
    session: Session, book: ProgrammeBook, campaign: Campaign, figures: Figures, today: date
) -> list[tuple[date, int]]:
    """What each day of the campaign brought to a unit, in order: the line of the picture."""
    counted = counted_by(book, campaign).value
    known = await daily.by_day(
        session, figures.unit_id, campaign.phase_id, campaign.starts, campaign.ends, counted
    )
    at_ends = dict(known)
    if figures.today is not None and campaign.starts <= today:
        at_ends[today] = figures.count
    last = figures.count - figures.gained
    found = []
    for day, count in sorted(at_ends.items()):
        found.append((day, max(count - last, 0)))
        last = count
    return found
