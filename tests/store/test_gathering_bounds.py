"""Fetching from sources within bounds: of time, of pages, of where an address may lead."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import Engine

from pinlabs_mailer.app.gathering import Gatherer
from pinlabs_mailer.content import posts
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.words import SourceKind
from pinlabs_mailer.errors import Unavailable
from tests.store.gathering import HOUR, NOW, Gathering, document
from tests.unit.content.postings import GREENHOUSE
from tests.unit.content.samples import RSS
from tests.unit.content.webserver import WebServer, body


@pytest.fixture
def site() -> Iterator[WebServer]:
    with WebServer().running() as server:
        yield server


@pytest.fixture
def all_sources(engine: Engine) -> Gathering:
    return Gathering(engine)


def test_all_sources_together_have_an_end(all_sources: Gathering, site: WebServer) -> None:
    def slow(request: BaseHTTPRequestHandler) -> None:
        time.sleep(30)

    site.pages["/slow"] = slow
    site.pages["/rss"] = body(RSS)
    for number in range(12):
        all_sources.add(SourceKind.FEED, f"{site.url}/slow?{number}", f"slow {number}")
        site.pages[f"/slow?{number}"] = slow
    all_sources.add(SourceKind.FEED, f"{site.url}/rss", "last")
    began = time.monotonic()
    outcomes = all_sources.gatherer.gather(all_sources.sources(), seconds=1.5)
    assert time.monotonic() - began < 10
    assert all(isinstance(one.failure, Unavailable) for one in outcomes[:12])


def test_private_addresses_are_not_fetched_unless_allowed(
    all_sources: Gathering, site: WebServer
) -> None:
    source = all_sources.add(SourceKind.ASHBY, f"{site.url}/ashby", "board")
    careful = Gatherer(
        all_sources.engine, all_sources.clock, all_sources.gatherer.zone, allow_private=False
    )
    (outcome,) = careful.gather([source])
    assert "not a public address" in str(outcome.failure)
    assert site.asked == []


def test_ten_thousand_new_items_are_kept_in_short_writes(
    all_sources: Gathering, site: WebServer
) -> None:
    items = "".join(
        f"<item><title>Item {n}</title><link>https://labs.example/{n}</link></item>"
        for n in range(10_000)
    )
    site.pages["/"] = body(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())
    all_sources.add(SourceKind.FEED, f"{site.url}/", "feed")
    began = time.process_time()
    assert all_sources.fetch()["feed"].saved.added == 10_000
    assert time.process_time() - began < 10


def test_two_thousand_open_jobs_load_fast(all_sources: Gathering, site: WebServer) -> None:
    one = json.loads(json.dumps(GREENHOUSE))["jobs"][0]
    jobs = [{**one, "id": n, "absolute_url": f"https://x.example/{n}"} for n in range(2_000)]
    site.pages["/gh?content=true"] = document({"jobs": jobs})
    all_sources.add(SourceKind.GREENHOUSE, f"{site.url}/gh", "board")
    assert all_sources.fetch()["board"].saved.added == 2_000
    with reading(all_sources.engine) as connection:
        took = []
        for _ in range(3):
            began = time.process_time()
            found = posts.candidates(connection, NOW, NOW + 2 * HOUR)
            took.append(time.process_time() - began)
    assert len(found) == 2_000
    assert min(took) < 0.2
