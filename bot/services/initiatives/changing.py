"""Changing an initiative: the trail and the kept counts follow, in the same transaction, whatever changes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.services.act import Act
from storage.initiatives import tally
from storage.initiatives.tables import Initiative


@asynccontextmanager
async def change(
    act: Act,
    initiative: Initiative,
    event: str,
    *,
    is_new: bool = False,
    **details: Any,  # noqa: ANN401 - JSON
) -> AsyncIterator[Initiative]:
    """Change an initiative inside of the block; what people are told of it comes after.

    The trail then says ``event`` with ``details``, and what changed is added to the counts of all units above. A new
    initiative is written inside of the block, and adds all that it is.
    """
    before = tally.Change() if is_new else tally.standing(initiative)
    yield initiative
    act.record(event, initiative_id=initiative.id, unit_id=initiative.unit_id, **details)
    # The row is sent before the counts are asked for: see tally.add.
    await act.session.flush()
    await tally.add(act.session, initiative.unit_id, initiative.phase_id, tally.standing(initiative) - before)
