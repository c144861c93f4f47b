"""Readers and something to tell them, written straight into the tables."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, update

from pinlabs_mailer.content import posts
from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.db.tables import installation, subscriber, subscription


def email(number: int) -> str:
    """Return the address of a reader; they are numbered from 1."""
    return f"reader{number}@example.net"


def number(address: str) -> int:
    """Return whose address it is."""
    return int(address.removeprefix("reader").partition("@")[0])


def fill(connection: Connection, readers: int, now: datetime) -> None:
    """Have an installation with an issue that is due, and this many who have consented to it."""
    then = now - timedelta(days=1)
    connection.execute(update(installation).values(created_at=now - timedelta(days=8)))
    numbers = range(1, readers + 1)
    people = [
        {
            "id": one,
            "reference": secrets.token_urlsafe(9),
            "email": email(one),
            "email_key": email(one),
            "name": f"Reader {one}",
            "created_at": then,
        }
        for one in numbers
    ]
    connection.execute(insert(subscriber), people)
    consents = [
        {"subscriber_id": one, "topic_id": 1, "status": "confirmed", "confirmed_at": then}
        for one in numbers
    ]
    connection.execute(insert(subscription), consents)
    found = FoundItem("https://pinlabs.example/projects/1", "A post", "What it says. " * 8)
    posts.save(connection, 1, [found], then + timedelta(hours=1))
