"""The link in a confirmation mail that ends such mails, for whoever did not ask for them."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer.app import App
from pinlabs_mailer.community import sign_ups
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.tokens import Purpose
from pinlabs_mailer.web.pages import Pages


class Stopping:
    """GET and POST of /stop/TOKEN."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def page(self, request: Request) -> Response:
        """Show the button. Scanners open links: this changes nothing."""
        return await run_in_threadpool(self._page, request)

    async def stop(self, request: Request) -> Response:
        """Let no more such mail go there; a second time is as good as the first."""
        return await run_in_threadpool(self._stop, request)

    def _page(self, request: Request) -> Response:
        with reading(self._app.engine) as connection:
            known = sign_ups.is_request(connection, self._reference(request))
        if not known:
            return self._pages.bad_link()
        return self._pages.show("stop", action=request.scope["path"], done=False)

    def _stop(self, request: Request) -> Response:
        with writing(self._app.engine) as connection:
            done = sign_ups.stop(
                connection, self._app.limits, self._reference(request), self._app.clock()
            )
        if not done:
            return self._pages.bad_link()
        return self._pages.show("stop", action="", done=True)

    def _reference(self, request: Request) -> str:
        token = request.path_params["token"]
        return self._app.signer.verify(Purpose.STOP, token) or "-" * 12
