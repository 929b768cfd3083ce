"""Browsers that are signed in: cookies that scripts cannot read, kept here only as digests."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response

from bot.clock import Clock
from bot.services.act import Act
from bot.services.people import accounts, kiosks
from bot.services.people.passes import digest
from bot.services.people.privacy import Privacy
from storage.engine import Database, Session
from storage.people import devices as stored
from storage.people import kiosks as stored_kiosks
from storage.people.tables import Account, Device, Kiosk

COOKIE = "sk"
#: In a demo each person to be has one below a path of their own, beside whoever is signed in to the browser itself.
DEMO_COOKIE = "sk_demo"
#: At a kiosk two cookies take the place of that one: what the browser is, and whose turn it is.
KIOSK_COOKIE = "sk_kiosk"
TURN_COOKIE = "sk_turn"
#: A worker should not have to sign in again every month; browsers allow 400 days at most.
_LIFE = timedelta(days=400)
#: For so long after a change of cookie it is known that the old one was this browser's.
_OLD_COOKIE_KNOWN = timedelta(minutes=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Life:
    """How long a browser stays signed in: at most, and without being used. The server keeps count, whatever a cookie says."""

    longest: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who uses a browser now."""

    account: Account
    device_id: int
    #: The kiosk that the browser is, where the session is one of many.
    kiosk: Kiosk | None = None
    #: Their turn is over; only what the browser still holds of it is taken, and nothing is shown.
    has_left: bool = False


