"""Fill a database for a benchmark: subscribers who have consented, and a post of 7 kB mail.

    python -m benchmarks.fill DATABASE_URL READERS

A process of its own: what it needs is no part of what the sender needs.
"""

import secrets
import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from pinlabs_mailer import settings
from pinlabs_mailer.app import App
from pinlabs_mailer.content import posts
from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.db import schema
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import subscriber, subscription

MESSAGE_BYTES = 7_000
"""About what a mail has here, and exactly what the yardstick's have."""
GIVEN = {
    "from": "Pin Labs <news@pinlabs.example>",
    "base_url": "https://news.pinlabs.example",
    "postal_address": "Pin Labs, 1 Example Street, Example Town",
    "secret_keys": "a key for benchmarks that is long enough",
}


def fill(app: App, readers: int, now: datetime) -> None:
    """Set the database up with this many readers and one post."""
    schema.upgrade(app.bare_engine, now - timedelta(days=8))
    then = now - timedelta(days=1)
    for first in range(0, readers, 50_000):
        some = range(first + 1, min(first + 50_000, readers) + 1)
        with writing(app.engine) as connection:
            connection.execute(
                insert(subscriber),
                [
                    {
                        "id": number,
                        "reference": secrets.token_urlsafe(9),
                        "email": f"reader{number}@example.net",
                        "email_key": f"reader{number}@example.net",
                        "name": f"Reader {number}",
                        "created_at": then,
                    }
                    for number in some
                ],
            )
            connection.execute(
                insert(subscription),
                [
                    {
                        "subscriber_id": number,
                        "topic_id": 1,
                        "status": "confirmed",
                        "confirmed_at": then,
                        "term_since": then,
                    }
                    for number in some
                ],
            )
    with writing(app.engine) as connection:
        found = FoundItem("https://pinlabs.example/projects/1", "A post", "What it says. " * 114)
        posts.save(connection, 1, [found], then + timedelta(hours=1))


if __name__ == "__main__":
    app_ = App(
        settings.load({}, None, **GIVEN, database_url=sys.argv[1]), lambda: datetime.now(UTC)
    )
    fill(app_, int(sys.argv[2]), app_.clock())
