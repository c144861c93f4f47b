"""Pictures of every page and of the mails: at a phone's and a desktop's width, light and dark, in
every language.

    python -m tests.support.screenshots FOLDER [BEGINNING-OF-A-NAME]
"""

import sys
import tempfile
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

from pinlabs_mailer import languages
from pinlabs_mailer.app import App
from pinlabs_mailer.community import joining
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.content import posts
from pinlabs_mailer.db import schema
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.demo import samples, stories
from pinlabs_mailer.web.pages import Pages
from tests.support import gallery
from tests.support.browser import Browser
from tests.support.installations import Clock, make_app
from tests.support.relay import Relay
from tests.support.site import Server

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def take(folder: Path, only: str = "") -> int:
    """Write all pictures, or those whose name begins so, and return how many."""
    count = 0
    with ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory())
        server, relay = stack.enter_context(Server()), stack.enter_context(Relay())
        base_url = f"http://localhost:{server.port}"
        url = f"sqlite:///{place}/pictures.db"
        given = {"base_url": base_url, "privacy_url": f"{base_url}/privacy"}
        app = stack.enter_context(closing(make_app(url, relay.port, Clock(NOW), **given)))
        schema.upgrade(app.bare_engine, NOW - timedelta(days=1))
        mails = _mails(app, relay)
        extra = [*gallery.routes(app, mails), *stories.routes(Pages(app))]
        stack.enter_context(server.showing(app, extra))
        browser = stack.enter_context(Browser())
        for look in gallery.looks(app.masthead.name, mails):
            if look.name.startswith(only):
                browser.look(look.width, dark=look.dark)
                browser.open(base_url + look.path)
                browser.screenshot(folder / f"{look.name}.png", look.width, dark=look.dark)
                count += 1
    return count


def _mails(app: App, relay: Relay) -> dict[str, str]:
    """Send a confirmation and a digest in every language; return their HTML as it arrived."""
    with writing(app.engine) as connection:
        for topic, told in enumerate((samples.posts, samples.events, samples.jobs), 1):
            posts.save(connection, topic, told(NOW, app.masthead.base_url), NOW)
        for language in languages.every():
            for who in ("confirmation", "digest"):
                wanted = joining.Request(
                    parse_address(f"{who}-{language.code}@example.org"),
                    ("projects", "events", "jobs"),
                    name="Ada",
                    locale=language.code,
                )
                how = Circumstances(
                    NOW, "our join page", Actor.PERSON, app.notary, evidence="for the picture"
                )
                act = joining.request if who == "confirmation" else joining.record_confirmed
                act(connection, wanted, how)
    app.open_due(NOW)
    app.pump.run()
    found = {}
    for message in relay.messages:
        part = message_from_bytes(message.data, policy=policy.default).get_body(("html",))
        assert part is not None
        found[message.recipient.partition("@")[0]] = part.get_content()
    return found


if __name__ == "__main__":
    chosen = Path(sys.argv[1])
    chosen.mkdir(parents=True, exist_ok=True)
    print(f"{take(chosen, *sys.argv[2:])} pictures in {chosen}")
