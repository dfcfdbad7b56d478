"""Who may come in: one token, one host name, one origin; and what every answer tells the browser not to do.

A page on loopback can be reached by every other page that the same browser has open, and by every user of the machine.
So: the token (from the command's own output) is traded for a cookie that scripts cannot read and that other sites'
requests do not carry; the ``Host`` header must name this server (or a foreign name could be pointed at it, DNS
rebinding); and whatever changes something needs a second token from our own form and an ``Origin`` of ours.
"""

from __future__ import annotations

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "fukkatsu-review"
FIELD: Final = "csrf"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE: Final = ("GET", "HEAD")
_LARGEST: Final = 64 * 1024


def proof(token: str, purpose: str) -> str:
    """What stands for *token* where the token itself should not: in the cookie, in a form."""
    return hmac.new(token.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


class Gate:
    """Lets requests through to *app* that carry the cookie; trades the token for it.

    Args:
        app: What stands behind the gate.
        token: The secret of this server.
        hosts: Values of the ``Host`` header that mean this server.
    """

    def __init__(self, app: ASGIApp, *, token: str, hosts: frozenset[str]) -> None:
        self._app, self._token, self._hosts = app, token, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        answer = self._refusal(scope)
        await (answer or self._app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._hosts:
            return PlainTextResponse("This server answers to its own name only.\n", 421)
        if scope["method"] not in (*_SAFE, "POST"):
            return PlainTextResponse("GET or POST.\n", 405)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = query.pop("token", [""])[-1]
        if given and scope["method"] in _SAFE:
            if not same(given, self._token):
                return _locked()
            rest = urlencode(query, doseq=True)
            # the token leaves the address: neither the history nor a picture of the screen keeps it
            answer: Response = RedirectResponse(scope["path"] + (f"?{rest}" if rest else ""), 303)
            answer.set_cookie(COOKIE, proof(self._token, "cookie"), httponly=True, samesite="strict", path="/")
            return answer
        if not same(_cookie(headers), proof(self._token, "cookie")):
            return _locked()
        if scope["method"] == "POST" and not self._own(headers):
            return PlainTextResponse("This form was not sent from a page of this server.\n", 403)
        return None

    def _own(self, headers: Headers) -> bool:
        """Whether a request that changes something comes from a page of ours, as far as the browser tells."""
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site", "same-origin")
        ours = {f"http://{host}" for host in self._hosts}
        length = headers.get("content-length", "")
        return (
            (origin is None or origin in ours)
            and site in ("same-origin", "none")
            and headers.get("content-type", "").partition(";")[0].strip() == "application/x-www-form-urlencoded"
            and length.isdigit()
            and int(length) <= _LARGEST
        )


def _cookie(headers: Headers) -> str:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


def _locked() -> Response:
    return PlainTextResponse(
        "This console opens with the address that `fukkatsu ui` printed: it ends in ?token=...\n", 401
    )
