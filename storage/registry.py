"""Every column of every table, and what it can hold of a person: the one list of where personal data is.

A column that is not here is refused by a test, so that nobody adds a place without saying what becomes of it when
somebody is erased. The eraser (``bot.services.people.erasing``) and the report of what is kept go by it.
"""

import enum
from collections.abc import Mapping


class Holds(enum.StrEnum):
    """What a column can hold."""

    #: Nothing of a person.
    NOTHING = "nothing"
    #: A person's id, which names nobody once the person's row is empty.
    WHO = "who"
    #: What is one person's own: it goes with them, by their domain's part of the eraser.
    OWN = "own"
    #: Words, names of files, or JSON, in which anybody may be named: searched for who is erased.
    WORDS = "words"
    #: Kept although it is personal: evidence of consent, which names nobody by itself.
    EVIDENCE = "evidence"


_BY_TABLE: Mapping[str, Mapping[Holds, str]] = {
    "account": {
        Holds.WHO: "by_code_of",
        Holds.OWN: "id channel external_id person_id chat_id unreachable_since last_seen_at closed_at transcript_rev"
        " menu last_offer identity_rev",
    },
    "attachment": {Holds.NOTHING: "id initiative_id position is_picture", Holds.OWN: "media_id name"},
    "author": {
        Holds.NOTHING: "id initiative_id position share",
        Holds.OWN: "person_id born workplace title qualification",
        Holds.WORDS: "name name_folded",
    },
    "bucket": {Holds.NOTHING: "name free_at"},
    "campaign": {
        Holds.NOTHING: "id kind unit_id phase_id starts ends state paused_at created_at ended_at",
        Holds.WHO: "created_by",
        Holds.WORDS: "name steps",
    },
    "campaign_target": {Holds.NOTHING: "campaign_id unit_id number"},
    "claim": {
        Holds.OWN: "id kind person_id unit_id subject state details made_at decided_at",
        Holds.WHO: "decided_by",
    },
    "consent": {Holds.EVIDENCE: "id person_id subject given at channel update_key language words"},
    "conversation": {Holds.OWN: "person_id account_id updated_at", Holds.WORDS: "form"},
    "credential": {
        Holds.NOTHING: "name renewal renewed_at access use_until trying_since trying lost_at lost_why given"
    },
    "daily_count": {Holds.NOTHING: "unit_id phase_id day submitted approved recognised recorded"},
    "day_off": {Holds.NOTHING: "day name"},
    "delivery": {
        Holds.NOTHING: "mailing_id state not_before claimed_by sent_at channel error",
        Holds.WHO: "person_id",
    },
    "device": {
        Holds.OWN: "id account_id digest label created_at last_seen_at kiosk_id identity_rev digest_before"
        " changed_with changed_at"
    },
    "draft": {Holds.OWN: "person_id form_name updated_at", Holds.WORDS: "form"},
    "event": {
        Holds.NOTHING: "id at kind initiative_id unit_id",
        Holds.WHO: "actor_id person_id",
        Holds.WORDS: "details",
    },
    "handout": {Holds.OWN: "id account_id name content lapses_at"},
    "inbox": {
        Holds.NOTHING: "channel update_key state received_at",
        Holds.OWN: "account_external_id chat_id body",
    },
    "initiative": {
        Holds.NOTHING: "id code programme_id phase_id unit_id state revision field topics first_applied"
        " first_applied_precision benefit benefit_in_money confidential submitted_at due_at claimed_until decided_at"
        " recognised_no recognised_on recorded_on",
        Holds.WHO: "entered_by claimed_by decided_by",
        Holds.WORDS: "name name_folded content situation_before conditions benefit_words participants decision",
    },
    "kiosk": {
        Holds.NOTHING: "id digest unit_id label made_at last_used_at revoked_at",
        Holds.WHO: "made_by revoked_by",
    },
    "mailing": {
        Holds.NOTHING: "id key lane kind audience unit_id campaign_id state reason paused_at due_at until created_at"
        " started_at ended_at made_to total sent blocked failed uncertain skipped",
        Holds.WHO: "created_by agreed_by",
        Holds.WORDS: "details",
    },
    "mark": {Holds.NOTHING: "name value"},
    "media": {Holds.OWN: "id sha256 mime size created_at"},
    "offer": {Holds.OWN: "account_id number made_at", Holds.WORDS: "choices"},
    "opening_balance": {Holds.NOTHING: "unit_id phase_id number benefit"},
    "outbox": {
        Holds.NOTHING: "id key kind about team_chat_id lane state due_at created_at claimed_by sent_at again_at"
        " attempts error",
        Holds.WHO: "person_id",
        Holds.OWN: "channel chat_id message_ref",
        Holds.WORDS: "details",
    },
    "pass": {
        Holds.NOTHING: "id digest kind unit_id role created_at expires_at uses_left",
        Holds.OWN: "person_id",
        Holds.WHO: "created_by",
    },
    "person": {
        Holds.NOTHING: "id created_at erased_at",
        Holds.OWN: "name name_folded unit_id staff_code language born workplace title qualification shift"
        " reminders_off_at named_since notify_channel kept_on kept_files kept_bytes registered_at member_since",
    },
    "phase": {Holds.NOTHING: "id programme_id code name starts ends"},
    "process": {Holds.NOTHING: "id name beat_at"},
    "programme": {Holds.NOTHING: "id code name unit_id starts ends counts rules"},
    "reminded": {Holds.NOTHING: "day mailing_id", Holds.WHO: "person_id"},
    "role_grant": {
        Holds.NOTHING: "id unit_id role granted_at revoked_at",
        Holds.WHO: "person_id granted_by revoked_by",
    },
    "sent_count": {Holds.NOTHING: "channel month number"},
    "serial": {Holds.NOTHING: "series last"},
    "tally": {Holds.NOTHING: "unit_id phase_id submitted approved recognised recorded opening benefit"},
    "target": {Holds.NOTHING: "unit_id phase_id number"},
    "team_chat": {
        Holds.NOTHING: "id channel chat_id unit_id bound_at unreachable_since",
        Holds.WHO: "bound_by",
    },
    "transcript_line": {Holds.OWN: "id account_id rev side at", Holds.WORDS: "body"},
    "unit": {
        Holds.NOTHING: "id code name name_folded kind parent_id path join_code members valid_from valid_until"
    },
    "wrong_code": {Holds.OWN: "id channel account_external_id at"},
    "wrong_number": {Holds.OWN: "id unit_id name_folded origin at"},
}

#: ``table.column``, and what it holds.
REGISTRY: Mapping[str, Holds] = {
    f"{table}.{column}": holds
    for table, columns in _BY_TABLE.items()
    for holds, names in columns.items()
    for column in names.split()
}
