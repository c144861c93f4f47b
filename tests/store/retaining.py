"""A community over the years: people who join, act and leave, and a job that runs every day."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from pinlabs_mailer.app import App, retention
from pinlabs_mailer.community import consent, joining, leaving, renewing, subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.audit import Tally, audit
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, opt_in, subscriber, subscription
from pinlabs_mailer.db.words import Actor, ConsentChange, DeliveryKind, DeliveryStatus
from pinlabs_mailer.outbox import audit as ledger
from tests.support.installations import Clock

BEGIN = datetime(2024, 2, 29, 8, 0, tzinfo=UTC)
ENDS = (datetime(2026, 2, 28, 8, 0, tzinfo=UTC) - BEGIN).days
DAY = timedelta(days=1)


def circumstances(app: App, actor: Actor = Actor.PERSON) -> Circumstances:
    """How something comes about, now."""
    return Circumstances(app.clock(), "test", actor, app.notary)


def id_of(connection: Connection, email: str) -> int:
    """The person with this address."""
    return subscribers.by_address(connection, parse_address(email)).id


def ask(app: App, email: str, *topics: str) -> None:
    """Ask to join, and do not confirm."""
    with writing(app.engine) as connection:
        wanted = joining.Request(parse_address(email), topics or ("projects",))
        joining.request(connection, wanted, circumstances(app))


def join(app: App, email: str, *topics: str) -> None:
    """Ask to join, and confirm."""
    ask(app, email, *topics)
    with writing(app.engine) as connection:
        latest = select(opt_in.c.reference).order_by(opt_in.c.id.desc()).limit(1)
        reference = connection.execute(latest).scalar_one()
        assert joining.confirm(connection, reference, circumstances(app), "pinlabs.example")


def change(app: App, email: str, actor: Actor) -> None:
    """Change how often somebody hears of projects."""
    with writing(app.engine) as connection:
        one = Change(id_of(connection, email), 1, ConsentChange.CHANGED, circumstances(app, actor))
        consent.record(connection, [one])


def leave(app: App, email: str) -> None:
    """Leave everything."""
    with writing(app.engine) as connection:
        leaving.withdraw(connection, id_of(connection, email), circumstances(app))


def renew(app: App, email: str) -> None:
    """Press the button of the reminder."""
    with writing(app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(email))
        assert renewing.renew(connection, person.reference, circumstances(app)) is not None


def delivered(app: App) -> list[str]:
    """Let the relay have taken all that waits; return who got a reminder."""
    waits = delivery.c.status == DeliveryStatus.PLANNED
    with writing(app.engine) as connection:
        reminded = connection.execute(
            select(subscriber.c.email)
            .join(delivery)
            .where(waits, delivery.c.kind == DeliveryKind.RENEWAL)
        ).scalars()
        found = sorted(reminded)
        connection.execute(
            update(delivery)
            .where(waits)
            .values(status="accepted", attempts=1, finished_at=app.clock(), reply="250 ok")
        )
    return found


def standing(app: App) -> dict[str, str]:
    """Return how everybody stands with projects, erased people aside."""
    with reading(app.engine) as connection:
        found = connection.execute(
            select(subscriber.c.email, subscription.c.status)
            .join(subscription)
            .where(subscription.c.topic_id == 1)
        )
        return {row.email: row.status for row in found}


def sound(app: App) -> None:
    """The consent record verifies, standings follow from it, and nothing is wrong in the ledger."""
    with reading(app.engine) as connection:
        assert list(audit(connection, app.notary, Tally())) == []
    with reading(app.engine) as connection:
        assert set(ledger.audit(connection).values()) == {0}


class Letter(NamedTuple):
    """A reminder that went out."""

    day: int
    email: str


def play(app: App, clock: Clock, days: int, step: int = 1) -> list[Letter]:
    """Let the job run every day, and return which reminders went out on which day."""
    found: list[Letter] = []
    for _ in range(0, days, step):
        clock.advance(step * DAY)
        retention.run(app)
        found += [Letter((clock.now - BEGIN).days, one) for one in delivered(app)]
    return found


def crowd(app: App, clock: Clock) -> None:
    """Bring a database to where all sorts of things are due."""
    for number in range(4):
        join(app, f"old{number}@example.org", "projects", "jobs")
        join(app, f"left{number}@example.org")
        ask(app, f"never{number}@example.org")
    delivered(app)
    for number in range(4):
        leave(app, f"left{number}@example.org")
    clock.now = BEGIN + (ENDS - 30) * DAY
    for number in range(4):
        join(app, f"new{number}@example.org")
    retention.run(app)
    delivered(app)
    for number in range(4):
        ask(app, f"late{number}@example.org")
    clock.now = datetime(2028, 1, 1, 12, 0, tzinfo=UTC)
    retention.run(app)
    delivered(app)
    clock.now += 10 * DAY
