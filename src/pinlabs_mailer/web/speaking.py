"""Which language the answer to a request is in.

A language that the address asks for (`?lang=de`) comes first, then the browser's wish, then
English. It holds for the time of the request and is asked for where words are needed, so that
every page that is shown speaks it, error pages too. A page that a token leads to speaks the
language of the person it names instead: whoever shows it says so (`Pages.show`).
"""

from contextvars import ContextVar

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from pinlabs_mailer import languages
from pinlabs_mailer.languages import Language

_request: ContextVar[Request | None] = ContextVar("request", default=None)


class Speaking:
    """Wraps the site."""

    def __init__(self, site: ASGIApp) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in its language."""
        if scope["type"] == "http":
            _request.set(Request(scope))
        await self._site(scope, receive, send)


def language() -> Language:
    """Return the language of the request under way."""
    request = _request.get()
    if request is None:
        return languages.named()
    named = languages.exactly(request.query_params.get("lang", ""))
    wished = named or languages.wished(request.headers.get("accept-language", ""))
    return wished or languages.named()
