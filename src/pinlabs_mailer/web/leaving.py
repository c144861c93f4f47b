"""The unsubscribe link: RFC 8058's one click, and the page with the button.

Nothing but the token in the path decides who leaves (item H4): no cookie, no field, no header.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import languages, topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import leaving, returning, subscribers
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.holding import hold_named
from pinlabs_mailer.community.leaving import Leaver
from pinlabs_mailer.community.subscribers import Subscriber
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.tokens import Purpose
from pinlabs_mailer.topics import Topic
from pinlabs_mailer.web import acting
from pinlabs_mailer.web.forms import read_form
from pinlabs_mailer.web.goodbye import Goodbyes
from pinlabs_mailer.web.pages import Pages
from pinlabs_mailer.web.together import Together

_ONE_CLICK = b"List-Unsubscribe=One-Click"
"""What a provider posts (RFC 8058 section 3.2). It says nothing, so it need not be read."""
_NOBODY = "-" * 12
"""A token that is forged is looked up like a good one (item H5)."""


class _Asked(NamedTuple):
    """A request to leave."""

    request: Request
    reference: str
    only: frozenset[str] | None
    """The slugs of the topics that were ticked; None: every topic."""
    by_page: bool
    """Whether it came from a button of ours, behind which there is an answer to be seen."""

    @property
    def seen(self) -> bool:
        """Say whether a page of ours was seen, and not only the link."""
        return self.by_page or self.only is not None


class _Gone(NamedTuple):
    """Who has left what, as `Goodbyes.say` wants it."""

    person: Subscriber
    left: list[Topic]
    remaining: list[Topic]
    back: list[Topic]
    reference: str


class Leaving:
    """GET and POST of /u/TOKEN."""

    def __init__(self, app: App, pages: Pages, goodbyes: Goodbyes) -> None:
        self._app, self._pages, self._goodbyes = app, pages, goodbyes
        self._together = Together(app, self._leave)

    async def page(self, request: Request) -> Response:
        """Show the button, and the topics to choose from; change nothing (item H6)."""
        return await run_in_threadpool(self._page, request)

    async def leave(self, request: Request) -> Response:
        """Leave everything, or the ticked topics if it was the page's second form.

        A body that cannot be read is no reason to keep somebody who wants to go.
        """
        fields = FormData()
        if await request.body() != _ONE_CLICK:
            with suppress(BadInput):
                fields = await read_form(request)
        only = None
        if "only" in fields:
            only = frozenset(str(value) for value in fields.getlist("topic"))
        reference = self._named(request)
        asked = _Asked(request, reference or _NOBODY, only, fields.get("by") == "page")
        gone = await self._together.do(asked, key=reference)
        if gone is None:
            return self._pages.bad_link()
        if not asked.seen:
            return self._goodbyes.say_to_provider(gone.person.locale)
        return await run_in_threadpool(self._goodbyes.say, *gone)

    def _page(self, request: Request) -> Response:
        with reading(self._app.engine) as connection:
            person = subscribers.by_reference(connection, self._named(request) or _NOBODY)
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

    def _leave(self, connection: Connection, asked: Sequence[_Asked]) -> list[_Gone | None]:
        """Leave. A provider that posts for somebody (RFC 8058) gets no way back with its answer."""
        held = hold_named(connection, [one.reference for one in asked])
        now = self._app.clock()
        found = [(one, held[one.reference]) for one in asked if one.reference in held]
        leavers = [
            Leaver(who, self._how(one, who.person.locale, now), one.only) for one, who in found
        ]
        gone = {}
        left = leaving.withdraw_all(connection, leavers)
        for (one, (person, *_)), what in zip(found, left, strict=True):
            offer = what.left and one.by_page
            back, named = returning.after(connection, person.id, now) if offer else ([], "")
            gone[one.reference] = _Gone(person, what.left, what.remaining, back, named)
        return [gone.get(one.reference) for one in asked]

    def _how(self, asked: _Asked, language: str, now: datetime) -> Circumstances:
        return acting.by_person(
            self._app,
            asked.request,
            "unsubscribe page" if asked.seen else "unsubscribe link",
            now,
            form_version=self._pages.version("leave") if asked.seen else "",
            language=language,
        )

    def _named(self, request: Request) -> str | None:
        """Return who the token names."""
        return self._app.links.signer.verify(Purpose.UNSUBSCRIBE, request.path_params["token"])
