"""The page that says goodbye, with the button that undoes it for an hour.

Only a page offers the button: who unsubscribes in a mail program sees no page (RFC 8058).
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import languages, topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import consent, leaving, returning, wording
from pinlabs_mailer.community.returning import Goodbye
from pinlabs_mailer.community.subscribers import Subscriber
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.languages import marked
from pinlabs_mailer.tokens import Purpose
from pinlabs_mailer.topics import Topic
from pinlabs_mailer.web import acting
from pinlabs_mailer.web.pages import Pages


class Goodbyes:
    """The page itself, and GET and POST of /undo/TOKEN."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages

    def say(
        self,
        person: Subscriber,
        left: list[Topic],
        remaining: list[Topic],
        back: list[Topic],
        reference: str,
    ) -> Response:
        """Show what was left; with topics that may come `back`, offer that."""
        language = languages.named(person.locale)

        def titles(some: list[Topic]) -> list[str]:
            return [topic.title for topic in topics.spoken(some, language)]

        return self._pages.show(
            "goodbye",
            language=language,
            left=titles(left),
            remaining=titles(remaining),
            undo_action=self._app.links.undo(reference) if back else "",
            wording=wording.to_confirm(self._app.masthead.name, titles(back), language),
        )

    def say_to_provider(self, locale: str) -> Response:
        """Answer who leaves everything for somebody, and offer them no way back (RFC 8058)."""
        return self._pages.show_to_all(
            "goodbye",
            language=languages.named(locale),
            left=[],
            remaining=[],
            undo_action="",
            wording="",
        )

    async def page(self, request: Request) -> Response:
        """Show the goodbye again. Nothing changes by that."""
        return await run_in_threadpool(self._page, request)

    async def undo(self, request: Request) -> Response:
        """Bring back what that goodbye ended; a second time is as good as the first."""
        return await run_in_threadpool(self._undo, request)

    def _page(self, request: Request) -> Response:
        reference = self._reference(request)
        with reading(self._app.engine) as connection:
            found = returning.look_up(connection, reference, self._app.clock())
            if found is None:
                return self._pages.bad_link()
            remaining = leaving.subscribed_to(connection, found.person.id)
        return self.say(found.person, found.open, remaining, found.open, reference)

    def _undo(self, request: Request) -> Response:
        reference = self._reference(request)
        with writing(self._app.engine) as connection:
            found = returning.look_up(connection, reference, self._app.clock())
            if found is None:
                return self._pages.bad_link()
            how = acting.by_person(
                self._app,
                request,
                marked("the button on our goodbye page"),
                wording_id=consent.remember_wording(
                    connection, self._wording(found), self._app.clock()
                ),
                form_version=self._pages.version("goodbye"),
                language=languages.named(found.person.locale).code,
            )
            undone = returning.undo(connection, reference, how)
            if undone is None:
                return self._pages.bad_link()
            back = leaving.subscribed_to(connection, found.person.id)
        language = languages.named(found.person.locale)
        return self._pages.show(
            "back",
            language=language,
            undone=bool(undone.open),
            topics=[topic.title for topic in topics.spoken(back, language)],
        )

    def _wording(self, found: Goodbye) -> str:
        language = languages.named(found.person.locale)
        titles = [topic.title for topic in topics.spoken(found.open, language)]
        return wording.to_confirm(self._app.masthead.name, titles, language)

    def _reference(self, request: Request) -> str:
        token = request.path_params["token"]
        return self._app.signer.verify(Purpose.UNDO, token) or "-" * 12
