"""Every column of every table, and what it can hold of a person: the one list of where personal data is.

A column that is not here is refused by a test, so that nobody adds a place without saying what becomes of it when
somebody is erased. The eraser (``bot.services.people.erasing``) and the report of what is kept go by it.
"""

import enum
from collections.abc import Mapping


class MayHold(enum.StrEnum):
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


_BY_TABLE: Mapping[str, Mapping[MayHold, str]] = {
    "account": {
        MayHold.WHO: "by_code_of",
        MayHold.OWN: "id channel external_id person_id chat_id unreachable_since last_seen_at closed_at transcript_rev"
        " menu last_offer identity_rev",
    },
    "attachment": {MayHold.NOTHING: "id initiative_id position is_picture", MayHold.OWN: "media_id name"},
    "author": {
        MayHold.NOTHING: "id initiative_id position share",
        MayHold.OWN: "person_id born workplace title qualification",
        MayHold.WORDS: "name name_folded",
    },
    "bucket": {MayHold.NOTHING: "name free_at"},
    "campaign": {
        MayHold.NOTHING: "id kind unit_id phase_id starts ends state paused_at created_at ended_at",
        MayHold.WHO: "created_by",
        MayHold.WORDS: "name steps",
    },
    "campaign_target": {MayHold.NOTHING: "campaign_id unit_id number"},
    "claim": {
        MayHold.OWN: "id kind person_id unit_id subject state details made_at decided_at",
        MayHold.WHO: "decided_by",
    },
    "consent": {MayHold.EVIDENCE: "id person_id subject given at channel update_key language words"},
    "conversation": {MayHold.OWN: "person_id account_id updated_at", MayHold.WORDS: "form"},
    "credential": {
        MayHold.NOTHING: "name renewal renewed_at access use_until trying_since trying lost_at lost_why given"
    },
    "daily_count": {MayHold.NOTHING: "unit_id phase_id day submitted approved recognised recorded"},
    "data_request": {
        MayHold.OWN: "id person_id unit_id kind state made_at answer_until done_until answered_at words",
        MayHold.WHO: "answered_by",
    },
    "day_off": {MayHold.NOTHING: "day name"},
    "delivery": {
        MayHold.NOTHING: "mailing_id state not_before claimed_by sent_at channel error",
        MayHold.WHO: "person_id",
    },
    "device": {
        MayHold.OWN: "id account_id digest label created_at last_seen_at kiosk_id identity_rev digest_before"
        " changed_with changed_at"
    },
    "draft": {MayHold.OWN: "person_id form_name updated_at", MayHold.WORDS: "form"},
    "event": {
        MayHold.NOTHING: "id at kind initiative_id unit_id details words_digest",
        MayHold.WHO: "actor_id person_id",
    },
    "event_words": {MayHold.NOTHING: "event_id salt", MayHold.WORDS: "words"},
    "handout": {MayHold.OWN: "id account_id name content lapses_at"},
    "inbox": {
        MayHold.NOTHING: "channel update_key state received_at",
        MayHold.OWN: "account_external_id chat_id body",
    },
    "initiative": {
        MayHold.NOTHING: "id code programme_id phase_id unit_id state revision field topics first_applied"
        " first_applied_precision benefit benefit_in_money confidential submitted_at due_at claimed_until decided_at"
        " recognised_no recognised_on recorded_on",
        MayHold.WHO: "entered_by claimed_by decided_by",
        MayHold.WORDS: "name name_folded content situation_before conditions benefit_words participants decision",
    },
    "kiosk": {
        MayHold.NOTHING: "id digest unit_id label made_at last_used_at revoked_at",
        MayHold.WHO: "made_by revoked_by",
    },
    "mailing": {
        MayHold.NOTHING: "id key lane kind audience unit_id campaign_id state reason paused_at due_at until created_at"
        " started_at ended_at made_to total sent blocked failed uncertain skipped",
        MayHold.WHO: "created_by agreed_by",
        MayHold.WORDS: "details",
    },
    "mark": {MayHold.NOTHING: "name value"},
    "media": {MayHold.OWN: "id sha256 mime size created_at"},
    "offer": {MayHold.OWN: "account_id number made_at", MayHold.WORDS: "choices"},
    "opening_balance": {MayHold.NOTHING: "unit_id phase_id number benefit"},
    "outbox": {
        MayHold.NOTHING: "id key kind about team_chat_id lane state due_at created_at claimed_by sent_at again_at"
        " attempts error",
        MayHold.WHO: "person_id",
        MayHold.OWN: "channel chat_id message_ref",
        MayHold.WORDS: "details",
    },
    "pass": {
        MayHold.NOTHING: "id digest kind unit_id role created_at expires_at uses_left",
        MayHold.OWN: "person_id",
        MayHold.WHO: "created_by",
    },
    "person": {
        MayHold.NOTHING: "id created_at erased_at",
        MayHold.OWN: "name name_folded unit_id staff_code language born workplace title qualification shift"
        " reminders_off_at named_since notify_channel kept_on kept_files kept_bytes registered_at member_since restricted_since",
        MayHold.WHO: "became",
    },
    "phase": {MayHold.NOTHING: "id programme_id code name starts ends"},
    "process": {MayHold.NOTHING: "id name beat_at"},
    "programme": {MayHold.NOTHING: "id code name unit_id starts ends counts rules"},
    "reminded": {MayHold.NOTHING: "day mailing_id", MayHold.WHO: "person_id"},
    "role_grant": {
        MayHold.NOTHING: "id unit_id role granted_at revoked_at",
        MayHold.WHO: "person_id granted_by revoked_by",
    },
    "seal": {MayHold.NOTHING: "seq event_id link sealed_at"},
    "sent_count": {MayHold.NOTHING: "channel month number"},
    "serial": {MayHold.NOTHING: "series last"},
    "tally": {MayHold.NOTHING: "unit_id phase_id submitted approved recognised recorded opening benefit"},
    "target": {MayHold.NOTHING: "unit_id phase_id number"},
    "team_chat": {
        MayHold.NOTHING: "id channel chat_id unit_id bound_at unreachable_since",
        MayHold.WHO: "bound_by",
    },
    "transcript_line": {MayHold.OWN: "id account_id rev side at", MayHold.WORDS: "body"},
    "unit": {
        MayHold.NOTHING: "id code name name_folded kind parent_id path join_code members valid_from valid_until"
    },
    "wrong_code": {MayHold.OWN: "id channel account_external_id at"},
    "wrong_number": {MayHold.OWN: "id unit_id name_folded origin at"},
}

#: ``table.column``, and what it holds.
REGISTRY: Mapping[str, MayHold] = {
    f"{table}.{column}": holds
    for table, columns in _BY_TABLE.items()
    for holds, names in columns.items()
    for column in names.split()
}
