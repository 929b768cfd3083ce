"""The settings of the audit trail."""

from pathlib import Path

from bot.config.section import Section


class AuditSettings(Section):
    """Where the head of the chain is written every day: best to a place to which the bot may only add."""

    #: Empty: to no file.
    heads_file: Path | None = Path("data/audit-heads.txt")
    #: Also to the officers of the units that have none above them.
    send_heads: bool = False
