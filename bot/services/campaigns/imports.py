"""The targets of a campaign from a file: how many initiatives each of its units is to bring while it runs."""

from bot.documents.table import Table, column, number_of
from bot.services.act import Act
from bot.services.campaigns import seeing
from bot.services.campaigns import targets as campaign_targets
from bot.services.imports import Outcome, Told, quiet, take_turn
from bot.services.refusal import Refusal
from bot.services.units.rows import unit_of_row
from storage.campaigns import targets as stored
from storage.units import tree
from storage.units.tables import Unit

COLUMNS = (
    column("unit", "unit code", "code", "ma don vi", "don vi", "ma"),
    column("number", "target", "chi tieu", "so luong"),
)


async def import_campaign_targets(
    act: Act, table: Table, *, campaign_id: int, dry_run: bool = False, told: Told = quiet
) -> Outcome:
    """Set the targets of a campaign's units; units that the file does not name keep theirs.

    With problems nothing is written: an unknown unit, one outside the campaign's, one twice, no number.
    """
    await take_turn(act.session)
    campaign = await seeing.get(act, campaign_id)
    if not campaign.is_open:
        raise Refusal("campaign.over")
    top = await act.session.get_one(Unit, campaign.unit_id)
    wanted = await _read(act, table, top)
    outcome = Outcome(problems=table.problems, ignored=table.ignored)
    if table.problems:
        return outcome
    kept = await stored.by_unit(act.session, campaign_id)
    for unit_id, number in wanted.items():
        before = kept.get(unit_id)
        if before == number:
            outcome.same += 1
        else:
            outcome.new, outcome.changed = (
                outcome.new + (before is None),
                outcome.changed + (before is not None),
            )
            if not dry_run:
                await campaign_targets.set_one(act, campaign_id, unit_id, number)
        told(1)
    return outcome


async def _read(act: Act, table: Table, top: Unit) -> dict[int, int]:
    units = await tree.paths_by_code(act.session)
    found: dict[int, int] = {}
    first: dict[int, int] = {}
    for row in table.rows:
        unit = unit_of_row(table, row, units, top, "cli.campaign.outside")
        number = number_of(table, row, "number", campaign_targets.MOST)
        if not row.cells.get("number"):
            table.wrong(row, "number", "cli.cell.empty")
        elif number == 0:
            table.wrong(row, "number", "cli.campaign.nought", most=campaign_targets.MOST)
        if unit is None or number is None:
            continue
        if unit in first:
            table.wrong(row, "unit", "cli.cell.twice", typed=row.cells["unit"], first=str(first[unit]))
        first.setdefault(unit, row.number)
        found[unit] = number
    return found
