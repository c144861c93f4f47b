"""One digest that waits for its readers, and a way to send it with other settings."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime

import pytest

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.outbox import lookup
from tests.support.installations import Clock, add_posts, confirmed, make_app
from tests.support.relay import Relay

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

MakeApp = Callable[..., App]


@pytest.fixture
def make(database_url: str, relay: Relay) -> Iterator[MakeApp]:
    """Return what makes the installation, with these settings."""
    with ExitStack() as stack:

        def make(**settings: str) -> App:
            app = make_app(database_url, relay.port, Clock(TUESDAY), **settings)
            return stack.enter_context(closing(app))

        yield make


def open_issue(app: App, *readers: str) -> None:
    """Bring the installation to where a digest waits for these people."""
    for email in readers:
        confirmed(app, email)
    add_posts(app, 1, 1, app.clock())
    assert app.open_due(TUESDAY) is not None


def ledger(app: App) -> dict[str, dict[str, object]]:
    """Return the one issue's deliveries by address, each with its tries."""
    with reading(app.engine) as connection:
        listed = lookup.of_issue(connection, 1)
        return {str(row["email"]): lookup.one(connection, int(str(row["id"]))) for row in listed}


def untouched(app: App) -> bool:
    """Say whether everything waits as if nobody had ever tried."""
    return all(
        (row["status"], row["attempts"], row["tries"]) == ("planned", 0, [])
        for row in ledger(app).values()
    )
