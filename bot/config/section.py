"""What all sections of the settings are like."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section: a setting that it does not know is refused, and none changes while the bot runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)
