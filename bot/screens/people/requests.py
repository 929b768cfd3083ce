"""What people ask of whoever holds their data, as officers see it; and the answer."""

from datetime import datetime

from markupsafe import Markup

from bot.conversation.vocabulary import Choice, Row, Screen
from bot.screens.people.actions import AnswerRequest, ShowRequest, ShowRequests, ShowRights
from bot.screens.quoting import quoted
from bot.screens.rows import menu_row
from bot.screens.telling import Notice, Telling
from bot.services.people import requests
from bot.services.people.requests import RequestView
from bot.texts import Say
from storage.people.claim_tables import DataRequest, RequestState
from storage.people.tables import Person


def request_text(say: Say, view: RequestView, now: datetime) -> Markup:
    """One request: who asks what, and by when it is answered."""
    made = view.request
    text = say(f"rights.{made.kind.value}.asked_by", who=view.name, at=say.moment(made.made_at))
    late = made.state is RequestState.WAITING and made.answer_until < now
    key = "rights.is_late" if late else "rights.answer_by"
    return (
        text
        + Markup("\n\n")
        + say(key, until=say.moment(made.answer_until), done=say.date(made.done_until.date()))
    )


def answers(say: Say, request_id: int) -> Row:
    """What an officer can answer."""
    return (
        Choice.of(say("rights.answer_done"), AnswerRequest(request_id, done=True)),
        Choice.of(say("rights.answer_no"), AnswerRequest(request_id, done=False)),
    )


async def _asked(telling: Telling) -> Screen | None:
    made = await telling.session.get(DataRequest, int(telling.details["request"]))
    if made is None or made.state is not RequestState.WAITING:
        return None
    person = await telling.session.get_one(Person, made.person_id)
    text = request_text(telling.say, RequestView(made, person.name), telling.now)
    return Screen(text, (answers(telling.say, made.id), menu_row(telling.say)))


async def _due(telling: Telling) -> Screen | None:
    screen = await _asked(telling)
    if screen is None:
        return None
    say = telling.say
    open_it = Choice.of(say("rights.open"), ShowRequest(int(telling.details["request"])))
    return Screen(
        say("rights.due") + Markup("\n\n") + screen.text,
        ((open_it, Choice.of(say("rights.all"), ShowRequests())), menu_row(say)),
    )


async def _reply(telling: Telling) -> Screen | None:
    made = await telling.session.get(DataRequest, int(telling.details["request"]))
    if made is None or made.state is RequestState.WAITING:
        return None
    say = telling.say
    text = say(f"rights.{made.kind.value}.{made.state.value}")
    if made.words:
        text += Markup("\n\n“{}”").format(quoted(made.words))
    return Screen(text, ((Choice.of(say("rights.button"), ShowRights()),), menu_row(say)))


NOTICES = (
    Notice(requests.ASKED, _asked, told_again=True),
    Notice(requests.DUE, _due, told_again=True),
    Notice(requests.REPLY, _reply, told_again=True),
)
