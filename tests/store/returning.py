"""An installation whose mails come back: issues that were sent, and what is said of them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from pinlabs_mailer.app import App
from pinlabs_mailer.community import suppression
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, subscriber
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.delivery import ledger
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.ledger import Result
from pinlabs_mailer.digest import issues
from pinlabs_mailer.feedback.taking import Act, Mail
from pinlabs_mailer.outbox import lookup
from pinlabs_mailer.outbox.states import Move
from tests.support.installations import Clock, add_posts, confirmed, make_app

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADA, BOB = "ada@example.org", "bob@example.org"
RETURN_DOMAIN = "return.pinlabs.example"


class Scene:
    """Sends issues without a relay: what it would have said is passed."""

    def __init__(self, app: App, clock: Clock) -> None:
        self.app, self.clock = app, clock
        self._posts = 0
        self.mails: dict[str, Envelope] = {}
        self.told: list[str] = []

    def send(self, **how: Any) -> dict[str, Envelope]:
        """Open the next issue and let the relay take it; return the mails by address."""
        self.open()
        self.mails = self.deliver(**how)
        return self.mails

    def open(self) -> None:
        """Open the next issue."""
        self._posts += 1
        add_posts(self.app, self._posts, 1, self.clock())
        self.app.open_due(self.clock())

    def deliver(self, most: int = 1000, **how: Any) -> dict[str, Envelope]:
        """Let the relay take what waits, or say of it what `how` has for a `Result`."""
        mails = {}
        with writing(self.app.engine) as connection:
            started, _ = ledger.start(connection, "us", self.clock(), most)
            self.app.letters.load(connection, started)
            for one in started:
                mails[one.email] = self.app.letters.message(one, self.clock())
            said = how or {"move": Move.ACCEPT, "code": 250, "reply": "250 ok"}
            results = [Result(one.id, **said) for one in started]
            self.told = ledger.record(connection, results, self.clock())
        return mails

    def take(self, raw: bytes, to: str = "") -> Act:
        """Take one mail that came back, with one report in it."""
        ((act,),) = self.app.taker.take([Mail(raw, to)])
        return act

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**passed))

    def suppressed(self, email: str = ADA) -> SuppressionReason | None:
        """Return why an address gets nothing."""
        with reading(self.app.engine) as connection:
            return suppression.reason_for(connection, self.app.notary, parse_address(email))

    def issue(self, key: str = "2026-11-24") -> dict[str, Any]:
        """Return what `issue show` has."""
        with reading(self.app.engine) as connection:
            return issues.report(connection, issues.find(connection, key))

    def delivery(self, email: str = ADA) -> dict[str, Any]:
        """Return the last delivery to somebody, with what came back of it."""
        with reading(self.app.engine) as connection:
            return lookup.one(connection, self.delivery_id(email))

    def delivery_id(self, email: str = ADA) -> int:
        """Return the id of the last delivery to somebody."""
        key = parse_address(email).key
        with reading(self.app.engine) as connection:
            found: int = connection.execute(
                select(delivery.c.id)
                .join(subscriber)
                .where(subscriber.c.email_key == key)
                .order_by(delivery.c.id.desc())
                .limit(1)
            ).scalar_one()
        return found

    def change(self, email: str, **values: Any) -> None:
        """Change the last delivery to somebody."""
        with writing(self.app.engine) as connection:
            connection.execute(
                update(delivery).where(delivery.c.id == self.delivery_id(email)).values(values)
            )


@contextmanager
def scene(
    database_url: str, *readers: str, return_domain: str = RETURN_DOMAIN, **given: str
) -> Iterator[Scene]:
    """An installation with readers, a return domain and nothing sent yet."""
    clock = Clock(TUESDAY)
    chosen = {"schedule": "daily 09:00", **given}
    if return_domain:
        chosen["return_domain"] = return_domain
    with closing(make_app(database_url, 1, clock, **chosen)) as app:
        for email in readers or (ADA, BOB):
            confirmed(app, email)
        yield Scene(app, clock)
