"""The page of preferences, from a dated link in the mails. No login; 90 days.

The link is in every digest, and digests are forwarded: the page shows topic names and settings,
and nothing else of the person (item A10). What is more than that is mailed to them as a link of
its own (`web/wishing.py`).
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer import languages, topics
from pinlabs_mailer.app import App
from pinlabs_mailer.community import (
    choosing,
    consent,
    leaving,
    returning,
    searches,
    subscribers,
    wishes,
    wording,
)
from pinlabs_mailer.community.choosing import Choice
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.subscribers import Subscriber
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Frequency, WishKind
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.languages import Language, marked
from pinlabs_mailer.tokens import Dated, Purpose
from pinlabs_mailer.topics import Topic
from pinlabs_mailer.web import acting, searching
from pinlabs_mailer.web.forms import read_form
from pinlabs_mailer.web.goodbye import Goodbyes
from pinlabs_mailer.web.pages import Pages
from pinlabs_mailer.web.searching import Searching

LIVES = timedelta(days=90)
_LONGEST_PAUSE = timedelta(days=365)
_SOURCE = marked("our preferences page")
_JOBS = "jobs"
"""The topic whose people have a search."""
_WISHES = {one.value: one for one in (WishKind.ADDRESS, WishKind.DATA, WishKind.ERASE)}


class Preferences:
    """GET and POST of /preferences/TOKEN."""

    def __init__(self, app: App, pages: Pages, goodbyes: Goodbyes) -> None:
        self._app, self._pages, self._goodbyes = app, pages, goodbyes

    async def page(self, request: Request) -> Response:
        """Show how it is; change nothing (item A8)."""
        return await run_in_threadpool(self._page, request)

    async def act(self, request: Request) -> Response:
        """Do what the button says that was pressed."""
        fields = await read_form(request)
        return await run_in_threadpool(self._act, request, fields)

    def _page(self, request: Request) -> Response:
        link = self._link(request)
        with reading(self._app.engine) as connection:
            person = subscribers.by_link(connection, link)
            if person is None:
                return self._pages.bad_link()
            has = choosing.choice(connection, person)
            offered = choosing.offered(connection, has)
            search = self._search(connection, person)
        return self._show(request, has, self._shown(has), offered, search)

    def _act(self, request: Request, fields: FormData) -> Response:
        what = str(fields.get("do", ""))
        link = self._link(request)
        with writing(self._app.engine) as connection:
            person = subscribers.by_link(connection, link, holding=True)
            if person is None:
                return self._pages.bad_link()
            if what in _WISHES:
                wishes.ask(connection, person.id, _WISHES[what], self._app.clock())
                language = languages.named(person.locale)
                return self._pages.show("wish_done", language=language, done="asked")
            language = languages.named(person.locale)
            how = acting.by_person(
                self._app,
                request,
                _SOURCE,
                form_version=self._pages.version("preferences"),
                language=language.code,
            )
            if what == "leave":
                left = leaving.withdraw(connection, person.id, how)
                back, named = returning.after(connection, person.id, how.at) if left else ([], "")
                return self._goodbyes.say(person, left, [], back, named)
            if what == "search":
                return self._save_search(connection, request, person, fields, language)
            if what != "save":
                raise BadInput("No button of the page was pressed.", "Use the page.")
            return self._save(connection, request, person, fields, how, language)

    def _save_search(
        self,
        connection: Connection,
        request: Request,
        person: Subscriber,
        fields: FormData,
        language: Language,
    ) -> Response:
        """Keep which jobs somebody wants. It is no consent, so the record knows nothing of it."""
        search = searching.read(fields, language)
        if search.wanted is not None:
            searches.save_search(connection, person.id, search.wanted, self._app.clock())
            search = self._search(connection, person)
        has = choosing.choice(connection, person)
        offered = choosing.offered(connection, has)
        saved = search.wanted is not None
        return self._show(request, has, self._shown(has), offered, search, saved=saved)

    def _search(self, connection: Connection, person: Subscriber) -> Searching:
        language = languages.named(person.locale)
        return searching.shown(searches.search_of(connection, person.id), language)

    def _save(
        self,
        connection: Connection,
        request: Request,
        person: Subscriber,
        fields: FormData,
        how: Circumstances,
        language: Language,
    ) -> Response:
        values = {name: str(fields.get(name, "")) for name in ("frequency", "paused_until")}
        ticked = frozenset(str(value) for value in fields.getlist("topic"))
        shown = frozenset(str(fields["shown"]).split(",")) if "shown" in fields else None
        has = choosing.choice(connection, person)
        offered = choosing.offered(connection, has)
        wanted, errors = self._read(has, values, ticked, fields, offered, language)
        if errors:
            values["locale"] = languages.named(wanted.locale).code
            given = shown if shown is not None else has.topics
            search = self._search(connection, person)
            return self._show(request, wanted, values, offered, search, errors=errors, shown=given)
        words = wording.to_choose(self._app.masthead.name, language)
        how = acting.by_person(
            self._app,
            request,
            _SOURCE,
            how.at,
            form_version=how.form_version,
            language=language.code,
            wording_id=consent.remember_wording(connection, words, how.at),
        )
        choosing.choose(connection, person, wanted, shown, how)
        person = person._replace(locale=wanted.locale)
        has = choosing.choice(connection, person)
        offered = choosing.offered(connection, has)
        search = self._search(connection, person)
        return self._show(request, has, self._shown(has), offered, search, saved=True)

    def _read(
        self,
        has: Choice,
        values: dict[str, str],
        ticked: frozenset[str],
        fields: FormData,
        offered: list[Topic],
        language: Language,
    ) -> tuple[Choice, dict[str, str]]:
        """Return what was chosen, and what is wrong with it, by field."""
        errors = {}
        frequency, paused_until = has.frequency, has.paused_until
        if not ticked <= {one.slug for one in offered}:
            errors["topic"] = language.gettext("Choose from these topics.")
        if values["frequency"] in [*Frequency]:
            frequency = Frequency(values["frequency"])
        elif values["frequency"]:
            errors["frequency"] = language.gettext("Choose how often.")
        if values["paused_until"] != self._shown(has)["paused_until"]:
            day = _day(values["paused_until"])
            earliest, latest = self._pauses()
            if not values["paused_until"]:
                paused_until = None
            elif day is not None and earliest <= day <= latest:
                paused_until = self._begin(day)
            else:
                errors["paused_until"] = language.gettext(
                    "Choose a day from tomorrow on, within a year."
                )
        chosen = languages.exactly(str(fields.get("locale", "")))
        same = chosen is None or chosen == languages.named(has.locale)
        locale = has.locale if same or chosen is None else chosen.code
        return Choice(ticked, frequency, paused_until, locale), errors

    def _show(
        self,
        request: Request,
        has: Choice,
        values: dict[str, str],
        offered: list[Topic],
        search: Searching,
        *,
        errors: dict[str, str] | None = None,
        saved: bool = False,
        shown: frozenset[str] | None = None,
    ) -> Response:
        language = languages.named(has.locale)
        errors = {**(errors or {}), **search.errors}
        earliest, latest = self._pauses()
        known = [one.slug for one in offered]
        before = has.topics if shown is None else shown
        return self._pages.show(
            "preferences",
            400 if errors else 200,
            language=language,
            action=request.scope["path"],
            topics=[
                {**one._asdict(), "checked": one.slug in has.topics}
                for one in topics.spoken(offered, language)
            ],
            shown=",".join(slug for slug in known if slug in before),
            values=values,
            errors=errors,
            saved=saved,
            search=search._asdict() if _JOBS in has.topics else None,
            wording=wording.to_choose(self._app.masthead.name, language),
            earliest_pause=earliest.isoformat(),
            latest_pause=latest.isoformat(),
        )

    def _shown(self, has: Choice) -> dict[str, str]:
        """Return the fields of the form for how it is. A pause that is over is none."""
        paused = has.paused_until is not None and has.paused_until > self._app.clock()
        until = has.paused_until.astimezone(self._zone).date() if has.paused_until else None
        return {
            "frequency": has.frequency.value,
            "paused_until": until.isoformat() if paused and until else "",
            "locale": languages.named(has.locale).code,
        }

    def _pauses(self) -> tuple[date, date]:
        today = self._app.clock().astimezone(self._zone).date()
        return today + timedelta(days=1), today + _LONGEST_PAUSE

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    @property
    def _zone(self) -> ZoneInfo:
        return self._app.settings.timezone

    def _link(self, request: Request) -> Dated:
        """Return what the token says. One that is forged or old is looked up like a good one."""
        token = request.path_params["token"]
        dated = self._app.signer.verify_dated(Purpose.PREFERENCES, token)
        today = self._app.clock().date()
        if dated is None or today - dated.signed_on > LIVES:
            return Dated("-" * 12, today)
        return dated


def _day(raw: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw, re.ASCII):
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None
