"""Finding a unit by what an administrator types."""

from bot.services.refusal import Refusal
from storage.engine import Session
from storage.units import tree
from storage.units.tables import Unit


async def unit_of(session: Session, code: str) -> Unit:
    """The unit of a code, whatever its case. Raises :class:`Refusal`."""
    unit = await tree.of_code(session, code)
    if unit is None:
        raise Refusal("cli.unit_unknown", code=code)
    return unit