class Devices:
    """Signing browsers in and out."""

    def __init__(
        self, database: Database, clock: Clock, *, secure: bool, privacy: Sequence[Privacy], life: Life
    ) -> None:
        """``secure``: cookies only over HTTPS. ``privacy``: of all domains. ``life``: how long sessions last."""
        self._database = database
        self._clock = clock
        self._secure = secure
        self._privacy = privacy
        self._life = life

    def says_kiosk(self, request: HTTPConnection) -> bool:
        """Whether a browser says that it is a kiosk; it may have been revoked."""
        return self._named(KIOSK_COOKIE) in request.cookies

    def _token(self, request: HTTPConnection, name: str) -> str:
        token = request.cookies.get(self._named(name), "")
        return token if 20 <= len(token) <= 100 else ""

    def _named(self, name: str) -> str:
        """Over HTTPS no other site of the same domain, and nobody without HTTPS, can put such a cookie there.

        But one for a path of its own, in a demo.
        """
        return f"__Host-{name}" if self._secure and name != DEMO_COOKIE else name

    async def kiosk(self, request: HTTPConnection) -> Kiosk | None:
        """The kiosk that this browser is."""
        token = self._token(request, KIOSK_COOKIE)
        if not token:
            return None
        async with self._database.read() as session:
            return await stored_kiosks.of_token(session, digest(token))

    async def account(self, request: HTTPConnection, *, shared: bool = True) -> Account | None:
        """The account that this browser is signed in to."""
        found = await self.signed_in(request, shared=shared)
        return found.account if found is not None else None

    async def signed_in(
        self, request: HTTPConnection, *, shared: bool = True, left: bool = False
    ) -> SignedIn | None:
        """Who uses this browser now.

        ``shared``: whether it may be a kiosk, where only the turn's cookie counts; otherwise it is a person to be in a
        demo, below a path of their own.

        ``left``: also who has left a kiosk, by saying so or by silence, while nobody else has begun there. For what
        shows nothing of them: their browser hands over what it could not send.

        A turn's cookie is worth nothing without that of its kiosk, after its time, or once the kiosk is revoked. And a
        page says for whom it was made: one that is left over in another window must not write in the next one's name.
        """
        at = self._token(request, KIOSK_COOKIE) if shared else ""
        token = self._token(request, (TURN_COOKIE if at else COOKIE) if shared else DEMO_COOKIE)
        if not token:
            return None
        now = self._clock.now()
        async with self._database.read() as session:
            tokens = [digest(token), _left(token)] if at else [digest(token)]
            found = await stored.of_token(session, tokens)
            if found is None:
                return None
            device, account, kiosk = found
            if now - device.created_at > self._life.longest or now - device.last_seen_at > self._life.idle:
                return None
            if request.headers.get("x-account", account.external_id) != account.external_id:
                return None
            if kiosk is not None or at:
                is_its = kiosk is not None and kiosk.revoked_at is None and kiosk.digest == digest(at)
                has_left = device.digest != digest(token) or kiosks.is_silent(device, now)
                if not is_its or (has_left and not left):
                    return None
                if await kiosks.is_over(session, device, account, now):
                    return None
                return SignedIn(account, device.id, kiosk, has_left)
        if now - device.last_seen_at > timedelta(hours=6):
            async with self._database.write() as session:
                await stored.used(session, device.id, now)
        return SignedIn(account, device.id)

    async def sign_in(
        self, session: Session, account_id: int, request: HTTPConnection, kiosk_id: int | None = None
    ) -> str:
        """A token for a new device, or for a turn at a kiosk. What waited until they read somewhere goes now.

        Put it into the cookie with :meth:`give` or :meth:`give_turn` once this is committed.
        """
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        person_id = await stored.sign_in(
            session, account_id, digest(token), label=label_of(request), now=now, kiosk_id=kiosk_id
        )
        if person_id is not None:
            await accounts.wake(Act(session, now, person_id), self._privacy, person_id)
        return token

    async def renew(
        self, request: HTTPConnection, response: Response, found: SignedIn, key: str, demo: str = ""
    ) -> None:
        """After an update of somebody's: where it made them somebody else, or more, this browser gets another cookie.

        The old one opens nothing any more, in whatever browser it stands: whoever planted it is not signed in as who came
        in with it. ``key`` is the update's, see :meth:`again`; ``demo`` the path of a person to be.
        """
        token = self._token(request, self._cookie(found, demo))
        async with self._database.read() as session:
            rev = await stored.identity_rev(session, found.account.id)
        if rev != found.account.identity_rev:
            await self._change(response, found, token, key, rev, demo)

    async def again(self, request: HTTPConnection, response: Response, key: str, demo: str = "") -> bool:
        """The answer that brought a new cookie was lost, and the browser sends the same update once more.

        Only the browser that sent it knows its key. False for anybody else.
        """
        at = "" if demo else self._token(request, KIOSK_COOKIE)
        token = self._token(request, DEMO_COOKIE if demo else TURN_COOKIE if at else COOKIE)
        if not token:
            return False
        async with self._database.read() as session:
            known = await stored.renewed(session, digest(token))
        if known is None or known[0].changed_with != key or not self._is_young(known[0]):
            return False
        device, account = known
        fresh = secrets.token_urlsafe(32)
        async with self._database.write() as session:
            is_done = await stored.replace(session, device.id, device.digest, digest(fresh))
        if is_done:
            self._set(
                response,
                DEMO_COOKIE if demo else COOKIE if device.kiosk_id is None else TURN_COOKIE,
                fresh,
                demo or "/",
                lasting=device.kiosk_id is None,
            )
            log.info("a cookie was given once more on account %d", account.id)
        return is_done

    async def is_renewed(self, request: HTTPConnection) -> bool:
        """Whether this browser's cookie was changed a moment ago; it may not have the new one yet."""
        async with self._database.read() as session:
            for name in (COOKIE, TURN_COOKIE, DEMO_COOKIE):
                token = self._token(request, name)
                known = await stored.renewed(session, digest(token)) if token else None
                if known is not None and self._is_young(known[0]):
                    return True
        return False

    def _is_young(self, device: Device) -> bool:
        return device.changed_at is not None and self._clock.now() - device.changed_at < _OLD_COOKIE_KNOWN

    async def _change(
        self, response: Response, found: SignedIn, token: str, key: str, rev: int, demo: str
    ) -> None:
        fresh, now = secrets.token_urlsafe(32), self._clock.now()
        async with self._database.write() as session:
            is_done = await stored.renew(
                session, found.device_id, digest(token), digest(fresh), key=key, rev=rev, now=now
            )
        if is_done:
            self._set(response, self._cookie(found, demo), fresh, demo or "/", lasting=found.kiosk is None)

    @staticmethod
    def _cookie(found: SignedIn, demo: str) -> str:
        return DEMO_COOKIE if demo else COOKIE if found.kiosk is None else TURN_COOKIE

    def give(self, response: Response, token: str) -> None:
        """Set the cookie."""
        self._set(response, COOKIE, token, "/", lasting=True)

    def give_demo(self, response: Response, token: str, path: str) -> None:
        """Set the cookie of a person to be in a demo, whose chat is at ``path``."""
        self._set(response, DEMO_COOKIE, token, path, lasting=True)

    def give_kiosk(self, response: Response, token: str) -> None:
        """From now on this browser is a kiosk; who used it before is not signed in there any more."""
        self._set(response, KIOSK_COOKIE, token, "/", lasting=True)
        self._drop(response, COOKIE, "/")
        self._drop(response, TURN_COOKIE, "/")

    def give_turn(self, response: Response, token: str) -> None:
        """It is somebody's turn at this kiosk. A browser that is closed or killed forgets this cookie by itself."""
        self._set(response, TURN_COOKIE, token, "/", lasting=False)

    async def leave(self, session: Session, request: HTTPConnection, found: SignedIn) -> None:
        """Who has this turn goes: from now on its cookie shows nothing to whoever reloads the page."""
        token = self._token(request, TURN_COOKIE)
        now = self._clock.now()
        await stored.replace(session, found.device_id, digest(token), _left(token))
        await stored_kiosks.unread(session, [found.account.id], now, but=[found.device_id])

    def end_turn(self, response: Response) -> None:
        """Nobody's turn."""
        self._drop(response, TURN_COOKIE, "/")

    def no_kiosk(self, response: Response) -> None:
        """The browser is no kiosk any more."""
        for name in (KIOSK_COOKIE, TURN_COOKIE):
            self._drop(response, name, "/")

    async def sign_out(self, request: HTTPConnection, response: Response, demo: str = "") -> None:
        """Forget this browser; or in a demo the person to be whose chat is at the path ``demo``."""
        name = DEMO_COOKIE if demo else COOKIE
        token = request.cookies.get(self._named(name), "")
        async with self._database.write() as session:
            account = await stored.sign_out(session, digest(token))
            if account is not None:
                now = self._clock.now()
                await stored_kiosks.unread(session, [account], now)
                person_id = (await session.get_one(Account, account)).person_id
                Act(session, now, person_id).record("signed_out", person_id=person_id, channel="web")
        self._drop(response, name, demo or "/")

    def _set(self, response: Response, name: str, token: str, path: str, *, lasting: bool) -> None:
        response.set_cookie(
            self._named(name),
            token,
            max_age=int(_LIFE.total_seconds()) if lasting else None,
            path=path,
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )

    def _drop(self, response: Response, name: str, path: str) -> None:
        response.delete_cookie(
            self._named(name), path=path, httponly=True, samesite="lax", secure=self._secure
        )


def label_of(request: HTTPConnection) -> str:
    """What a browser calls itself."""
    return request.headers.get("user-agent", "")[:80]


def _left(token: str) -> bytes:
    """What is kept of a turn's token once its person has left: who looks for the token itself does not find it."""
    return digest(f"left:{token}")
