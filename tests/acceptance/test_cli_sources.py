"""`source`, `post` for events and jobs, `issue next`, and sources fetched before an issue."""

import json
from collections.abc import Iterator

import pytest

from pinlabs_mailer.app import App
from tests.acceptance.conftest import TUESDAY
from tests.support.installations import confirmed
from tests.support.program import Program
from tests.support.relay import Relay
from tests.unit.content.postings import ASHBY
from tests.unit.content.samples import RSS
from tests.unit.content.webserver import WebServer, body, status

AT = f"{TUESDAY:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def site() -> Iterator[WebServer]:
    with WebServer().running() as server:
        server.pages["/rss"] = body(RSS)
        server.pages["/ashby"] = body(json.dumps(ASHBY).encode())
        yield server


@pytest.fixture
def allowed(program: Program) -> Program:
    """The program, allowed to fetch from loopback."""
    return Program({**program.settings, "fetch_private": "true"})


def test_sources_are_added_listed_fetched_and_removed(allowed: Program, site: WebServer) -> None:
    added = allowed.json("source", "add", "ashby", f"{site.url}/ashby", "--name", "acme")
    assert (added["name"], added["topic"], added["fetched_at"]) == ("acme", "jobs", None)
    allowed("source", "add", "feed", f"{site.url}/rss", "--topic", "events")
    fetched = allowed("source", "fetch", "--json").items
    assert [(one["name"], one["status"], one["added"]) for one in fetched] == [
        ("acme", "fetched", 1), ("feed-localhost", "fetched", 3),
    ]  # fmt: skip
    listed = allowed("source", "list", "--json").items
    assert [one["topic"] for one in listed] == ["jobs", "events"]
    assert all(one["fetched_at"] and not one["failure"] for one in listed)
    assert allowed.json("source", "remove", "acme") == {"removed": "acme", "closed": 1}
    (job,) = [one for one in allowed("post", "list", "--json").items if one["kind"] == "job"]
    assert job["details"]["locations"] == ["Houston, TX", "San Francisco"]
    assert allowed.json("post", "show", str(job["id"]))["closed_at"]


def test_a_source_that_fails_is_told_and_ends_with_1(allowed: Program, site: WebServer) -> None:
    site.pages["/bad"] = status(503)
    allowed("source", "add", "feed", f"{site.url}/bad", "--name", "bad")
    allowed("source", "add", "feed", f"{site.url}/rss", "--name", "good")
    done = allowed("source", "fetch", "--json", code=1)
    assert [one["status"] for one in done.items] == ["failed", "fetched"]
    assert "answers 503" in done.err
    assert "Sources that failed: bad" in done.err
    assert "answers 503" in allowed("source", "list").out
    assert allowed("source", "fetch", "good", "--json").items[0]["unchanged"] == 3
    allowed("source", "fetch", "none", code=2)


def test_wrong_usage_of_a_source_ends_with_2(program: Program, site: WebServer) -> None:
    program("source", "add", "gopher", "x", code=2)
    program("source", "add", "lever", "a/b", code=2)
    program("source", "add", "page", "x", "--select", "card", code=2)
    program("source", "remove", "none", code=2)
    program("source", "add", "feed", f"{site.url}/rss")
    assert "PINLABS_FETCH_PRIVATE" in program("source", "fetch", code=1).err
    assert site.asked == []


def test_sources_are_fetched_before_an_issue_opens_and_do_not_stop_it(
    allowed: Program, inside: App, site: WebServer, relay: Relay
) -> None:
    confirmed(inside, "ada@example.org", "projects")
    site.pages["/bad"] = status(503)
    allowed("source", "add", "feed", f"{site.url}/bad", "--name", "bad")
    allowed("source", "add", "files", "nowhere")
    allowed(
        "post", "add", "--url", "https://labs.example/p", "--title", "P", "--date", "2026-11-20"
    )
    assert site.asked == []
    done = allowed("send-digest", "--now", AT, "--json")
    assert done.document["key"] == "2026-11-24"
    assert done.document["total"] == 1
    assert "Source bad could not be read." in done.err
    assert len(site.asked) == 1
    allowed("send-digest", "--now", AT, "--json")
    assert len(site.asked) == 1, "the issue is open already"


