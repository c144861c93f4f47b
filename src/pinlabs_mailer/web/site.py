"""The site: which path shows what, and what is said when something goes wrong."""

import logging
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from pinlabs_mailer import resources
from pinlabs_mailer.app import App
from pinlabs_mailer.db import schema
from pinlabs_mailer.errors import MailerError, NotFound, Unavailable, UsageError
from pinlabs_mailer.web.guard import Guard, TooLarge
from pinlabs_mailer.web.joining import Joining
from pinlabs_mailer.web.leaving import Leaving
from pinlabs_mailer.web.pages import Pages

log = logging.getLogger("pinlabs_mailer.web")

STATUS: tuple[tuple[type[MailerError], int], ...] = (
    (NotFound, 404),
    (UsageError, 400),
    (Unavailable, 503),
    (MailerError, 500),
)
"""The table from errors to answers; the first that fits."""

_WORDS = {
    400: ("That could not be read", "Please go back and try once more."),
    404: ("There is nothing here", "The address may be cut short or out of date."),
    405: ("That cannot be done here", "Please open the page and use its button."),
    413: ("That is too much", "This page takes a short form and nothing larger."),
    503: ("Please try again in a moment", "We are busy or being updated. Nothing was lost."),
}
_SORRY = ("Something went wrong on our side", "It has been written down. Please try again later.")


def create_site(app: App, extra: Sequence[BaseRoute] = ()) -> ASGIApp:
    """Return the site of an installation. `extra` routes come first (the demo's inbox)."""
    pages = Pages(app)
    joining, leaving = Joining(app, pages), Leaving(app, pages)

    async def home(_request: Request) -> Response:
        return RedirectResponse("/join", 303)

    async def stylesheet(_request: Request) -> Response:
        path = resources.directory("templates") / "web" / "site.css"
        return FileResponse(path, headers={"cache-control": "max-age=3600"})

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_request: Request) -> Response:
        try:
            await run_in_threadpool(schema.require_current, app.bare_engine)
        except MailerError as error:
            log.warning("not ready: %s", error.what)
            return PlainTextResponse("not ready\n", 503)
        return PlainTextResponse("ok\n")

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _explain(pages, error.status_code)

    async def failed(_request: Request, error: Exception) -> Response:
        assert isinstance(error, MailerError)
        log.error("%s", error)
        return _explain(pages, next(status for kind, status in STATUS if isinstance(error, kind)))

    async def too_large(_request: Request, _error: Exception) -> Response:
        return _explain(pages, 413)

    async def broken(_request: Request, error: Exception) -> Response:
        log.error("unforeseen: %s", type(error).__name__, exc_info=error)
        return _explain(pages, 500)

    site = Starlette(
        routes=[
            *extra,
            Route("/", home),
            Route("/join", joining.form, methods=["GET"]),
            Route("/join", joining.join, methods=["POST"]),
            Route("/confirm/{token}", joining.confirm_page, methods=["GET"]),
            Route("/confirm/{token}", joining.confirm, methods=["POST"]),
            Route("/u/{token}", leaving.page, methods=["GET"]),
            Route("/u/{token}", leaving.leave, methods=["POST"]),
            Route("/static/site.css", stylesheet),
            Route("/healthz", alive),
            Route("/readyz", ready),
        ],
        exception_handlers={
            HTTPException: refused,
            MailerError: failed,
            TooLarge: too_large,
            Exception: broken,
        },
    )
    site.router.redirect_slashes = False  # a redirect would break one-click (item H3)
    return Guard(site)


def _explain(pages: Pages, status: int) -> Response:
    title, text = _WORDS.get(status, _SORRY)
    answer = pages.show("error", status, status=status, title=title, text=text)
    if status == 503:
        answer.headers["retry-after"] = "30"
    return answer
