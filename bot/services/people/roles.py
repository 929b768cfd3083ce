"""What each role may do. A right is asked for by its power, never by the name of a role: a new role is a line here."""

import enum
from collections.abc import Mapping

from storage.people.tables import Role


class Power(enum.StrEnum):
    """Something that may be done in a unit and all below it."""

    #: Read and decide submissions, and talk with their authors about them.
    CHECK = "check"
    #: Enter an initiative for somebody else.
    ENTER = "enter"
    #: Enter the enterprise's recognition, and what was recorded in the national software.
    RECORD = "record"
    #: Read initiatives without deciding them.
    READ = "read"
    #: Give a one-time code to a member who lost their way in.
    SIGN_IN = "sign_in"
    #: See who holds a role; invite members, share phones, bind group chats.
    LOOK_AFTER = "look_after"
    #: Give roles, and take them back.
    APPOINT = "appoint"
    SEE_PROGRESS = "see_progress"
    #: Write to many people.
    WRITE = "write"
    #: Say a second yes to what others write to many people; pause it and take it back.
    AGREE = "agree"
    #: Plan and steer peak weeks and months.
    CAMPAIGN = "campaign"


#: Source: what the programme asks of a support team (Tổ hỗ trợ) and of officers; see ``docs/glossary.md``.
POWERS: Mapping[Role, frozenset[Power]] = {
    Role.SUPPORT: frozenset(
        {
            Power.CHECK,
            Power.ENTER,
            Power.RECORD,
            Power.SIGN_IN,
            Power.LOOK_AFTER,
            Power.SEE_PROGRESS,
            Power.WRITE,
        }
    ),
    Role.OFFICER: frozenset(
        {
            Power.READ,
            Power.LOOK_AFTER,
            Power.APPOINT,
            Power.SEE_PROGRESS,
            Power.WRITE,
            Power.AGREE,
            Power.CAMPAIGN,
        }
    ),
}


def roles_with(power: Power) -> frozenset[Role]:
    """The roles that have a power."""
    return frozenset(role for role, powers in POWERS.items() if power in powers)