def test_nothing_is_fetched_while_no_issue_is_due(allowed: Program, site: WebServer) -> None:
    allowed("source", "add", "feed", f"{site.url}/rss")
    allowed("send-digest", "--now", "2026-11-23T12:30:00Z")
    assert site.asked == []


def test_an_event_and_a_job_are_added_by_hand(program: Program) -> None:
    done = program(
        "post", "add", "--url", "https://labs.example/studio", "--title", "Open studio",
        "--starts", "2026-12-03T18:00", "--zone", "Mars/Base", "--place", "Hall",
    )  # fmt: skip
    assert "there is no time zone" in done.err
    program(
        "post", "add", "--kind", "job", "--url", "https://labs.example/job", "--title", "Keeper",
        "--department", "Lab", "--location", "Oslo", "--location", "Bergen",
        "--workplace", "hybrid", "--employment", "part-time", "--closes", "2026-12-31",
    )  # fmt: skip
    job, event = sorted(program("post", "list", "--json").items, key=lambda one: one["title"])
    assert (event["kind"], event["topic"], event["details"]["place"]) == ("event", "events", "Hall")
    assert event["details"]["starts_at"] == "2026-12-03T18:00:00+00:00"
    assert (job["kind"], job["topic"]) == ("job", "jobs")
    assert job["details"]["workplace"] == "hybrid"
    assert job["ends_at"] == "2027-01-01T00:00:00Z"
    program(
        "post", "add", "--url", "https://x.example/", "--title", "A", "--starts", "9999-01-01",
        code=2,
    )  # fmt: skip


def test_items_are_pinned_skipped_and_edited(program: Program) -> None:
    for name in "ab":
        program("post", "add", "--url", f"https://labs.example/{name}", "--title", name)
    first, second = sorted(one["id"] for one in program("post", "list", "--json").items)
    assert program.json("post", "pin", str(first))["pinned"] == 1
    assert program.json("post", "pin", str(second), "--at", "1")["pinned"] == 1
    assert program.json("post", "show", str(first))["pinned"] == 2
    assert program.json("post", "pin", str(second), "--off")["pinned"] is None
    assert program.json("post", "show", str(first))["pinned"] == 1
    assert program.json("post", "skip", str(first))["skipped_at"]
    assert program.json("post", "skip", str(first), "--undo")["skipped_at"] is None
    edited = program.json("post", "edit", str(first), "--title", "New", "--summary", "Words")
    assert (edited["title"], edited["summary"]) == ("New", "Words")
    program("post", "edit", str(first), code=2)
    program("post", "pin", "4711", code=2)


def test_the_next_issue_gets_its_words(program: Program) -> None:
    assert program.json("issue", "next") == {"subject": "", "intro": ""}
    program("issue", "next", "--subject", "Winter")
    written = program.json("issue", "next", "--intro", "Dear all,\n\nit snows.")
    assert written == {"subject": "Winter", "intro": "Dear all,\n\nit snows."}
    assert program.json("issue", "next") == written
    program("issue", "next", "--subject", "x" * 201, code=2)


def test_what_only_another_kind_has_is_not_dropped_in_silence(program: Program) -> None:
    job = ("post", "add", "--url", "https://x.example/1", "--title", "Engineer", "--kind", "job")
    assert "--place is only for events" in program(*job, "--place", "Berlin", code=2).err
    assert "moon" in program(*job, "--workplace", "moon", code=2).err
    post = ("post", "add", "--url", "https://x.example/2", "--title", "A post")
    assert "--location is only for jobs" in program(*post, "--location", "Berlin", code=2).err
    for time in ("--starts", "--ends"):
        err = program(*post, "--kind", "post", time, "2026-12-03", code=2).err
        assert f"{time} is only for events" in err
    assert program("post", "list", "--json").items == []
    program(*job, "--workplace", "remote", "--location", "Berlin")
