"""The Official Account's OpenAPI over HTTP: requests, answers, and which of our errors each of Zalo's is.

Zalo answers an error with status 200 and a number other than 0 in ``error``. The access token and the app's secret
travel in headers: nothing here puts headers, bodies or addresses into an error or a log line.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import aiohttp

from bot.config import ZaloOaSettings
from bot.delivery import channel as delivery

log = logging.getLogger(__name__)

#: Requests under way at once.
CONNECTIONS = 128
#: Seconds for the whole of a request, for its connection, and for one that carries a file.
_WHOLE_S = 15.0
_CONNECT_S = 5.0
_UPLOAD_S = 60.0
#: The largest answer that is read, in bytes.
_LARGEST = 256 * 1024

#: What Zalo's numbers mean (its tables of errors for the Official Account and for templates).
EXPIRED: Final = frozenset((-216, 216, -220, -401, 401, -124))
_RATE: Final = frozenset((-32,))
_QUOTA: Final = frozenset((-211, -144, -147))
_GONE: Final = frozenset((-213, -217, -227, -244, -114, -118, -119, -139, -141))
_WINDOW: Final = frozenset((-230, -232, -218))
_NIGHT: Final = frozenset((-234, -133))
_FAILED: Final = frozenset((-200,))
#: An uploaded file is kept for seven days.
ATTACHMENT_GONE: Final = -100
#: What only somebody who looks after the account can mend, and what they have to do.
_FOR_THE_ADMINISTRATOR: Final[Mapping[int, str]] = {
    -204: "the Official Account has been closed",
    -205: "there is no such Official Account",
    -209: "the app is not active: switch it on at developers.zalo.me",
    -212: "the app has not registered for the Official Account API: do so at developers.zalo.me",
    -219: "the app has been removed or switched off at developers.zalo.me",
    -221: "the Official Account is not verified: verify it at oa.zalo.me",
    -223: "the Official Account has not allowed the app to do this: allow it anew at developers.zalo.me",
    -224: "the Official Account needs a package: buy one at oa.zalo.me",
    -235: "this kind of Official Account may not do this",
    -242: "the proof is not accepted: see zalo_oa.proof and zalo_oa.app_secret",
    -248: "Zalo finds that the message breaks its rules",
    -249: "the template (zalo_oa.paid_template) may not be sent to followers",
    -320: "the app is not connected with a Zalo Cloud Account, which pays for templates",
    -321: "the Zalo Cloud Account has no money left",
    -131: "the template (zalo_oa.paid_template) is not approved",
    -109: "there is no such template (zalo_oa.paid_template)",
    -1122: "the template has a field of another name (zalo_oa.paid_template_field)",
}
#: A refresh token that is used up, run out or withdrawn.
_DEAD_RENEWALS: Final = frozenset((-14014, -14020, -118))

#: How long to wait for the minute of a ceiling.
_RATE_S = 20.0


class Expired(delivery.SendError):
    """The access token is not taken (any more); the request did nothing."""


class AttachmentGone(delivery.SendError):
    """Zalo has forgotten an uploaded file; the request did nothing."""


class Night(delivery.SendError):
    """Zalo takes such a message only in the day; the request did nothing."""


class RenewalFailed(Exception):
    """No new token was got. ``is_dead``: nor will there be one with this refresh token."""

    def __init__(self, why: str, *, is_dead: bool = False) -> None:
        """``why``: in words, without any token."""
        super().__init__(why)
        self.is_dead = is_dead


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a refresh token brings."""

    access: str
    renewal: str
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file, by the name under which messages carry it."""

    key: str
    value: str


class OpenApi:
    """Requests to Zalo. Open it with :meth:`start`."""

    def __init__(self, settings: ZaloOaSettings, *, whole_s: float = _WHOLE_S) -> None:
        """Nothing is contacted before it is used."""
        self._settings = settings
        self._secret = settings.app_secret.get_secret_value()
        self._whole_s = whole_s
        self._session: aiohttp.ClientSession | None = None
        self._told: set[int] = set()

    async def start(self) -> None:
        """Open the pool of connections."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def stop(self) -> None:
        """Close it."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    # ------------------------------------------------------------ messages

    async def send(self, access: str, user: str, message: Mapping[str, Any]) -> str:
        """Send a consultation message; gives Zalo's id for it. Raises :class:`delivery.SendError`."""
        body = {"recipient": {"user_id": user}, "message": message}
        return _message_id(await self._post_json(access, "/v3.0/oa/message/cs", body))

    async def send_template(self, access: str, user: str, text: str) -> str:
        """Send the approved template with a text in it; gives Zalo's id. Raises :class:`delivery.SendError`."""
        body = {
            "user_id": user,
            "template_id": self._settings.paid_template,
            "template_data": {self._settings.paid_template_field: text},
        }
        return _message_id(await self._post_json(access, "/v3.0/oa/message/template", body))

    async def upload(self, access: str, kind: str, name: str, content: bytes, mime: str) -> Upload:
        """Hand over a file (``kind``: image or file) for messages of the next days.

        Doing it again doubles nothing. Raises :class:`delivery.SendError`.
        """
        # Zalo reads the name as plain UTF-8, and what kind of file it is from its ending.
        form = aiohttp.FormData(quote_fields=False)
        plain = "".join(char if char.isprintable() and char != '"' else "_" for char in name)
        form.add_field("file", content, filename=plain, content_type=mime)
        path = f"/{self._settings.uploads}/oa/upload/{kind}"
        try:
            data = await self._post(access, path, _UPLOAD_S, data=form)
        except delivery.Uncertain as problem:
            raise delivery.NotSent(str(problem)) from None
        for key in ("attachment_id", "token"):
            if isinstance(value := data.get(key), str) and value:
                return Upload(key, value)
        raise delivery.NotSent("Zalo gave no id for an uploaded file")

    async def _post_json(self, access: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return await self._post(access, path, self._whole_s, data=data, kind="application/json")

    async def _post(
        self, access: str, path: str, whole_s: float, *, data: bytes | aiohttp.FormData, kind: str = ""
    ) -> Mapping[str, Any]:
        headers = {"access_token": access}
        if kind:
            headers["Content-Type"] = kind
        if self._settings.proof:
            proof = hmac.new(self._secret.encode(), access.encode(), hashlib.sha256)
            headers["appsecret_proof"] = proof.hexdigest()
        status, answer = await self._exchange(self._settings.api + path, headers, data, whole_s)
        code = _number(answer.get("error"))
        if code == 0 and status < 400:
            found = answer.get("data")
            return found if isinstance(found, dict) else {}
        raise self._named(status, code, str(answer.get("message", "")))

    def _named(self, status: int, code: int | None, message: str) -> delivery.SendError:
        """Which of our errors one of Zalo's is. Raised only for answers, so the request did nothing, unless it says so."""
        what = f"Zalo says {code}: {message[:120]}"
        if status >= 500 or code is None:
            return delivery.Uncertain(f"Zalo answered {status}")
        if code in EXPIRED or status == 401 or (code == -201 and "access token" in message.lower()):
            return Expired(what)
        if code in _RATE or status == 429:
            return delivery.TryLater(_RATE_S, everywhere=True)
        if code in _QUOTA:
            self._tell_once(
                code, "what the package or the month has is used up; it goes elsewhere, or once they write"
            )
            return delivery.OutsideWindow(what)
        if code in _NIGHT:
            return Night(what)
        if code in _GONE:
            return delivery.Unreachable(what)
        if code in _WINDOW:
            return delivery.OutsideWindow(what)
        if code in _FAILED:
            return delivery.NotSent(what)
        if code == ATTACHMENT_GONE:
            return AttachmentGone(what)
        if code in _FOR_THE_ADMINISTRATOR:
            self._tell_once(code, _FOR_THE_ADMINISTRATOR[code])
        return delivery.Rejected(what)

    def _tell_once(self, code: int, what: str) -> None:
        """Once, not with each of ten thousand messages."""
        if code not in self._told:
            self._told.add(code)
            log.error("Zalo refuses messages (%d): %s", code, what)

    # ------------------------------------------------------------ tokens

    async def renew(self, renewal: str) -> Renewed:
        """New tokens for a refresh token, which is good for this one use. Raises :class:`RenewalFailed`."""
        form = aiohttp.FormData(
            {"refresh_token": renewal, "app_id": self._settings.app_id, "grant_type": "refresh_token"}
        )
        url = f"{self._settings.oauth}/v4/oa/access_token"
        try:
            status, answer = await self._exchange(url, {"secret_key": self._secret}, form, self._whole_s)
        except delivery.SendError as problem:
            raise RenewalFailed(str(problem)) from None
        access, following = answer.get("access_token"), answer.get("refresh_token")
        if isinstance(access, str) and isinstance(following, str) and access and following:
            # Zalo writes the number as a string.
            return Renewed(access, following, timedelta(seconds=_number(answer.get("expires_in")) or 90_000))
        code = _number(answer.get("error"))
        words = answer.get("error_name") or answer.get("error_description") or answer.get("message") or ""
        why = f"Zalo says {code}: {str(words)[:120]}" if code is not None else f"Zalo answered {status}"
        raise RenewalFailed(why, is_dead=code in _DEAD_RENEWALS)

    # ------------------------------------------------------------ transport

    async def _exchange(
        self, url: str, headers: Mapping[str, str], data: bytes | aiohttp.FormData, whole_s: float
    ) -> tuple[int, Mapping[str, Any]]:
        """Status and body of an answer. Raises :class:`delivery.NotSent` or :class:`delivery.Uncertain`."""
        if self._session is None:
            raise delivery.NotSent("the connections are not open")
        patience = aiohttp.ClientTimeout(total=whole_s, sock_connect=_CONNECT_S)
        problem: delivery.SendError
        try:
            # A redirect would carry the token elsewhere.
            async with self._session.post(
                url, headers=headers, data=data, timeout=patience, allow_redirects=False
            ) as answer:
                return answer.status, _body(await _read(answer))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as caught:
            problem = delivery.NotSent(f"no connection to Zalo ({type(caught).__name__})")
        except TimeoutError:
            problem = delivery.Uncertain("Zalo did not answer in time")
        except (aiohttp.ClientError, ValueError) as caught:
            problem = delivery.Uncertain(f"the connection to Zalo broke ({type(caught).__name__})")
        # Outside of the handler: what the library raised holds the request with its headers.
        raise problem


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for piece in answer.content.iter_any():
        content += piece
        if len(content) > _LARGEST:
            answer.close()
            raise ValueError("the answer is too large")
    return bytes(content)


def _body(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _message_id(data: Mapping[str, Any]) -> str:
    return str(data.get("message_id") or data.get("msg_id") or "")
