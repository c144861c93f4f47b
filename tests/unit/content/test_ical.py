"""Calendars: zones, days, series, what was moved or called off, and what is too much."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pinlabs_mailer.content.found import Document, FoundItem, Reading
from pinlabs_mailer.content.items import Event
from pinlabs_mailer.content.sources import ical
from pinlabs_mailer.errors import BadInput

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://labs.example/calendar.ics"
OSLO = ZoneInfo("Europe/Oslo")
LAST_WEEK = "DTSTART;TZID=Europe/Berlin:20261116T180000\nDTEND;TZID=Europe/Berlin:20261116T200000"


def calendar(*events: str, more: str = "") -> bytes:
    whole = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{more}{whole}END:VCALENDAR\n".encode()


def read(*events: str, more: str = "", now: datetime = NOW) -> Reading:
    return ical.read(Document(calendar(*events, more=more), URL, now, OSLO))


def only(*events: str, more: str = "", now: datetime = NOW) -> tuple[FoundItem, Event]:
    (found,) = read(*events, more=more, now=now).items
    assert isinstance(found.details, Event)
    return found, found.details


def test_an_event_has_its_zone_place_and_text() -> None:
    found, event = only(
        "UID:1\nSUMMARY:Open studio\\, all welcome\nDTSTART;TZID=America/New_York:20261203T180000\n"
        "DURATION:PT2H\nLOCATION:Example Street 1\nURL:https://labs.example/studio\n"
        "DESCRIPTION:Come <b>in</b>.<br>Bring tea."
    )
    assert found.title == "Open studio, all welcome"
    assert found.url == "https://labs.example/studio"
    assert found.summary == "Come in. Bring tea."
    assert found.ends_at == datetime(2026, 12, 4, 1, 0, tzinfo=UTC)
    assert event == Event(
        datetime(2026, 12, 3, 23, 0, tzinfo=UTC), "America/New_York", place="Example Street 1"
    )


def test_an_event_with_a_page_is_the_same_as_from_another_source() -> None:
    found, _ = only("UID:1\nSUMMARY:A\nDTSTART:20261203T180000Z\nURL:https://labs.example/a")
    assert found.url_key == FoundItem("https://labs.example/a", "A").url_key


def test_an_event_without_a_page_never_leads_to_the_address_of_the_calendar() -> None:
    secret = "https://calendar.example/private-4711/basic.ics?token=x"
    body = calendar("UID:1\nSUMMARY:A\nDTSTART:20261203T180000Z")
    (found,) = ical.read(Document(body, secret, NOW)).items
    assert found.url == "https://calendar.example/"
    page = "https://labs.example/events"
    (found,) = ical.read(Document(body, secret, NOW, page=page)).items
    assert found.url == page


def test_events_without_a_page_are_told_apart() -> None:
    first, second = read(
        "UID:1\nSUMMARY:A\nDTSTART:20261203T180000Z", "UID:2\nSUMMARY:A\nDTSTART:20261204T180000Z"
    ).items
    assert first.url == second.url == "https://labs.example/"
    assert first.url_key != second.url_key


def test_an_event_that_moves_is_still_the_same() -> None:
    before, _ = only("UID:1\nSUMMARY:A\nDTSTART:20261203T180000Z")
    after, _ = only("UID:1\nSUMMARY:A, later\nDTSTART:20261210T180000Z\nURL:https://x.example/")
    assert before.sighting_key == after.sighting_key


def test_a_day_alone_lasts_to_its_end_and_days_to_the_last() -> None:
    found, event = only("UID:1\nSUMMARY:A\nDTSTART;VALUE=DATE:20261203")
    assert event.all_day
    assert found.ends_at == datetime(2026, 12, 3, 23, 0, tzinfo=UTC)
    found, _ = only("UID:1\nSUMMARY:A\nDTSTART;VALUE=DATE:20261203\nDTEND;VALUE=DATE:20261206")
    assert found.ends_at == datetime(2026, 12, 5, 23, 0, tzinfo=UTC)


def test_times_in_utc_and_without_a_zone_are_of_the_calendars_zone() -> None:
    zone = "X-WR-TIMEZONE:Asia/Tokyo\n"
    _, event = only("UID:1\nSUMMARY:A\nDTSTART:20261203T180000Z", more=zone)
    assert event == Event(datetime(2026, 12, 3, 18, 0, tzinfo=UTC), "Asia/Tokyo")
    _, event = only("UID:1\nSUMMARY:A\nDTSTART:20261203T180000", more=zone)
    assert event == Event(datetime(2026, 12, 3, 9, 0, tzinfo=UTC), "Asia/Tokyo")


def test_a_zone_that_does_not_exist_is_told_and_the_schedules_taken() -> None:
    reading = read("UID:1\nSUMMARY:A\nDTSTART;TZID=Mars/Base:20261203T180000")
    (found,) = reading.items
    assert found.details == Event(datetime(2026, 12, 3, 17, 0, tzinfo=UTC))
    assert "Mars/Base" in reading.noted[0].why


def test_a_zone_that_the_calendar_defines_gives_the_moment() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Our Zone\nBEGIN:STANDARD\nDTSTART:16010101T000000\n"
        "TZOFFSETFROM:+0500\nTZOFFSETTO:+0500\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    _, event = only("UID:1\nSUMMARY:A\nDTSTART;TZID=Our Zone:20261203T180000", more=zone)
    assert event == Event(datetime(2026, 12, 3, 13, 0, tzinfo=UTC))


def test_what_is_over_and_what_is_private_is_left_out() -> None:
    assert (
        read(
            "UID:1\nSUMMARY:Past\nDTSTART:20261120T180000Z",
            "UID:2\nSUMMARY:Doctor\nDTSTART:20261203T180000Z\nCLASS:PRIVATE",
        )
        == Reading()
    )


def test_what_is_cancelled_is_closed() -> None:
    found, _ = only("UID:1\nSUMMARY:A\nDTSTART:20261203T180000Z\nSTATUS:CANCELLED")
    assert found.closed


def test_an_end_before_the_start_is_left_out_and_told() -> None:
    reading = read("UID:1\nSUMMARY:A\nDTSTART:20261203T180000Z\nDTEND:20261203T170000Z")
    assert reading.items[0].ends_at == datetime(2026, 12, 3, 18, 0, tzinfo=UTC)
    assert "before its start" in reading.noted[0].why


def test_a_series_is_told_by_its_next_date_and_each_date_once() -> None:
    series = f"UID:1\nSUMMARY:Weekly\n{LAST_WEEK}\nRRULE:FREQ=WEEKLY"
    found, event = only(series)
    assert event.starts_at == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
    during = datetime(2026, 11, 23, 18, 59, tzinfo=UTC)
    assert only(series, now=during)[0].url_key == found.url_key
    after = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
    following, event = only(series, now=after)
    assert event.starts_at == datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
    assert following.url_key != found.url_key
    assert following.sighting_key != found.sighting_key


def test_a_series_keeps_its_local_time_when_the_clock_changes() -> None:
    _, event = only(
        f"UID:1\nSUMMARY:Weekly\n{LAST_WEEK}\nRRULE:FREQ=WEEKLY",
        now=datetime(2027, 4, 1, tzinfo=UTC),
    )
    assert event.starts_at == datetime(2027, 4, 5, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "starts"),
    [
        ("RRULE:FREQ=MONTHLY;BYDAY=1TH", datetime(2026, 12, 3, 17, 0, tzinfo=UTC)),
        ("RRULE:FREQ=WEEKLY\nEXDATE;TZID=Europe/Berlin:20261123T180000",
         datetime(2026, 11, 30, 17, 0, tzinfo=UTC)),
        ("RRULE:FREQ=WEEKLY\nEXDATE:20261123T170000Z", datetime(2026, 11, 30, 17, 0, tzinfo=UTC)),
        ("RDATE;TZID=Europe/Berlin:20261224T180000", datetime(2026, 12, 24, 17, 0, tzinfo=UTC)),
        ("RRULE:FREQ=WEEKLY;UNTIL=20261123T170000Z", datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
        ("RRULE:FREQ=WEEKLY;COUNT=2", datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_the_rules_of_series_are_followed(rule: str, starts: datetime) -> None:
    _, event = only(f"UID:1\nSUMMARY:A\n{LAST_WEEK}\n{rule}")
    assert event.starts_at == starts


@pytest.mark.parametrize(
    "rule",
    ["FREQ=WEEKLY;COUNT=1", "FREQ=WEEKLY;UNTIL=20261120T000000Z", "FREQ=YEARLY;INTERVAL=9",
     "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5"],
)  # fmt: skip
def test_a_series_without_a_next_date_is_none(rule: str) -> None:
    began = time.process_time()
    assert read(f"UID:1\nSUMMARY:A\n{LAST_WEEK}\nRRULE:{rule}").items == ()
    assert time.process_time() - began < 2


def test_one_date_of_a_series_moves_and_another_is_called_off() -> None:
    series = f"UID:1\nSUMMARY:Weekly\n{LAST_WEEK}\nRRULE:FREQ=WEEKLY"
    off = (
        "UID:1\nSUMMARY:Weekly\nRECURRENCE-ID;TZID=Europe/Berlin:20261123T180000\n"
        "DTSTART;TZID=Europe/Berlin:20261123T180000\nSTATUS:CANCELLED"
    )
    moved = (
        "UID:1\nSUMMARY:On Wednesday\nRECURRENCE-ID;TZID=Europe/Berlin:20261130T180000\n"
        "DTSTART;TZID=Europe/Berlin:20261202T190000"
    )
    called_off, following = read(series, off, moved).items
    plain, _ = only(series)
    assert called_off.closed
    assert called_off.sighting_key == plain.sighting_key
    assert following.title == "On Wednesday"
    assert not following.closed
    assert isinstance(following.details, Event)
    assert following.details.starts_at == datetime(2026, 12, 2, 18, 0, tzinfo=UTC)


def test_a_private_date_of_a_series_is_left_out_and_so_are_those_of_a_private_series() -> None:
    series = f"UID:1\nSUMMARY:Weekly\n{LAST_WEEK}\nRRULE:FREQ=WEEKLY"
    date = (
        "UID:1\nSUMMARY:Doctor\nRECURRENCE-ID;TZID=Europe/Berlin:20261123T180000\n"
        "DTSTART;TZID=Europe/Berlin:20261123T180000"
    )
    _, event = only(series, f"{date}\nCLASS:PRIVATE")
    assert event.starts_at == datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
    assert read(f"{series}\nCLASS:PRIVATE", date) == Reading(lasting=False)


def test_a_series_that_is_called_off_is_closed_at_its_next_date() -> None:
    found, _ = only(f"UID:1\nSUMMARY:A\n{LAST_WEEK}\nRRULE:FREQ=DAILY\nSTATUS:CANCELLED")
    assert found.closed


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=DAILY;INTERVAL=0",
     "FREQ=SOMETIMES", "FREQ=WEEKLY;BYDAY=99XX", "FREQ=DAILY\nRRULE:FREQ=DAILY"],
)  # fmt: skip
def test_a_rule_that_is_not_followed_refuses_the_event_and_no_other(rule: str) -> None:
    reading = read(
        f"UID:1\nSUMMARY:A\n{LAST_WEEK}\nRRULE:{rule}", "UID:2\nSUMMARY:B\nDTSTART:20261203T1800Z",
        "UID:3\nSUMMARY:C\nDTSTART:20261203T180000Z",
    )  # fmt: skip
    assert [one.title for one in reading.items] == ["C"]
    assert "repeats by a rule" in reading.refused[0].why
    assert all(one.sighting_key for one in reading.refused)


def test_more_series_than_any_calendar_has_are_not_followed() -> None:
    long = "SUMMARY:A\nDTSTART:19900101T000000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"
    began = time.process_time()
    with pytest.raises(BadInput, match="more and longer series"):
        read(*(f"UID:{number}\n{long}" for number in range(200)))
    assert time.process_time() - began < 20


def test_a_zone_whose_clock_never_rests_is_not_followed() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:16010101T000000\n"
        "RRULE:FREQ=SECONDLY\nTZOFFSETFROM:+0500\nTZOFFSETTO:+0500\nEND:STANDARD\n"
        "END:VTIMEZONE\n"
    )
    began = time.process_time()
    reading = read("UID:1\nSUMMARY:A\nDTSTART;TZID=Ours:20261203T180000", more=zone)
    assert "there is no time zone" in reading.noted[0].why
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"<!doctype html><title>Sign in</title>", "perhaps one to log in"),
        (b"Dear reader", "no calendar"),
        (b"", "no calendar"),
        (calendar("UID:1\nSUMMARY:A\nDTSTART:20261203T180000Z")[:-20], "cut off"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT\nEND:VCALENDAR\n", "broken"),
        (calendar("UID:1\nSUMMARY:A"), "its start is missing"),
        (calendar("UID:1\nSUMMARY:A\nDTSTART:00010101T000000"), "year 1"),
        (calendar("UID:1\nSUMMARY:A\nDTSTART:99991231T235959"), "year 9999"),
        (calendar("UID:1\nSUMMARY:A\nDTSTART:00010101T000000\nRRULE:FREQ=DAILY"), "year 1"),
        (calendar("UID:1\nDTSTART:20261203T180000Z"), "its title is missing"),
    ],
)
def test_what_is_no_calendar_or_no_event_is_told(body: bytes, wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong):
        ical.read(Document(body, URL, NOW))


def test_an_address_for_calendar_programs_is_one_of_the_web() -> None:
    assert ical.address("webcal://labs.example/a.ics") == "https://labs.example/a.ics"
