"""What stands before every page: limits, headers, and a log that holds no token.

Written as plain ASGI, so that a body is counted while it arrives and nothing is kept.
"""

import logging
import time
from collections.abc import Awaitable, Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64_000
log = logging.getLogger("pinlabs_mailer.web")

HEADERS = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        b"base-uri 'none'; frame-ancestors 'none'",
    ),
]


class TooLarge(Exception):
    """The body of a request passes the limit."""


class Guard:
    """Wraps the site."""

    def __init__(self, site: ASGIApp) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] += [pair for pair in HEADERS if pair[0] not in given]
            await send(message)

        try:
            if _declared_length(scope) > BODY_LIMIT:
                answer = PlainTextResponse("That is more than this page takes.\n", 413)
                await answer(scope, receive, sending)
            else:
                await self._site(scope, _counted(receive), sending)
        finally:
            spent = (time.monotonic() - began) * 1000
            log.info("%s %s %d %.0fms", scope["method"], shown(scope["path"]), status, spent)


def shown(path: str) -> str:
    """Return a path for the log. Whatever follows its first segment may be a token."""
    first, _, rest = path.lstrip("/").partition("/")
    safe = "".join(c if c.isalnum() or c in "._-" else "?" for c in first[:20])
    return f"/{safe}/..." if rest else f"/{safe}"


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:12])
    return 0


def _counted(receive: Receive) -> Callable[[], Awaitable[Message]]:
    arrived = 0

    async def counting() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > BODY_LIMIT:
            raise TooLarge
        return message

    return counting
