"""The saved searches of people, one each. Every function is part of one transaction.

A search says which jobs somebody wants to hear of, not whether: that is their consent, and so the
consent record knows nothing of searches.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from pinlabs_mailer.community.search import Search
from pinlabs_mailer.db.insert import insert_or_update
from pinlabs_mailer.db.tables import saved_search
from pinlabs_mailer.db.words import Employment

_NAMES = ("departments", "locations", "employments", "words")


def search_of(connection: Connection, subscriber_id: int) -> Search:
    """Return what a person looks for; nothing in it: every job."""
    found = connection.execute(
        select(saved_search).where(saved_search.c.subscriber_id == subscriber_id)
    ).mappings()
    row = found.first()
    return from_row(row) if row else Search()


def save_search(connection: Connection, subscriber_id: int, wanted: Search, now: datetime) -> None:
    """Let this be what a person looks for from now on; an empty search leaves no row."""
    if not wanted:
        remove_search(connection, subscriber_id)
        return
    values = {name: list(getattr(wanted, name)) for name in _NAMES}
    statement = insert_or_update(
        connection, saved_search, (saved_search.c.subscriber_id,), (*_NAMES, "saved_at")
    )
    connection.execute(statement, {"subscriber_id": subscriber_id, **values, "saved_at": now})


def remove_search(connection: Connection, subscriber_id: int) -> None:
    """Forget what a person looked for."""
    connection.execute(delete(saved_search).where(saved_search.c.subscriber_id == subscriber_id))


def from_row(row: Mapping[Any, Any]) -> Search:
    """Return the search that a row holds."""
    return Search(
        tuple(row["departments"]),
        tuple(row["locations"]),
        tuple(Employment(one) for one in row["employments"]),
        tuple(row["words"]),
    )
