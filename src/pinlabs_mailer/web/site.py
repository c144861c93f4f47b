"""The site: which path shows what, and what is said when something goes wrong."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from pinlabs_mailer.app import App
from pinlabs_mailer.community.wishes import PURPOSES
from pinlabs_mailer.db import schema
from pinlabs_mailer.errors import DatabaseNotReady, MailerError, NotFound, Unavailable, UsageError
from pinlabs_mailer.languages import marked
from pinlabs_mailer.web import brand, speaking
from pinlabs_mailer.web.archive import Archive
from pinlabs_mailer.web.confirming import Confirming
from pinlabs_mailer.web.goodbye import Goodbyes
from pinlabs_mailer.web.guard import Guard
from pinlabs_mailer.web.hooks import Hooks
from pinlabs_mailer.web.joining import Joining
from pinlabs_mailer.web.leaving import Leaving
from pinlabs_mailer.web.openings import Openings
from pinlabs_mailer.web.pages import Pages
from pinlabs_mailer.web.preferences import Preferences
from pinlabs_mailer.web.renewing import Renewing
from pinlabs_mailer.web.speaking import Speaking
from pinlabs_mailer.web.stopping import Stopping
from pinlabs_mailer.web.wishing import Asking, Wishing

log = logging.getLogger("pinlabs_mailer.web")

_Endpoint = Callable[[Request], Awaitable[Response]]

STATUS: tuple[tuple[type[MailerError], int], ...] = (
    (NotFound, 404),
    (UsageError, 400),
    (Unavailable, 503),
    (DatabaseNotReady, 503),
    (MailerError, 500),
)
"""The table from errors to answers; the first that fits."""

_WORDS = {
    400: (marked("That could not be read"), marked("Please go back and try once more.")),
    404: (
        marked("There is nothing here"),
        marked("The address may be cut short or out of date."),
    ),
    405: (
        marked("That cannot be done here"),
        marked("Please open the page and use its button."),
    ),
    503: (
        marked("Please try again in a moment"),
        marked("We are busy or being updated. Nothing was lost."),
    ),
}
_SORRY = (
    marked("Something went wrong on our side"),
    marked("It has been written down. Please try again later."),
)


def create_site(app: App, extra: Sequence[BaseRoute] = ()) -> ASGIApp:
    """Return the site of an installation. `extra` routes come first (the demo's inbox)."""
    pages = Pages(app)
    joining, confirming = Joining(app, pages), Confirming(app, pages)
    goodbyes, stopping = Goodbyes(app, pages), Stopping(app, pages)
    leaving, preferences = Leaving(app, pages, goodbyes), Preferences(app, pages, goodbyes)
    asking, renewing = Asking(app, pages), Renewing(app, pages)
    archive, openings = Archive(app, pages), Openings(app, pages)
    hooks = Hooks(app)
    wishing = {kind: Wishing(app, pages, kind) for kind in PURPOSES}

    async def home(_request: Request) -> Response:
        return RedirectResponse("/join", 303)

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_request: Request) -> Response:
        try:
            await run_in_threadpool(schema.require_current, app.bare_engine)
        except (MailerError, SQLAlchemyError) as error:
            log.warning("not ready: %s", str(error).partition("\n")[0])
            return PlainTextResponse("not ready\n", 503)
        return PlainTextResponse("ok\n")

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        answer = _explain(pages, error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def failed(_request: Request, error: Exception) -> Response:
        assert isinstance(error, MailerError)
        status = next(status for kind, status in STATUS if isinstance(error, kind))
        if status >= 500:  # a visitor's slip is no fault of ours, and may hold what they typed
            log.error("%s", error)
        return _explain(pages, status)

    async def broken(_request: Request, error: Exception) -> Response:
        log.error("unforeseen: %s", type(error).__name__, exc_info=error)
        return _explain(pages, 500)

    site = Starlette(
        routes=[
            *extra,
            Route("/", home),
            _form_at("/join", joining.form, joining.join),
            _form_at("/confirm/{token}", confirming.page, confirming.confirm),
            _form_at("/renew/{token}", renewing.page, renewing.renew),
            _form_at("/stop/{token}", stopping.page, stopping.stop),
            _form_at("/u/{token}", leaving.page, leaving.leave),
            _form_at("/undo/{token}", goodbyes.page, goodbyes.undo),
            _form_at("/preferences/{token}", preferences.page, preferences.act),
            *(_form_at(f"/{kind}/{{token}}", one.page, one.act) for kind, one in wishing.items()),
            Route("/link", asking.ask, methods=["POST"]),
            Route("/archive", archive.list),
            Route("/archive.xml", archive.feed),
            Route("/archive/{key}", archive.issue),
            Route("/view/{token}", archive.view),
            Route("/jobs", openings.jobs),
            Route("/calendar/{item:int}.ics", openings.event),
            Route("/hooks/ses/{token}", hooks.ses, methods=["POST"]),
            *brand.routes(app),
            Route("/healthz", alive),
            Route("/readyz", ready),
        ],
        exception_handlers={
            HTTPException: refused,
            MailerError: failed,
            Exception: broken,
        },
    )
    site.router.redirect_slashes = False  # a redirect would break one-click (item H3)
    return Guard(Speaking(site))


def _form_at(path: str, show: _Endpoint, take: _Endpoint) -> Route:
    """Return the route of a page with a form: GET and HEAD show it, POST takes it."""

    async def either(request: Request) -> Response:
        return await (take if request.method == "POST" else show)(request)

    return Route(path, either, methods=["GET", "POST"])


def _explain(pages: Pages, status: int) -> Response:
    title, text = map(speaking.language().gettext, _WORDS.get(status, _SORRY))
    answer = pages.show("error", status, status=status, title=title, text=text)
    if status == 503:
        answer.headers["retry-after"] = "30"
    return answer
