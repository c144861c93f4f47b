"""Every page there is, with sample values, at an address of its own: to be looked at and judged.

The values are those that templates/README.md lists. The site round them is the real one.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from pinlabs_mailer import languages, resources, topics
from pinlabs_mailer.app import App, holdings
from pinlabs_mailer.community import wording
from pinlabs_mailer.community.search import Search
from pinlabs_mailer.content.items import Event, Item, Job
from pinlabs_mailer.db.words import Employment, ItemKind, Workplace
from pinlabs_mailer.digest import showing
from pinlabs_mailer.digest.showing import Telling
from pinlabs_mailer.languages import Language
from pinlabs_mailer.topics import Topic
from pinlabs_mailer.web import searching, speaking
from pinlabs_mailer.web.pages import Pages

_TOPICS = [
    Topic(1, "projects", "Projects", "Inside looks at how our systems are built"),
    Topic(2, "events", "Events", "Talks, meetups and open houses"),
    Topic(3, "jobs", "Job openings", "Roles that open in our teams"),
]
_AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_HELD: dict[str, Any] = {
    "person": {"email": "ada@example.org", "name": "Ada", "created_at": _AT},
    "subscriptions": [{"topic": "projects", "status": "confirmed", "confirmed_at": _AT}],
    "consent_events": [
        {"position": 1, "at": _AT, "change": "confirmed", "user_agent": "Browser/" + "1" * 80}
    ],
    "saved_search": [],
    "requests_to_join": [],
    "sign_up_forms": [],
    "wishes": [],
    "suppressions": [],
    "reports": [],
    "deliveries": [
        {"kind": "digest", "items": [{"title": "A post", "url": "https://pinlabs.example/p/1"}]}
    ],
}
_SEARCH = Search(("Engineering",), ("Berlin", "remote"), (Employment.FULL_TIME,), ("rust",))
_NOTHING = {"email": "", "name": "", "frequency": "", "locale": ""}
TEMPLATES = resources.directory("templates") / "web"
_HERE = "/gallery"
WIDTHS = (375, 1280)
MAIL_WIDTHS = (375, 640)


class Look(NamedTuple):
    """One way of looking at one page."""

    name: str
    path: str
    width: int
    dark: bool


def looks(sender: str, mails: Iterable[str] = ()) -> Iterator[Look]:
    """Yield every way of looking at every page, and at these mails."""
    for language in languages.every():
        code = language.code
        for name in pages(sender, language):
            yield from _looks(f"{name}-{code}", f"{_HERE}/{name}?lang={code}", WIDTHS)
    for mail in mails:
        yield from _looks(f"mail-{mail}", f"{_HERE}/mail/{mail}", MAIL_WIDTHS)


def _looks(name: str, path: str, widths: tuple[int, ...]) -> Iterator[Look]:
    for width in widths:
        for dark in (False, True):
            yield Look(f"{name}-{width}-{'dark' if dark else 'light'}", path, width, dark)


def pages(sender: str, language: Language) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return, by a name for each, the template and its values."""
    offered = topics.spoken(_TOPICS, language)
    titles = [one.title for one in offered]
    ticked = [{**one._asdict(), "checked": one.id != 2} for one in offered]
    blank = [{**one._asdict(), "checked": False} for one in offered]
    asks = wording.to_join(sender, language)
    chosen = {"frequency": "weekly", "paused_until": "2026-12-24", "locale": language.code}
    preferences = {
        "action": _HERE,
        "shown": "projects,jobs",
        "topics": ticked,
        "values": chosen,
        "errors": {},
        "saved": False,
        "earliest_pause": "2026-11-25",
        "latest_pause": "2027-11-25",
        "wording": wording.to_choose(sender, language),
        "search": searching.shown(_SEARCH, language)._asdict(),
    }
    token = [("form", "token")]
    renewing = {"topics": titles, "wording": wording.to_renew(sender, titles, language)}
    leaving = {"undo_action": _HERE, "wording": wording.to_confirm(sender, titles, language)}
    wish = {"action": _HERE, "errors": {}, "values": {"email": ""}}
    joining = {"topics": blank, "errors": {}, "wording": asks, "trap": "website", "hidden": token}
    errors = {
        "email": language.gettext("Enter an email address such as ada@example.org."),
        "topic": language.gettext("Choose at least one topic."),
    }
    filled = {**_NOTHING, "email": "ada@", "name": "Ada", "locale": language.code}
    return {
        "join": ("join", {**joining, "values": {**_NOTHING, "locale": language.code}}),
        "join-faulty": ("join", {**joining, "errors": errors, "values": filled}),
        "join-again": (
            "join_again",
            {
                "values": {**filled, "email": "ada@example.org"},
                "titles": titles,
                "wording": asks,
                "fields": token,
            },
        ),
        "stop": ("stop", {"action": _HERE, "done": False}),
        "stop-done": ("stop", {"action": "", "done": True}),
        "check-mail": ("check_mail", {}),
        "confirm": (
            "confirm",
            {
                "topics": titles,
                "action": _HERE,
                "wording": wording.to_confirm(sender, titles, language),
            },
        ),
        "welcome": ("welcome", {"already": False}),
        "welcome-already": ("welcome", {"already": True}),
        "preferences": ("preferences", preferences),
        "preferences-saved": ("preferences", {**preferences, "saved": True, "wording": ""}),
        "preferences-again": ("preferences", {**preferences, "errors": errors}),
        "renew": ("renew", {**renewing, "action": _HERE, "done": False}),
        "renew-done": ("renew", {**renewing, "action": "", "done": True}),
        "leave": ("leave", {"action": _HERE, "topics": offered}),
        "leave-already": ("leave", {"action": _HERE, "topics": []}),
        "goodbye": ("goodbye", {**leaving, "left": titles, "remaining": []}),
        "goodbye-partly": (
            "goodbye",
            {**leaving, "left": titles[:1], "remaining": titles[1:]},
        ),
        "back": ("back", {"topics": titles, "undone": True}),
        "back-already": ("back", {"topics": [], "undone": False}),
        **{
            f"wish-{kind}": ("wish", {**wish, "wish": kind})
            for kind in ("address", "move", "data", "erase")
        },
        "wish-address-again": (
            "wish",
            {
                **wish,
                "wish": "address",
                "errors": {"email": errors["email"]},
                "values": {"email": "ada@"},
            },
        ),
        **{
            f"wish-{done}": ("wish_done", {"done": done})
            for done in ("asked", "link", "named", "moved", "erased")
        },
        "my-data": (
            "my_data",
            {"action": _HERE, "sections": holdings.sections(_HELD, language)},
        ),
        **_archive(language),
        "bad-link": ("bad_link", {"ask_action": ""}),
        "old-link": ("bad_link", {"ask_action": _HERE}),
        "error": (
            "error",
            {
                "status": 404,
                "title": language.gettext("There is nothing here"),
                "text": language.gettext("The address may be cut short or out of date."),
            },
        ),
    }


