"""What the tests of fetching from sources share: a web server, and a gatherer with a clock."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from pinlabs_mailer.app.gathering import Gatherer, Outcome
from pinlabs_mailer.content import roster
from pinlabs_mailer.content.roster import Source
from pinlabs_mailer.db import tables
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import SourceKind
from tests.support.installations import Clock
from tests.unit.content.webserver import body

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Gathering:
    """Sources of one database, looked at by a clock that a test moves."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.clock = Clock(NOW)
        self.gatherer = Gatherer(engine, self.clock, ZoneInfo("Europe/Oslo"), allow_private=True)

    def add(self, kind: SourceKind, location: str, name: str, **more: Any) -> Source:
        """Take up a source."""
        with writing(self.engine) as connection:
            return roster.add(connection, kind, location, NOW, name=name, **more)

    def fetch(self) -> dict[str, Outcome]:
        """Fetch from all sources, an hour later."""
        self.clock.advance(HOUR)
        return {one.source.name: one for one in self.gatherer.gather(self.sources())}

    def sources(self) -> list[Source]:
        """Return the sources as they stand."""
        with reading(self.engine) as connection:
            return roster.every(connection)

    def items(self) -> list[Any]:
        """Return the rows of all items in the order they were stored."""
        with reading(self.engine) as connection:
            return list(connection.execute(select(tables.item).order_by(tables.item.c.id)).all())

    def opened(self) -> list[str]:
        """Return the titles of what is not closed."""
        return [row.title for row in self.items() if row.closed_at is None]


def document(found: object) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return a page that is this document as JSON."""
    return body(json.dumps(found).encode(), Content_Type="application/json")


def versioned(content: bytes, etag: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return a page that says only that it is unchanged to who knows its version."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.headers["If-None-Match"] == etag:
            request.send_response(304)
            request.end_headers()
        else:
            body(content, ETag=etag, Last_Modified="Sun, 22 Nov 2026 10:00:00 GMT")(request)

    return answer
