"""Which language the answer to a request is in.

A language that the address asks for (`?lang=de`) comes first, then the browser's wish, then
English. It is settled before any page is reached and kept for the time of the request, so that
every page that is shown speaks it, error pages too. A page that a token leads to speaks the
language of the person it names instead: whoever shows it says so (`Pages.show`).
"""

from contextvars import ContextVar

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from pinlabs_mailer import languages
from pinlabs_mailer.languages import Language

_current: ContextVar[Language | None] = ContextVar("language", default=None)


class Speaking:
    """Wraps the site."""

    def __init__(self, site: ASGIApp) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in its language."""
        if scope["type"] == "http":
            _current.set(_asked_for(Request(scope)))
        await self._site(scope, receive, send)


def language() -> Language:
    """Return the language of the request under way."""
    return _current.get() or languages.named()


def _asked_for(request: Request) -> Language | None:
    named = languages.exactly(request.query_params.get("lang", ""))
    return named or languages.wished(request.headers.get("accept-language", ""))
