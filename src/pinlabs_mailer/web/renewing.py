"""The link of a reminder that consent ends: a page with a button, and what the button does."""

from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import languages, topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import consent, renewing, subscribers, wording
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.renewing import Asked
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.languages import Language, marked
from pinlabs_mailer.tokens import Dated, Purpose
from pinlabs_mailer.web import client
from pinlabs_mailer.web.pages import Pages


class Renewing:
    """GET and POST of /renew/TOKEN."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def page(self, request: Request) -> Response:
        """Show the button. Scanners open links, and opening is no contact: this changes nothing."""
        return await run_in_threadpool(self._page, request)

    async def renew(self, request: Request) -> Response:
        """Renew; a second time is friendly. A bare POST is enough."""
        return await run_in_threadpool(self._renew, request)

    def _page(self, request: Request) -> Response:
        with reading(self._app.engine) as connection:
            person = subscribers.by_link(connection, self._link(request))
            asked = renewing.look_up(connection, person.reference) if person else None
        if asked is None:
            return self._pages.bad_link()
        return self._show(asked, asked.already, request.scope["path"])

    def _renew(self, request: Request) -> Response:
        link = self._link(request)
        now = self._app.clock()
        with writing(self._app.engine) as connection:
            person = subscribers.by_link(connection, link, holding=True)
            asked = renewing.look_up(connection, link.reference) if person else None
            if asked is None:
                return self._pages.bad_link()
            language = languages.named(asked.locale)
            words = self._wording(asked, language)
            how = Circumstances(
                at=now,
                source=marked("our renewal page"),
                actor=Actor.PERSON,
                notary=self._app.notary,
                wording_id=None
                if asked.already
                else consent.remember_wording(connection, words, now),
                form_version=self._pages.version("renew"),
                language=language.code,
                network=client.address(request, self._app.settings.trusted_proxies or ()),
                user_agent=client.user_agent(request),
            )
            renewed = renewing.renew(connection, link.reference, how)
        return self._pages.bad_link() if renewed is None else self._show(renewed, True, "")

    def _show(self, asked: Asked, done: bool, action: str) -> Response:
        language = languages.named(asked.locale)
        return self._pages.show(
            "renew",
            language=language,
            topics=_titles(asked, language),
            action=action,
            wording=self._wording(asked, language),
            done=done,
        )

    def _wording(self, asked: Asked, language: Language) -> str:
        return wording.to_renew(self._app.masthead.name, _titles(asked, language), language)

    def _link(self, request: Request) -> Dated:
        """Return what the token says. A forged or old one is looked up like a good one."""
        found = self._app.signer.verify_dated(Purpose.RENEW, request.path_params["token"])
        today = self._app.clock().date()
        if found is None or found.signed_on < today - timedelta(days=renewing.LINK_LIVES):
            return Dated("-" * 12, today)
        return found


def _titles(asked: Asked, language: Language) -> list[str]:
    return [topic.title for topic in topics.spoken(asked.topics, language)]
