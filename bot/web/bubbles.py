"""The bubbles of a chat as a browser gets them: older ones, pictures and documents."""

import hmac
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.web.devices import SignedIn
from bot.web.page import HEADERS, PRIVATE
from bot.web.parts import Place
from storage.conversation import transcript
from storage.conversation.tables import TranscriptLine
from storage.delivery import handouts
from storage.people.tables import Account

#: What is shown of a long chat at first, and of each step back.
STEP = 50


class Bubbles:
    """What was said in a chat."""

    def __init__(self, place: Place) -> None:
        """For the chat of a place."""
        self._place = place

    async def history(self, request: Request) -> Response:
        """Older bubbles."""
        found = await self._place.signed_in(request)
        if found is None:
            return JSONResponse({"error": "", "signed_out": True}, 401, headers=dict(PRIVATE))
        account = found.account
        before = request.query_params.get("before", "")
        if not before.isdecimal() or len(before) > 17:
            return JSONResponse({"error": ""}, 400)
        async with self._place.parts.database.read() as session:
            lines = await transcript.last(session, account.id, STEP + 1, before=int(before))
        more = len(lines) > STEP
        shown = [self.shown(line, found) for line in lines[-STEP:]]
        return JSONResponse({"lines": shown, "more": more}, headers=dict(PRIVATE))

    def shown(self, line: TranscriptLine, found: SignedIn) -> dict[str, Any]:
        """A bubble for the browser. At a kiosk no document can be opened: it would stay in the phone's folder."""
        body = dict(line.body)
        if "pictures" in body:
            body["pictures"] = [
                {
                    "alt": one["alt"],
                    "url": self._media_url(found.account, one["media"]),
                    "pending": False,
                    **({"dark": self._media_url(found.account, one["dark"])} if "dark" in one else {}),
                }
                if one.get("media")
                else {"alt": one["alt"], "url": "", "pending": True}
                for one in body["pictures"]
            ]
        if "documents" in body:
            body["documents"] = [
                {
                    "name": one["name"],
                    "size": one.get("size", 0),
                    "url": self._document_url(found.account, line, one, at) if found.kiosk is None else "",
                }
                for at, one in enumerate(body["documents"])
            ]
        return {"id": line.id, "rev": line.rev, "side": line.side, "at": line.at.isoformat(), **body}

    def _document_url(self, account: Account, line: TranscriptLine, document: dict[str, Any], at: int) -> str:
        if document.get("media"):
            address = self._media_url(account, document["media"])
            return f"{address}?name={quote(document['name'])}"
        return f"{self._place.base}file/{line.id}/{at}" if document.get("handout") else ""

    def _media_url(self, account: Account, media_id: int) -> str:
        return f"{self._place.base}media/{media_id}.{self._place.parts.sign(account, media_id)}"

    async def picture(self, request: Request) -> Response:
        """A picture or document that was shown in a chat; only to who is signed in there and has its address."""
        media_id, signature = int(request.path_params["media"]), str(request.path_params["signature"])
        found = await self._place.signed_in(request)
        is_theirs = found is not None and hmac.compare_digest(
            signature.encode(), self._place.parts.sign(found.account, media_id).encode()
        )
        if found is None or not is_theirs:
            return Response(status_code=404, headers=dict(PRIVATE))
        # Kept by the browser, but asked about each time: after signing out it opens nothing.
        kept = {
            "Cache-Control": "private, no-cache" if found.kiosk is None else "no-store",
            "ETag": f'"{signature}"',
        }
        if request.headers.get("if-none-match") == kept["ETag"]:
            return Response(status_code=304, headers={**HEADERS, **kept})
        try:
            content, mime = await self._place.parts.media.read(media_id)
        except (KeyError, OSError):
            return Response(status_code=404, headers=dict(PRIVATE))
        if found.kiosk is not None and not mime.startswith("image/"):
            return Response(status_code=403, headers=dict(PRIVATE))
        headers = {**HEADERS, **kept}
        if not mime.startswith("image/"):
            name = quote(request.query_params.get("name", "tep")[:200])
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        return Response(content, media_type=mime, headers=headers)

    async def file(self, request: Request) -> Response:
        """A document that was made for this chat alone."""
        found = await self._place.signed_in(request)
        if found is None or found.kiosk is not None:
            return Response(status_code=403, headers=dict(PRIVATE))
        account = found.account
        async with self._place.parts.database.read() as session:
            line = await session.get(TranscriptLine, int(request.path_params["line"]))
        documents: list[Any] = (
            line.body.get("documents", []) if line and line.account_id == account.id else []
        )
        at = int(request.path_params["at"])
        number = documents[at].get("handout") if at < len(documents) else None
        if number is None:
            return Response(status_code=404, headers=dict(PRIVATE))
        async with self._place.parts.database.read() as session:
            content = await handouts.content(session, int(number), self._place.parts.clock.now())
        if content is None:
            return Response(status_code=404, headers=dict(PRIVATE))
        headers = {
            **PRIVATE,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(documents[at]['name'])}",
        }
        return Response(content, media_type="application/octet-stream", headers=headers)
