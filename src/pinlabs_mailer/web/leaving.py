"""The unsubscribe link: RFC 8058's one click, and the page with the button.

Nothing but the token in the path decides who leaves (item H4): no cookie, no field, no header.
"""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import languages, topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import leaving, returning, subscribers
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.tokens import Purpose
from pinlabs_mailer.web import acting
from pinlabs_mailer.web.forms import read_form
from pinlabs_mailer.web.goodbye import Goodbyes
from pinlabs_mailer.web.pages import Pages


class Leaving:
    """GET and POST of /u/TOKEN."""

    def __init__(self, app: App, pages: Pages, goodbyes: Goodbyes) -> None:
        self._app, self._pages, self._goodbyes = app, pages, goodbyes

    async def page(self, request: Request) -> Response:
        """Show the button, and the topics to choose from; change nothing (item H6)."""
        return await run_in_threadpool(self._page, request)

    async def leave(self, request: Request) -> Response:
        """Leave everything, or the ticked topics if it was the page's second form.

        A body that cannot be read is no reason to keep somebody who wants to go.
        """
        try:
            fields = await read_form(request)
        except BadInput:
            fields = FormData()
        only = None
        if "only" in fields:
            only = frozenset(str(value) for value in fields.getlist("topic"))
        by_page = fields.get("by") == "page"
        return await run_in_threadpool(self._leave, request, only, by_page)

    def _page(self, request: Request) -> Response:
        with reading(self._app.engine) as connection:
            person = subscribers.by_reference(connection, self._reference(request))
            if person is None:
                return self._pages.bad_link()
            subscribed = leaving.subscribed_to(connection, person.id)
        language = languages.named(person.locale)
        return self._pages.show(
            "leave",
            language=language,
            action=request.scope["path"],
            topics=topics.spoken(subscribed, language),
        )

    def _leave(self, request: Request, only: frozenset[str] | None, by_page: bool) -> Response:
        """Leave. A provider that posts for somebody (RFC 8058) gets no way back with its answer."""
        reference = self._reference(request)
        with writing(self._app.engine) as connection:
            person = subscribers.by_reference(connection, reference)
            if person is None:
                return self._pages.bad_link()
            seen = by_page or only is not None
            how = acting.by_person(
                self._app,
                request,
                "unsubscribe page" if seen else "unsubscribe link",
                form_version=self._pages.version("leave") if seen else "",
                language=person.locale,
            )
            left = leaving.withdraw(connection, person.id, how, only)
            remaining = leaving.subscribed_to(connection, person.id)
            back, named = returning.after(connection, person.id, how.at) if left else ([], "")
        return self._goodbyes.say(person, left, remaining, back if by_page else [], named)

    def _reference(self, request: Request) -> str:
        """Return who the token names. A forged one is looked up like a good one (item H5)."""
        token = request.path_params["token"]
        return self._app.links.signer.verify(Purpose.UNSUBSCRIBE, token) or "-" * 12