def _archive(language: Language) -> dict[str, tuple[str, dict[str, Any]]]:
    telling = Telling(language, UTC, "https://news.pinlabs.example")
    items = [*told()]
    shown = [showing.shown(one, telling) for one in items if one.kind is ItemKind.JOB]
    issues = [
        {"key": f"2026-11-{day}", "title": title, "day": language.day(_AT.date().replace(day=day))}
        for day, title in ((24, "How search learned to rank, and 5 more"), (17, "Open lab night"))
    ]
    one = {
        "title": "How search learned to rank, and 5 more",
        "day": language.day(_AT.date()),
        "intro": "",
        "sections": showing.sections(items, telling, over={items[-1].id}),
    }
    departments = [{"title": "Engineering", "entries": shown}]
    return {
        "archive": ("archive", {"issues": issues}),
        "archive-empty": ("archive", {"issues": []}),
        "issue": ("issue", one),
        "jobs": ("jobs", {"departments": departments, "number": len(shown)}),
        "jobs-none": ("jobs", {"departments": [], "number": 0}),
    }


def told() -> Iterator[Item]:
    """Yield a post, an event and two jobs."""
    common: dict[str, Any] = {
        "image_url": "",
        "image_alt": "",
        "published_at": _AT,
        "first_seen_at": _AT,
    }
    summary = "What was built, what broke, and what we would do again."
    yield Item(
        1,
        1,
        "projects",
        "https://pinlabs.example/p/1",
        "How search learned to rank",
        summary,
        **common,
    )
    event = Event(_AT + timedelta(days=9), "Europe/Berlin", place="Pin Labs, Berlin")
    yield Item(
        2,
        2,
        "events",
        "https://pinlabs.example/e/2",
        "Open lab night",
        "Short talks, and time to ask.",
        **common,
        kind=ItemKind.EVENT,
        ends_at=_AT + timedelta(days=9, hours=2),
        details=event,
    )
    for number, title in ((3, "Platform engineer"), (4, "Machine learning scientist")):
        job = Job(
            "Engineering",
            locations=("Berlin, Germany", "Dublin, Ireland"),
            workplace=Workplace.HYBRID,
            employment=Employment.FULL_TIME,
        )
        url = f"https://jobs.pinlabs.example/{number}"
        yield Item(number, 3, "jobs", url, title, "", **common, kind=ItemKind.JOB, details=job)


def routes(app: App, mails: dict[str, str] | None = None) -> list[BaseRoute]:
    """Return the routes for `create_site`: /gallery/NAME, and /gallery/mail/NAME for HTML parts."""
    shower = Pages(app)

    async def page(request: Request) -> Response:
        template, values = pages(app.masthead.name, speaking.language())[
            request.path_params["name"]
        ]
        return shower.show(template, **values)

    async def mail(request: Request) -> Response:
        styled = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"
        html = (mails or {})[request.path_params["name"]]
        return HTMLResponse(html, headers={"content-security-policy": styled})

    return [Route(_HERE + "/mail/{name}", mail), Route(_HERE + "/{name}", page)]
