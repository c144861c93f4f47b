"""The confirmation link: a page with a button, and what the button does."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import languages, topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import consent, joining, sign_ups, wording
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.joining import Confirmed
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.digest import welcoming
from pinlabs_mailer.languages import Language, marked
from pinlabs_mailer.tokens import Purpose
from pinlabs_mailer.web import client
from pinlabs_mailer.web.pages import Pages


class Confirming:
    """GET and POST of /confirm/TOKEN."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def page(self, request: Request) -> Response:
        """Show the button. Scanners open links: this changes nothing (item A8)."""
        return await run_in_threadpool(self._page, request)

    async def confirm(self, request: Request) -> Response:
        """Confirm; a second time is friendly. A bare POST is enough."""
        return await run_in_threadpool(self._confirm, request)

    def _page(self, request: Request) -> Response:
        with reading(self._app.engine) as connection:
            asked = joining.look_up(connection, self._reference(request), self._app.clock())
        if asked is None:
            return self._pages.bad_link()
        language = languages.named(asked.locale)
        if asked.already:
            return self._pages.show("welcome", language=language, already=True)
        return self._pages.show(
            "confirm",
            language=language,
            topics=_titles(asked, language),
            action=request.scope["path"],
            wording=self._wording(asked, language),
        )

    def _confirm(self, request: Request) -> Response:
        reference = self._reference(request)
        now = self._app.clock()
        with writing(self._app.engine) as connection:
            asked = joining.look_up(connection, reference, now)
            if asked is None:
                return self._pages.bad_link()
            language = languages.named(asked.locale)
            words = self._wording(asked, language)
            how = Circumstances(
                at=now,
                source=marked("our confirmation page"),
                actor=Actor.PERSON,
                notary=self._app.notary,
                wording_id=consent.remember_wording(connection, words, now),
                form_version=self._pages.version("confirm"),
                language=language.code,
                network=client.address(request, self._app.settings.trusted_proxies or ()),
                user_agent=client.user_agent(request),
            )
            confirmed = joining.confirm(connection, reference, how, self._app.masthead.domain)
            if confirmed and not confirmed.already and self._app.settings.welcome:
                welcoming.welcome(
                    connection,
                    confirmed.subscriber_id,
                    self._app.terms(now),
                    since=now - self._app.settings.max_age,
                    because=confirmed.request_id,
                )
        if confirmed is None:
            return self._pages.bad_link()
        with writing(self._app.engine) as connection:
            sign_ups.clicked(connection, self._app.limits, reference)
        return self._pages.show("welcome", language=language, already=confirmed.already)

    def _wording(self, asked: Confirmed, language: Language) -> str:
        return wording.to_confirm(self._app.masthead.name, _titles(asked, language), language)

    def _reference(self, request: Request) -> str:
        """Return what the token names. A forged one is looked up like a good one."""
        return self._app.signer.verify(Purpose.CONFIRM, request.path_params["token"]) or "-" * 12


def _titles(asked: Confirmed, language: Language) -> list[str]:
    return [topic.title for topic in topics.spoken(asked.topics, language)]
