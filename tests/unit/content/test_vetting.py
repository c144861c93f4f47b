"""The gate: what of bad input is cut, told, left out or refused."""

import time
import tracemalloc
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from pinlabs_mailer.content.found import FoundItem, Noted
from pinlabs_mailer.content.items import Event, Job
from pinlabs_mailer.content.particulars import EventDraft, JobDraft
from pinlabs_mailer.content.text import Markup
from pinlabs_mailer.content.vetting import MAX_ITEMS, Draft, accept, vet
from pinlabs_mailer.db.words import Employment, Workplace
from pinlabs_mailer.errors import BadInput

BERLIN = ZoneInfo("Europe/Berlin")
URL = "https://labs.example/a"


def taken(particulars: EventDraft | JobDraft) -> tuple[FoundItem, list[str]]:
    told: list[str] = []
    return accept(Draft(URL, "A", particulars=particulars), None, BERLIN, told.append), told


def event(starts: str | datetime | date | None, **more: str) -> tuple[Event, FoundItem, list[str]]:
    found, told = taken(EventDraft(starts, **more))
    assert isinstance(found.details, Event)
    return found.details, found, told


@pytest.mark.parametrize("title", ["", "   ", "\u202e\u2066", Markup("<b></b>")])
def test_an_item_without_a_title_is_refused(title: str) -> None:
    with pytest.raises(BadInput, match="its title is missing"):
        accept(Draft(URL, title), None)


@pytest.mark.parametrize("two_megabytes", ["word " * 400_000, Markup("<b>word</b> " * 160_000)])
def test_a_title_of_two_megabytes_is_cut(two_megabytes: str) -> None:
    began = time.process_time()
    title = accept(Draft(URL, two_megabytes), None).title
    assert len(title) <= 300
    assert title.endswith("word…")
    assert time.process_time() - began < 1


def test_right_to_left_text_and_emoji_stay_and_what_reorders_the_rest_goes() -> None:
    title = "\u202eשלום עולם\u202c 👩🏽‍🚀 مرحبا\u2067"
    assert accept(Draft(URL, title), None).title == "שלום עולם 👩🏽‍🚀 مرحبا"


def test_an_event_is_told_in_its_zone() -> None:
    found, item, told = event("2026-12-03T18:00", ends="2026-12-03T20:00", zone="America/New_York")
    assert found.starts_at == datetime(2026, 12, 3, 23, 0, tzinfo=UTC)
    assert (found.zone, found.all_day) == ("America/New_York", False)
    assert item.ends_at == datetime(2026, 12, 4, 1, 0, tzinfo=UTC)
    assert told == []


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "/etc/localtime", "x" * 9_000])
def test_a_zone_that_does_not_exist_is_told_and_that_of_the_schedule_taken(zone: str) -> None:
    found, _, told = event("2026-12-03T18:00", zone=zone)
    assert found.starts_at == datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
    assert found.zone == ""
    assert "there is no time zone" in told[0]
    assert len(told[0]) < 200


def test_an_event_that_ends_before_it_starts_loses_its_end() -> None:
    found, item, told = event("2026-12-03T18:00", ends="2026-12-03T17:00")
    assert told == ["its end lies before its start and is left out"]
    assert item.ends_at == found.starts_at


def test_an_event_without_an_end_is_over_when_it_starts_and_a_day_at_its_end() -> None:
    found, item, _ = event("2026-12-03T18:00")
    assert item.ends_at == found.starts_at
    found, item, _ = event("2026-12-03")
    assert found.all_day
    assert found.starts_at == datetime(2026, 12, 2, 23, 0, tzinfo=UTC)
    assert item.ends_at == datetime(2026, 12, 3, 23, 0, tzinfo=UTC)


def test_the_last_day_of_an_event_counts_to_its_end() -> None:
    _, item, _ = event(date(2026, 12, 3), ends="2026-12-05")
    assert item.ends_at == datetime(2026, 12, 5, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "why"),
    [
        (None, "its start is missing"),
        ("", "its start is missing"),
        ("soon", "its start is no date"),
        ("0001-01-01T00:00", r"year 1\)"),
        ("9999-12-31T23:59", r"year 9999\)"),
        (date.min, r"year 1\)"),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=14))), r"year 9999\)"),
    ],
)
def test_an_event_without_a_start_of_our_time_is_refused(
    starts: str | datetime | date | None, why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        event(starts)


@pytest.mark.parametrize("ends", ["0001-01-01", "9999-12-31", "late"])
def test_an_end_that_is_none_is_left_out_and_told(ends: str) -> None:
    found, item, told = event("2026-12-03T18:00", ends=ends)
    assert item.ends_at == found.starts_at
    assert len(told) == 1


def test_a_time_with_an_offset_is_told_as_the_clock_shows_there() -> None:
    found, _, _ = event("2026-12-03T18:00-08:00")
    assert found.starts_at == datetime(2026, 12, 4, 2, 0, tzinfo=UTC)
    assert found.starts_at.astimezone(ZoneInfo(found.zone)).hour == 18
    for says_nothing in ("2026-12-03T18:00Z", "2026-12-03T18:00+05:30"):
        assert event(says_nothing)[0].zone == ""


def test_links_of_events_and_jobs_are_of_the_web_or_left_out() -> None:
    assert event("2026-12-03", online="javascript:alert(1)")[0].online_url == ""
    found, _ = taken(JobDraft(apply="data:text/html,x"))
    assert isinstance(found.details, Job)
    assert found.details.apply_url == ""


def test_a_job_is_plain_and_bounded() -> None:
    found, told = taken(
        JobDraft(
            department=Markup("<b>R&amp;D</b>"),
            team="t" * 10_000,
            locations=["Oslo", " Oslo ", "", *map(str, range(100))],
            workplace="On-site",
            employment=["whatever", "FULL_TIME"],
            closes="2026-12-31",
        )
    )
    job = found.details
    assert isinstance(job, Job)
    assert (job.department, len(job.team), len(job.locations)) == ("R&D", 200, 50)
    assert (job.workplace, job.employment) == (Workplace.ONSITE, Employment.FULL_TIME)
    assert found.ends_at == datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert told == []


def test_what_was_taken_with_less_is_noted() -> None:
    drafts = [Draft(URL, "A", particulars=EventDraft("2026-12-03T18:00", zone="Mars/Base"))]
    (noted,) = vet(drafts, None, BERLIN).noted
    assert isinstance(noted, Noted)
    assert noted.what == "“A”"


def test_ten_thousand_items_are_the_limit_in_time_and_memory() -> None:
    tracemalloc.start()
    began = time.process_time()
    endless = (Draft(f"{URL}/{n}", f"Item {n}", "x" * 3_000) for n in range(10**9))
    reading = vet(endless, None)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(reading.items) == MAX_ITEMS
    assert not reading.complete
    assert "only the first 10,000" in reading.noted[-1].why
    assert most < 100_000_000
    assert time.process_time() - began < 30
