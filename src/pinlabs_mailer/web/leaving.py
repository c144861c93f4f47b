"""The unsubscribe link: RFC 8058's one click, and the page with the button.

Nothing but the token in the path decides who leaves (item H4): no cookie, no field, no header.
"""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer.app import App
from pinlabs_mailer.community import leaving, subscribers
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.tokens import Purpose
from pinlabs_mailer.web.forms import read_form
from pinlabs_mailer.web.joining import printable
from pinlabs_mailer.web.pages import Pages


class Leaving:
    """GET and POST of /u/TOKEN."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages

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
        return await run_in_threadpool(self._leave, request, only)

    def _page(self, request: Request) -> Response:
        with reading(self._app.engine) as connection:
            person = subscribers.by_reference(connection, self._reference(request))
            if person is None:
                return self._pages.bad_link()
            topics = leaving.subscribed_to(connection, person.id)
        return self._pages.show("leave", action=request.scope["path"], topics=topics)

    def _leave(self, request: Request, only: frozenset[str] | None) -> Response:
        reference = self._reference(request)
        with writing(self._app.engine) as connection:
            person = subscribers.by_reference(connection, reference)
            if person is None:
                return self._pages.bad_link()
            how = Circumstances(
                at=self._app.clock(),
                source="unsubscribe link" if only is None else "unsubscribe page",
                actor=Actor.PERSON,
                notary=self._app.notary,
                form_version="" if only is None else self._pages.version("leave"),
                network=request.client.host if request.client else "",
                user_agent=printable(request.headers.get("user-agent", "")),
            )
            left = leaving.withdraw(connection, person.id, how, only)
            remaining = leaving.subscribed_to(connection, person.id)
        return self._pages.show(
            "goodbye",
            left=[topic.title for topic in left],
            remaining=[topic.title for topic in remaining],
        )

    def _reference(self, request: Request) -> str:
        """Return who the token names. A forged one is looked up like a good one (item H5)."""
        token = request.path_params["token"]
        return self._app.links.signer.verify(Purpose.UNSUBSCRIBE, token) or "-" * 12
