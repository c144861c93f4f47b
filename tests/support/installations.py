"""An installation for a test: real database, real relay, real templates; only the clock is ours."""

from datetime import datetime, timedelta

from pinlabs_mailer import settings
from pinlabs_mailer.app import App
from pinlabs_mailer.community import joining
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.limits import Limits
from pinlabs_mailer.content import posts
from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.tokens import Signer

GIVEN = {
    "from": "Pin Labs <news@pinlabs.example>",
    "base_url": "https://news.pinlabs.example",
    "postal_address": "Pin Labs, 1 Example Street, 12345 Example Town",
    "secret_keys": "a key for tests that is long enough to be one",
}

NOTARY = Notary([GIVEN["secret_keys"]])
LIMITS = Limits(Signer([GIVEN["secret_keys"]]).hide, 500, 100, 30)


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


def make_app(database_url: str, relay_port: int, clock: Clock, **given: str) -> App:
    """Return an installation that mails through a relay on loopback."""
    chosen = {
        **GIVEN,
        "database_url": database_url,
        "smtp_url": f"smtp://127.0.0.1:{relay_port}",
        **given,
    }
    return App(settings.load({}, None, **chosen), clock)


def confirmed(app: App, email: str, *topics: str, name: str = "") -> None:
    """Make a subscriber who has consented."""
    with writing(app.engine) as connection:
        wanted = joining.Request(parse_address(email), topics or ("projects",), name=name)
        how = Circumstances(
            app.clock(), "test", Actor.OPERATOR, app.notary, evidence="for the test"
        )
        joining.record_confirmed(connection, wanted, how)


def add_posts(app: App, first: int, number: int, published: datetime) -> None:
    """Store posts `first`, `first` + 1, ..., each published a minute before the one before it."""
    found = [
        FoundItem(
            url=f"https://pinlabs.example/projects/{which}",
            title=f"Post {which}",
            summary=f"What post {which} is about.",
            published_at=published - timedelta(minutes=which),
        )
        for which in range(first, first + number)
    ]
    with writing(app.engine) as connection:
        posts.save(connection, 1, found, app.clock())
