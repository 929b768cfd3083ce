"""The kinds of notices about what goes to many people."""

from bot.services.telling import NoticeKind

#: To a second officer: a large broadcast needs their yes.
AGREE = NoticeKind("agree")
#: To who confirmed a mailing: how far it is; changes as it moves on.
MAILING = NoticeKind("mailing")
#: To who wrote a mailing: the message as people will get it.
MAILING_TEST = NoticeKind("mailing_test")
#: To those who answer for the bot: a messenger's plan comes to its end. ``what`` is a word of ``notice.plan.*``.
PLAN = NoticeKind("plan")
