"""The kinds of notices that a check brings."""

from bot.services.telling import NoticeKind

#: To the author: the support team asks something.
QUESTION = NoticeKind("question")
#: To who asked: the author's answer.
ANSWER = NoticeKind("answer")
#: To the officers of a unit: one alone approved what they wrote or entered.
ALONE = NoticeKind("alone")
