"""Past issues for anybody to read: the list, one issue, a feed of them, and a mail in a browser.

No page here knows its reader. What is over or closed by now says so.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pinlabs_mailer import languages
from pinlabs_mailer.app import App
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.digest import archive, showing
from pinlabs_mailer.digest.archive import Past
from pinlabs_mailer.digest.showing import Telling
from pinlabs_mailer.errors import NotFound
from pinlabs_mailer.languages import Language
from pinlabs_mailer.web import feed, speaking
from pinlabs_mailer.web.pages import Pages


class Archive:
    """/archive, /archive/KEY, /archive.xml and /view/TOKEN."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def list(self, _request: Request) -> Response:
        """Show which issues there are, the latest first."""
        return await run_in_threadpool(self._list)

    async def issue(self, request: Request) -> Response:
        """Show one issue, with everything that it told to anybody."""
        return await run_in_threadpool(self._issue, request.path_params["key"])

    async def view(self, request: Request) -> Response:
        """Show what the readers of one edition got."""
        return await run_in_threadpool(self._view, request.path_params["token"])

    async def feed(self, _request: Request) -> Response:
        """Give the latest issues as RSS."""
        return await run_in_threadpool(self._feed)

    def _list(self) -> HTMLResponse:
        with reading(self._app.engine) as connection:
            found = archive.listed(connection)
        language = speaking.language()
        issues = [
            {"key": one.key, "title": self._title(one), "day": self._day(one, language)}
            for one in found
        ]
        return self._pages.show("archive", issues=issues)

    def _issue(self, key: str) -> HTMLResponse:
        with reading(self._app.engine) as connection:
            past, items = archive.find(connection, key)
            over = archive.over(connection, items, self._app.clock())
        return self._show(past, items, over, speaking.language())

    def _view(self, token: str) -> HTMLResponse:
        edition_id = self._app.links.viewed(token)
        if edition_id is None:
            return self._pages.bad_link()
        with reading(self._app.engine) as connection:
            try:
                past, items, locale = archive.find_edition(connection, edition_id)
            except NotFound:
                return self._pages.bad_link()
            over = archive.over(connection, items, self._app.clock())
        return self._show(past, items, over, languages.named(locale))

    def _show(
        self, past: Past, items: Sequence[Item], over: set[int], language: Language
    ) -> HTMLResponse:
        telling = Telling(language, self._app.settings.timezone, self._app.masthead.base_url)
        sections: list[dict[str, Any]] = showing.sections(items, telling, over=over)
        return self._pages.show(
            "issue",
            language=language,
            title=self._title(past),
            day=self._day(past, language),
            intro=past.intro,
            sections=sections,
        )

    def _feed(self) -> Response:
        with reading(self._app.engine) as connection:
            found = [
                (one, archive.find(connection, one.key)[1])
                for one in archive.listed(connection, archive.FED)
            ]
        base_url = self._app.masthead.base_url
        entries = [
            feed.Entry(
                title=self._title(one),
                link=f"{base_url}/archive/{one.key}",
                published=one.opened_at.astimezone(UTC),
                summary="; ".join(item.title for item in items[:10]),
            )
            for one, items in found
        ]
        written = feed.rss(self._app.masthead.name, f"{base_url}/archive", entries)
        return Response(written, media_type="application/rss+xml")

    def _title(self, past: Past) -> str:
        return past.subject or past.key

    def _day(self, past: Past, language: Language) -> str:
        return language.day(past.as_of.astimezone(self._app.settings.timezone).date())
