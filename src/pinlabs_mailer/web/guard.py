"""What stands before every page: limits, headers, and a log that holds no token.

Written as plain ASGI: a body is counted while it arrives, and no page sees it, or does anything,
before all of it is there and small enough.
"""

import logging
import time

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64_000
HOOK_LIMIT = 300_000
"""What providers may post; Amazon SNS has a limit of 256 kB of its own."""
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
_WORD_LENGTH = 12
"""The first word of each of our paths is shorter; anything longer may be a token."""


class Guard:
    """Wraps the site."""

    def __init__(self, site: ASGIApp) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] += [pair for pair in HEADERS if pair[0] not in given]
            await send(message)

        try:
            most = HOOK_LIMIT if scope["path"].startswith("/hooks/") else BODY_LIMIT
            body = None if _declared_length(scope) > most else await _body(receive, most)
            if body is None:
                answer = PlainTextResponse("That is more than this page takes.\n", 413)
                await answer(scope, receive, sending)
            elif body["type"] == "http.request":
                await self._site(scope, _first(body, receive), sending)
        finally:
            spent = (time.monotonic() - began) * 1000
            log.info("%s %s %d %.0fms", scope["method"][:20], shown(scope["path"]), status, spent)


def shown(path: str) -> str:
    """Return a path for the log: its first word, if it is one, and nothing that may be a token."""
    word, _, rest = path.removeprefix("/").partition("/")
    if len(word) > _WORD_LENGTH or not all(c.isalnum() or c in "._-" for c in word):
        return "/..."
    return f"/{word}/..." if rest else f"/{word}"


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:12])
    return 0


async def _body(receive: Receive, most: int) -> Message | None:
    """Return the whole body as one message, None if it is too large.

    If the client goes away meanwhile, the message says so.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return {"type": "http.request", "body": bytes(body), "more_body": False}


def _first(message: Message, receive: Receive) -> Receive:
    waiting = [message]

    async def receiving() -> Message:
        return waiting.pop() if waiting else await receive()

    return receiving
