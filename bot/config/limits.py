"""The settings of how much one person may give in a day."""

from pydantic import Field

from bot.config.section import Section


class LimitSettings(Section):
    """More than anybody needs, and less than fills a disk."""

    #: Photos and documents of one person in a day, and all of them together in megabytes.
    files_a_day: int = Field(100, ge=1)
    megabytes_a_day: int = Field(300, ge=1)
    #: Photos of somebody who has not agreed yet that anything is kept, and their messages.
    guest_photos_a_day: int = Field(5, ge=0)
    guest_messages_a_day: int = Field(300, ge=20)
    #: Initiatives that one person sends for themselves.
    initiatives_a_day: int = Field(20, ge=1)
