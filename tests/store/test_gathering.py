"""Fetching from sources over a real network, and what is written down of it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pinlabs_mailer.content import roster
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.words import SourceKind
from pinlabs_mailer.errors import Unavailable
from tests.store.gathering import HOUR, NOW, Gathering, document, versioned
from tests.unit.content.postings import ASHBY, GREENHOUSE, lever, page_of, smartrecruiters
from tests.unit.content.samples import JSON_FEED, PAGE, RSS
from tests.unit.content.webserver import WebServer, body, status

LOGIN = body(b"<!doctype html><title>Sign in</title><form><input></form>", Content_Type="text/html")


@pytest.fixture
def site() -> Iterator[WebServer]:
    with WebServer().running() as server:
        yield server


@pytest.fixture
def all_sources(engine: Engine) -> Gathering:
    return Gathering(engine)


def test_every_kind_is_fetched(all_sources: Gathering, site: WebServer, tmp_path: Path) -> None:
    folder = tmp_path / "posts" / "deep"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text("---\ntitle: A file\nurl: https://labs.example/file\n---\nText.")
    (folder.parent / "notes.txt").write_text("no item")
    site.pages |= {
        "/rss": body(RSS),
        "/feed.json": body(JSON_FEED.replace(b"/notes/", b"/other/")),
        "/page": body(PAGE.replace(b"small-models", b"smaller-models")),
        "/jobs": body(b'<script type="application/ld+json">{"@type": "JobPosting", "title": "J", '
                      b'"url": "/j"}</script>'),
        "/cal.ics": body(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:E\n"
                         b"DTSTART:20261203T180000Z\nEND:VEVENT\nEND:VCALENDAR\n"),
        "/gh?content=true": document(GREENHOUSE),
        "/lever?mode=json&skip=0&limit=100": document([lever(1)]),
        "/ashby": document(ASHBY),
        "/sr?limit=100&offset=0": body(page_of([smartrecruiters(1)], 0, 1)),
    }  # fmt: skip
    for kind, location in [
        (SourceKind.FEED, "/rss"), (SourceKind.FEED, "/feed.json"), (SourceKind.PAGE, "/page"),
        (SourceKind.JSONLD, "/jobs"), (SourceKind.ICAL, "/cal.ics"),
        (SourceKind.GREENHOUSE, "/gh"), (SourceKind.LEVER, "/lever"),
        (SourceKind.ASHBY, "/ashby"), (SourceKind.SMARTRECRUITERS, "/sr"),
    ]:  # fmt: skip
        all_sources.add(kind, site.url + location, location)
    all_sources.add(SourceKind.FILES, str(folder.parent), "files")
    outcomes = all_sources.fetch()
    assert {name: one.failure for name, one in outcomes.items() if one.failure} == {}
    added = {name: one.saved.added for name, one in outcomes.items()}
    assert added == {
        "/rss": 3, "/feed.json": 3, "/page": 2, "/jobs": 1, "/cal.ics": 1, "/gh": 2, "/lever": 1,
        "/ashby": 1, "/sr": 1, "files": 1,
    }  # fmt: skip
    again = all_sources.fetch()
    assert {one.saved.added + one.saved.changed for one in again.values()} == {0}
    assert all(one.fetched_at == NOW + 2 * HOUR for one in all_sources.sources())


def test_cards_are_found_by_selectors(all_sources: Gathering, site: WebServer) -> None:
    site.pages["/"] = body(
        b"<nav><a href='/x'>X</a></nav><ul><li class=n><b>One</b> <a href='/1'>go</a><i>First.</i>"
        b"<span class=d>2026-11-01</span></li></ul><a class='n' href='/2'><b>Two</b></a>"
    )
    select = {"card": ".n", "title": "b", "summary": "i", "date": ".d"}
    all_sources.add(SourceKind.PAGE, f"{site.url}/", "page", selectors=select)
    all_sources.fetch()
    first, second = all_sources.items()
    assert (first.title, first.summary, first.url) == ("One", "First.", f"{site.url}/1")
    assert first.published_at is not None
    assert (second.title, second.url) == ("Two", f"{site.url}/2")
    site.pages["/"] = LOGIN
    assert all_sources.fetch()["page"].failure is not None


def test_what_is_unchanged_is_not_read_again_and_counts_as_complete(
    all_sources: Gathering, site: WebServer
) -> None:
    site.pages["/gh?content=true"] = versioned(json.dumps(GREENHOUSE).encode(), '"v1"')
    all_sources.add(SourceKind.GREENHOUSE, f"{site.url}/gh", "board")
    all_sources.fetch()
    (source,) = all_sources.sources()
    assert source.mark == ('"v1"', "Sun, 22 Nov 2026 10:00:00 GMT")
    outcome = all_sources.fetch()["board"]
    assert (outcome.status, outcome.closed) == ("unchanged", 0)
    assert all_sources.sources()[0].fetched_at == NOW + 2 * HOUR
    assert len(all_sources.opened()) == 2


def test_a_series_goes_on_though_its_calendar_says_that_it_is_unchanged(
    all_sources: Gathering, site: WebServer
) -> None:
    site.pages["/cal.ics"] = versioned(
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Talk\nDTSTART:20261126T180000Z\n"
        b"RRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n",
        '"1"',
    )
    all_sources.add(SourceKind.ICAL, f"{site.url}/cal.ics", "cal")
    for week in range(3):
        all_sources.fetch()
        days = [row.details["starts_at"][:10] for row in all_sources.items()]
        assert days == ["2026-11-26", "2026-12-03", "2026-12-10"][: week + 1]
        all_sources.clock.advance(timedelta(days=7))


def test_pages_are_followed_to_the_end_and_asked_for_whole_each_time(
    all_sources: Gathering, site: WebServer
) -> None:
    postings = [smartrecruiters(number) for number in range(150)]
    first = page_of(postings[:100], 0, 150)
    site.pages["/sr?limit=100&offset=0"] = versioned(first, '"v1"')
    site.pages["/sr?limit=100&offset=100"] = body(page_of(postings[100:], 100, 150))
    all_sources.add(SourceKind.SMARTRECRUITERS, f"{site.url}/sr", "board")
    assert all_sources.fetch()["board"].saved.added == 150
    site.pages["/sr?limit=100&offset=100"] = body(page_of(postings[101:], 100, 149))
    assert all_sources.fetch()["board"].closed == 1


def test_a_page_that_fails_closes_nothing(all_sources: Gathering, site: WebServer) -> None:
    full = [lever(number) for number in range(100)]
    site.pages["/l?mode=json&skip=0&limit=100"] = document(full)
    site.pages["/l?mode=json&skip=100&limit=100"] = document([lever(100)])
    all_sources.add(SourceKind.LEVER, f"{site.url}/l", "board")
    assert all_sources.fetch()["board"].saved.added == 101
    site.pages["/l?mode=json&skip=100&limit=100"] = status(503)
    for _ in range(3):
        assert isinstance(all_sources.fetch()["board"].failure, Unavailable)
    assert len(all_sources.opened()) == 101


def test_a_board_whose_pages_never_end_is_left(
    all_sources: Gathering, site: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless(dict):  # type: ignore[type-arg]
        def get(self, path: str, default: object = None) -> object:
            number = len(site.asked)
            return document([lever(n) for n in range(number * 100, number * 100 + 100)])

    monkeypatch.setattr("pinlabs_mailer.content.visiting.MAX_PAGES", 5)
    site.pages = Endless()
    all_sources.add(SourceKind.LEVER, f"{site.url}/l", "board")
    outcome = all_sources.fetch()["board"]
    assert len(site.asked) == 5
    assert outcome.saved.added == 500
    assert "more pages than are read" in outcome.noted[-1].why


@pytest.mark.parametrize("instead", [LOGIN, status(503), status(404), body(b""), body(b"{}")])
def test_a_source_that_is_not_what_it_says_fails_and_closes_nothing(
    all_sources: Gathering, site: WebServer, instead: object
) -> None:
    site.pages["/ashby"] = document(ASHBY)
    all_sources.add(SourceKind.ASHBY, f"{site.url}/ashby", "board")
    all_sources.fetch()
    site.pages["/ashby"] = instead  # type: ignore[assignment]
    for _ in range(3):
        assert all_sources.fetch()["board"].status == "failed"
    (source,) = all_sources.sources()
    assert (source.fetched_at, source.failed_at) == (NOW + HOUR, NOW + 4 * HOUR)
    assert f"{site.url}/ashby" in source.failure
    assert all_sources.opened() == ["Product Manager"]
    site.pages["/ashby"] = document(ASHBY)
    assert all_sources.fetch()["board"].saved.unchanged == 1
    assert all_sources.sources()[0].failure == ""


def test_an_empty_list_by_mistake_closes_nothing_until_a_second_one_agrees(
    all_sources: Gathering, site: WebServer
) -> None:
    site.pages["/ashby"] = document(ASHBY)
    all_sources.add(SourceKind.ASHBY, f"{site.url}/ashby", "board")
    all_sources.fetch()
    site.pages["/ashby"] = versioned(b'{"apiVersion": "1", "jobs": []}', '"none"')
    assert all_sources.fetch()["board"].closed == 0
    assert all_sources.opened() == ["Product Manager"]
    agreed = all_sources.fetch()["board"]
    assert (agreed.status, agreed.closed) == ("unchanged", 1)
    assert all_sources.opened() == []
    site.pages["/ashby"] = document(ASHBY)
    back = all_sources.fetch()["board"]
    assert (back.saved.added, back.saved.changed) == (0, 1)
    assert all_sources.opened() == ["Product Manager"]
    assert all_sources.items()[0].first_seen_at == NOW + HOUR


def test_a_job_that_is_refused_now_is_not_gone(all_sources: Gathering, site: WebServer) -> None:
    path = "/l?mode=json&skip=0&limit=100"
    site.pages[path] = document([lever(1), lever(2), lever(3)])
    all_sources.add(SourceKind.LEVER, f"{site.url}/l", "board")
    all_sources.fetch()
    site.pages[path] = document([lever(1), lever(2), lever(3) | {"text": ""}])
    outcome = all_sources.fetch()["board"]
    assert (len(outcome.refused), outcome.closed) == (1, 0)
    assert len(all_sources.opened()) == 3


def test_one_that_fails_stops_no_other(
    all_sources: Gathering, site: WebServer, tmp_path: Path
) -> None:
    site.pages["/rss"] = body(RSS)
    site.pages["/bad"] = status(500)
    all_sources.add(SourceKind.FEED, f"{site.url}/bad", "bad")
    all_sources.add(SourceKind.FEED, f"{site.url}/rss", "good")
    all_sources.add(SourceKind.FILES, str(tmp_path / "nowhere"), "gone")
    outcomes = all_sources.fetch()
    assert [one.status for one in outcomes.values()] == ["failed", "fetched", "failed"]
    assert outcomes["good"].saved.added == 3


def test_a_reader_that_breaks_stops_no_other(
    all_sources: Gathering, site: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    site.pages["/rss"] = body(RSS)
    all_sources.add(SourceKind.ICAL, f"{site.url}/rss", "broken")
    all_sources.add(SourceKind.FEED, f"{site.url}/rss", "good")
    monkeypatch.setattr("pinlabs_mailer.content.sources.ical.read", broken)
    outcomes = all_sources.fetch()
    assert "ZeroDivisionError" in str(outcomes["broken"].failure)
    assert outcomes["good"].saved.added == 3


def test_one_bad_file_costs_no_other_and_closes_nothing(
    all_sources: Gathering, tmp_path: Path
) -> None:
    for name in "abc":
        text = f"---\nkind: job\ntitle: {name}\nurl: https://x.example/{name}\n---\n"
        (tmp_path / f"{name}.md").write_text(text)
    all_sources.add(SourceKind.FILES, str(tmp_path), "files")
    assert all_sources.fetch()["files"].saved.added == 3
    (tmp_path / "a.md").write_text("nothing")
    (tmp_path / "b.md").unlink()
    outcome = all_sources.fetch()["files"]
    [refused] = outcome.refused
    assert refused.what == str(tmp_path / "a.md")
    assert refused.why == "It is a file without front matter."
    assert all_sources.opened() == ["a", "b", "c"]
    (tmp_path / "a.md").unlink()
    (tmp_path / "d.md").write_text("---\nkind: job\ntitle: d\nurl: https://x.example/d\n---\n")
    all_sources.fetch()
    all_sources.fetch()
    assert all_sources.opened() == ["c", "d"]


def test_a_source_that_was_removed_meanwhile_leaves_nothing(
    all_sources: Gathering, site: WebServer
) -> None:
    site.pages["/rss"] = body(RSS)
    source = all_sources.add(SourceKind.FEED, f"{site.url}/rss", "gone")
    with writing(all_sources.engine) as connection:
        roster.remove(connection, "gone", NOW)
    all_sources.gatherer.gather([source])
    assert all_sources.items() == []


def test_sources_are_not_asked_again_within_ten_minutes(
    all_sources: Gathering, site: WebServer
) -> None:
    site.pages["/rss"] = body(RSS)
    all_sources.add(SourceKind.FEED, f"{site.url}/rss", "good")
    all_sources.add(SourceKind.FEED, f"{site.url}/none", "bad")
    all_sources.gatherer.refresh()
    all_sources.gatherer.refresh()
    assert len(site.asked) == 2
    all_sources.clock.advance(HOUR)
    all_sources.gatherer.refresh()
    assert len(site.asked) == 4
