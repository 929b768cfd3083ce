"""The kind of mailing that a person writes, and the kinds of notices about what goes to many people."""

from bot.services.telling import NoticeKind

#: A mailing that a person writes: its kind, and the first word of its key.
BROADCAST = "broadcast"

#: To a second officer: a large broadcast needs their yes.
AGREE = NoticeKind("agree")
#: To the author of a mailing: how far it is; the message changes as the mailing moves on.
MAILING = NoticeKind("mailing")
#: To the author of a mailing: the message as people will get it.
MAILING_TEST = NoticeKind("mailing_test")
#: To those who answer for the bot: a messenger's plan comes to its end. ``what`` is a word of ``notice.plan.*``.
PLAN = NoticeKind("plan")
