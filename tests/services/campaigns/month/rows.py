"""What the bot's tables say at the end of a simulated month, and what a pass over it finds."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from storage.engine import Database
from storage.mailings.tables import Delivery, Mailing


@dataclass(frozen=True, slots=True)
class SentRow:
    """A message of a campaign as the bot's table has it at the end."""

    number: int
    drive: int
    kind: str
    step: str
    state: str
    reason: str | None
    due: datetime
    started: datetime | None
    counts: Mapping[str, int]
    total: int


@dataclass(slots=True)
class Findings:
    """What the pass found."""

    #: By rule, with some examples.
    violations: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    arrived: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    skipped_mailings: Counter[str] = field(default_factory=Counter)
    people: int = 0

    def against(self, rule: str, example: str) -> None:
        self.violations[rule] += 1
        if len(self.examples[rule]) < 5:
            self.examples[rule].append(example)

    def __str__(self) -> str:
        return "\n".join(
            f"{rule}: {number}\n  " + "\n  ".join(self.examples[rule])
            for rule, number in self.violations.most_common()
        )


async def rows_of(database: Database) -> tuple[list[SentRow], dict[int, dict[int, tuple[str, str | None]]]]:
    """The bot's rows at the end: its campaigns' messages, and by message and person what became of it."""
    deliveries: dict[int, dict[int, tuple[str, str | None]]] = defaultdict(dict)
    async with database.read() as session:
        rows = [
            SentRow(
                one.id, one.campaign_id or 0, one.kind, one.details["step"], one.state.value, one.reason,
                one.due_at, one.started_at,
                {name: getattr(one, name) for name in ("sent", "blocked", "failed", "uncertain", "skipped")},
                one.total,
            )
            for one in await session.scalars(select(Mailing).where(Mailing.campaign_id.is_not(None)))
        ]  # fmt: skip
        found = await session.execute(
            select(Delivery.mailing_id, Delivery.person_id, Delivery.state, Delivery.error)
        )
        for mailing, person, state, error in found:
            deliveries[mailing][person] = state.value, error
    return rows, deliveries
