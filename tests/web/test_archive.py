"""Past issues for anybody: what is shown, what is not yet or no longer, and nothing of a reader."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from sqlalchemy import insert, literal, select, update

from pinlabs_mailer.content import editing, posts
from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.content.items import Event, Item
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, folded, issue, issue_item, item
from pinlabs_mailer.db.words import IssueStatus, ItemKind
from pinlabs_mailer.digest import issues
from pinlabs_mailer.web.openings import calendar
from tests.support.installations import Clock
from tests.support.relay import Relay
from tests.support.site import Site, snapshot
from tests.support.told import store_event, store_job
from tests.web.people import ADA, ask, confirm_path, link_path, text_of

HOSTILE = '<script>alert("x")</script> & co'


@pytest.fixture
def sent(site: Site, relay: Relay, clock: Clock) -> str:
    """An issue with a post, an event and a job, sent to Ada; return its key."""
    ask(site, "projects", "events", "jobs", name="Ada Lovelace")
    site.app.pump.run()
    site.post(confirm_path(relay.messages[-1]))
    with writing(site.app.engine) as connection:
        posts.save(connection, 1, [FoundItem("https://pinlabs.example/p/1", HOSTILE)], clock.now)
        store_event(connection, clock.now)
        store_job(connection, clock.now, "Platform engineer", "Engineering")
    clock.advance(timedelta(days=8))
    with writing(site.app.engine) as connection:
        connection.execute(
            update(item).where(item.c.kind == "event").values(ends_at=clock.now + timedelta(days=9))
        )
    opened = site.app.open_due(clock.now)
    assert opened is not None
    site.app.pump.run()
    return opened.key


def test_an_issue_can_be_read_by_anybody_and_names_no_reader(
    site: Site, relay: Relay, sent: str
) -> None:
    page = site.get(f"/archive/{sent}")
    assert page.status == 200
    for told in ("Open lab night", "Platform engineer", "Engineering", "Berlin, Germany"):
        assert told in page.text
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text
    for of_a_reader in (ADA, "Ada", "/u/", "/preferences/"):
        assert of_a_reader not in page.text
    assert f"/archive/{sent}" in site.get("/archive").text


def test_the_mail_leads_to_what_its_readers_got(site: Site, relay: Relay, sent: str) -> None:
    before = snapshot(site.app.engine)
    path = link_path(relay.messages[-1], "view")
    page = site.get(path)
    assert page.status == 200
    assert "Open lab night" in page.text
    assert ADA not in page.text
    assert site.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status == 404
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize(
    "status", [IssueStatus.PLANNING, IssueStatus.PAUSED, IssueStatus.CANCELLED]
)
def test_what_is_held_back_is_not_in_the_archive(
    site: Site, sent: str, status: IssueStatus
) -> None:
    with writing(site.app.engine) as connection:
        connection.execute(update(issue).values(status=status))
    assert site.get(f"/archive/{sent}").status == 404
    assert sent not in site.get("/archive").text
    assert sent not in site.get("/archive.xml").text


def test_an_issue_stands_in_the_order_of_a_digest(
    site: Site, relay: Relay, clock: Clock, sent: str
) -> None:
    with writing(site.app.engine) as connection:
        for title in ("Second pin", "First pin"):
            found = FoundItem(f"https://p.example/{title[0]}", title)
            posts.save(connection, 1, [found], clock.now)
            [kept] = [one for one in posts.list_posts(connection) if one.title == title]
            editing.pin(connection, kept.id, 1)
        for days, title in ((5, "Third night"), (2, "First night"), (3, "Second night")):
            store_event(connection, clock.now + timedelta(days=days), title)
    opened = site.app.open_due(clock.now + timedelta(days=8))
    assert opened is not None
    site.app.pump.run()
    page = site.get(f"/archive/{opened.key}").text
    titles = ["First pin", "Second pin", "First night", "Second night", "Third night"]
    places = [page.index(f">{title}<") for title in titles]
    assert places == sorted(places)
    fed = site.get("/archive.xml").text
    places = [fed.index(title) for title in titles[1:]]
    assert places == sorted(places)


def test_the_feed_is_rss_and_says_what_is_in_an_issue(site: Site, sent: str) -> None:
    answer = site.get("/archive.xml")
    assert answer.headers["content-type"].startswith("application/rss+xml")
    channel = ET.fromstring(answer.text).find("channel")
    assert channel is not None
    [entry] = channel.findall("item")
    with reading(site.app.engine) as connection:
        [known] = issues.every(connection)
    assert entry.findtext("title") == known.subject
    assert str(entry.findtext("link")).endswith(f"/archive/{sent}")
    assert entry.findtext("guid") == entry.findtext("link")
    assert HOSTILE in str(entry.findtext("description"))
    assert entry.findtext("pubDate")


def test_what_is_over_or_closed_by_now_says_so(site: Site, sent: str, clock: Clock) -> None:
    assert "No longer open." not in site.get(f"/archive/{sent}").text
    with writing(site.app.engine) as connection:
        connection.execute(update(item).where(item.c.kind == "job").values(closed_at=clock.now))
    clock.advance(timedelta(days=10))
    page = site.get(f"/archive/{sent}").text
    assert "No longer open." in page
    assert "This is over, or was called off." in page


def test_an_event_goes_into_a_calendar_in_its_own_zone(site: Site, relay: Relay, sent: str) -> None:
    found = [line for line in text_of(relay.messages[-1]).splitlines() if line.endswith(".ics")]
    assert len(found) == 1
    answer = site.get("/calendar/" + found[0].rpartition("/")[2])
    assert answer.headers["content-type"].startswith("text/calendar")
    [event] = entries(answer.text)
    assert event["SUMMARY"] == "Open lab night"
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert "BEGIN:VTIMEZONE" in answer.text
    assert event["LOCATION"] == "Pin Labs, Berlin"
    assert "STATUS" not in event


@pytest.mark.parametrize(
    "path",
    [
        "/archive/none",
        "/archive/%00",
        "/archive/2026-11-24%27--",
        "/calendar/0.ics",
        "/calendar/99999999999999999999.ics",
        "/calendar/x.ics",
        "/view/" + "a" * 37,
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status == 404
    assert "<h1>" in answer.text


def test_an_event_that_nobody_was_told_of_has_no_calendar_entry(site: Site, clock: Clock) -> None:
    with writing(site.app.engine) as connection:
        item_id = store_event(connection, clock.now)
    assert site.get(f"/calendar/{item_id}.ics").status == 404


def test_a_candidate_of_an_issue_that_went_to_nobody_has_no_calendar_entry(
    site: Site, clock: Clock
) -> None:
    with writing(site.app.engine) as connection:
        item_id = store_event(connection, clock.now)
        row = {
            "key": "2026-11-24",
            "status": "planning",
            "as_of": clock.now,
            "opened_at": clock.now,
        }
        issue_id = connection.execute(insert(issue).values(row).returning(issue.c.id)).scalar_one()
        candidate = {"issue_id": issue_id, "item_id": item_id, "position": 0, "snapshot": "{}"}
        connection.execute(insert(issue_item).values(candidate))
    shown = []
    for status in ("planning", "cancelled", "skipped", "sending", "paused"):
        with writing(site.app.engine) as connection:
            connection.execute(update(issue).values(status=status))
        shown.append(site.get(f"/calendar/{item_id}.ics").status)
    assert shown == [404, 404, 404, 200, 200]


@pytest.mark.parametrize("status", ["planning", "cancelled"])
def test_an_event_that_some_were_told_of_has_an_entry_whatever_its_issue_comes_to(
    site: Site, relay: Relay, sent: str, status: str
) -> None:
    [link] = [line for line in text_of(relay.messages[-1]).splitlines() if line.endswith(".ics")]
    path = "/calendar/" + link.rpartition("/")[2]
    with writing(site.app.engine) as connection:
        connection.execute(update(issue).where(issue.c.key == sent).values(status=status))
    assert site.get(path).status == 200
    with writing(site.app.engine) as connection:
        connection.execute(update(delivery).values(started_at=None))
    assert site.get(path).status == 404
    with writing(site.app.engine) as connection:
        of_it = select(issue.c.id, literal("accepted"), literal(2)).where(issue.c.key == sent)
        names = ["issue_id", "status", "number"]
        connection.execute(insert(folded).from_select(names, of_it))
    assert site.get(path).status == 200


def test_the_open_jobs_are_listed_by_department(site: Site, clock: Clock) -> None:
    assert "No role is open" in site.get("/jobs").text
    with writing(site.app.engine) as connection:
        store_job(connection, clock.now, "Recruiter", "People")
        store_job(connection, clock.now, "Platform engineer", "Engineering")
        closed = store_job(connection, clock.now, "Gone", "Engineering")
        connection.execute(update(item).where(item.c.id == closed).values(closed_at=clock.now))
    page = site.get("/jobs").text
    assert "2 roles are open" in page
    assert "Gone" not in page
    assert page.index("Engineering") < page.index("Platform engineer") < page.index("People")


def test_an_empty_archive_invites(site: Site) -> None:
    assert "No issue has gone out yet" in site.get("/archive").text
    assert ET.fromstring(site.get("/archive.xml").text).find("channel/item") is None


def test_a_whole_day_is_a_date_in_the_calendar(clock: Clock) -> None:
    day = clock.now.replace(hour=0, minute=0)
    event = Event(day, all_day=True)
    one = Item(1, 2, "events", "", "Open day", "", "", "", None, day, ItemKind.EVENT, None, event)
    [entry] = entries(calendar(one, event, "pinlabs.example", UTC))
    assert entry.to_ical().count(b"DTSTART;VALUE=DATE:" + f"{day:%Y%m%d}".encode()) == 1
    assert "DTEND" not in entry


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"])
def test_days_without_a_zone_are_those_of_the_schedule(zone: str) -> None:
    schedule = ZoneInfo(zone)
    begins = datetime(2026, 12, 10, tzinfo=schedule).astimezone(UTC)
    over = datetime(2026, 12, 12, tzinfo=schedule).astimezone(UTC)
    event = Event(begins, all_day=True)
    one = Item(1, 2, "events", "", "Fair", "", "", "", None, begins, ItemKind.EVENT, over, event)
    [entry] = entries(calendar(one, event, "pinlabs.example", schedule))
    assert entry["DTSTART"].dt.isoformat() == "2026-12-10"
    assert entry["DTEND"].dt.isoformat() == "2026-12-12"


def test_an_event_that_was_called_off_says_so_in_the_calendar(
    site: Site, sent: str, clock: Clock
) -> None:
    with writing(site.app.engine) as connection:
        off = update(item).where(item.c.kind == "event").values(closed_at=clock.now)
        item_id = connection.execute(off.returning(item.c.id)).scalar_one()
    [entry] = entries(site.get(f"/calendar/{item_id}.ics").text)
    assert entry["STATUS"] == "CANCELLED"


def test_an_event_without_a_known_end_takes_an_hour_of_the_calendar(clock: Clock) -> None:
    event, over = Event(clock.now), clock.now  # without an end it is over when it starts
    one = Item(1, 2, "events", "", "Talk", "", "", "", None, over, ItemKind.EVENT, over, event)
    [entry] = entries(calendar(one, event, "pinlabs.example", UTC))
    assert entry["DTEND"].dt - entry["DTSTART"].dt == timedelta(hours=1)


def entries(written: str | bytes) -> list[Any]:
    return icalendar.Calendar.from_ical(written).walk("VEVENT")
