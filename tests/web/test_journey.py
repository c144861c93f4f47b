"""The whole way in a real browser that runs no script: join, confirm, leave one topic, choose,
pause, leave, come back, and leave for good.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes, policy
from typing import NamedTuple

import pytest

from pinlabs_mailer.app import App, worker
from tests.support.browser import Browser
from tests.support.installations import Clock, add_posts, make_app
from tests.support.relay import Relay
from tests.support.site import Server
from tests.web.people import ADA, confirm_path, link_path, standing, unsubscribe_url

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def app(database_url: str, relay: Relay, clock: Clock, server: Server) -> Iterator[App]:
    """An installation whose links lead to the server itself."""
    base_url = f"http://localhost:{server.port}"
    with closing(make_app(database_url, relay.port, clock, base_url=base_url)) as app:
        yield app


class Said(NamedTuple):
    """What the pages say in one language."""

    code: str
    look_again: str
    check_mail: str
    projects: str
    welcome: str
    saved: str
    left: str
    subject: str
    kept: str
    back: str


ENGLISH = Said(
    "en",
    "Please look again",
    "Check your mail",
    "Projects",
    "Welcome",
    "Saved",
    "You have left",
    "and 2 more",
    "Saved.",
    "Welcome back",
)
GERMAN = Said(
    "de",
    "Bitte sehen Sie noch einmal nach",
    "Sehen Sie in Ihr Postfach",
    "Projekte",
    "Willkommen",
    "Gespeichert",
    "Sie sind abgemeldet",
    "und 2 weitere",
    "Gespeichert.",
    "Willkommen zurück",
)


@pytest.mark.parametrize("said", [ENGLISH, GERMAN], ids=["en", "de"])
def test_from_joining_to_leaving_without_a_script(
    app: App, server: Server, relay: Relay, clock: Clock, said: Said
) -> None:
    here = f"http://localhost:{server.port}"
    with server.showing(app), Browser(scripts=False) as browser:
        browser.open(f"{here}/")
        assert browser.url == f"{here}/join"
        browser.click(f".switch a[lang={said.code}]")
        browser.fill("#email", "ada@")
        browser.click("button")
        assert said.look_again in browser.text("main")
        browser.fill("#email", ADA)
        browser.fill("#name", "Ada")
        browser.click("#topic-projects")
        browser.click("label[for=topic-jobs]")
        clock.advance(timedelta(seconds=20))
        browser.click("button")
        assert said.check_mail in browser.text("h1")
        worker.take_up(app)
        assert standing(app.engine) == {"projects": "pending", "jobs": "pending"}

        app.pump.run()
        browser.open(here + confirm_path(relay.messages.pop()))
        assert said.projects in browser.text(".topics")
        browser.click("button")
        assert browser.text("h1") == said.welcome
        assert standing(app.engine) == {"projects": "confirmed", "jobs": "confirmed"}

        add_posts(app, 1, 3, clock.now)
        clock.now = clock.now.replace(day=24)
        app.open_due(clock.now)
        app.pump.run()
        digest = relay.messages.pop()
        assert said.subject in str(
            message_from_bytes(digest.data, policy=policy.default)["subject"]
        )
        link = unsubscribe_url(digest)
        browser.open(link)
        browser.click("#topic-jobs")
        browser.click(".instead button")
        assert browser.text("h1") == said.saved
        assert standing(app.engine) == {"projects": "confirmed", "jobs": "withdrawn"}

        browser.open(here + link_path(digest, "preferences"))
        browser.click("label[for=topic-jobs]")
        browser.click("label[for=frequency-monthly]")
        browser.evaluate("document.querySelector('#paused_until').value = '2026-12-24'")
        browser.click("button[value=save]")
        assert browser.text(".notice-good") == said.kept
        assert browser.evaluate("document.querySelector('#paused_until').value") == "2026-12-24"
        assert standing(app.engine) == {"projects": "confirmed", "jobs": "confirmed"}
        add_posts(app, 4, 1, clock.now)
        clock.advance(timedelta(days=7))
        app.open_due(clock.now)
        app.pump.run()
        assert relay.messages == []

        browser.click("button[value=leave]")
        assert browser.text("h1") == said.left
        assert browser.evaluate("document.documentElement.lang") == said.code
        assert standing(app.engine) == {"projects": "withdrawn", "jobs": "withdrawn"}
        browser.click("form button")
        assert browser.text("h1") == said.back
        assert standing(app.engine) == {"projects": "confirmed", "jobs": "confirmed"}

        browser.open(link)
        browser.click("button")
        assert browser.text("h1") == said.left
        assert standing(app.engine) == {"projects": "withdrawn", "jobs": "withdrawn"}
        elsewhere = [url for url in browser.requests if not url.startswith((here, "data:"))]
        assert elsewhere == []
