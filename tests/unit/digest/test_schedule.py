"""Which issue is due: across clock changes, missed runs and months of every length."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pinlabs_mailer.digest.schedule import Slot, due, following
from pinlabs_mailer.settings.schedule import parse_schedule

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
ZERO = ZoneInfo("UTC")


def at(zone: ZoneInfo, text: str) -> datetime:
    """Return a local time, as `2026-11-24 09:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def slots(text: str, zone: ZoneInfo, since: datetime, until: datetime) -> list[Slot]:
    """Return all slots in (since, until], each found from the one before."""
    schedule = parse_schedule(text)
    found: list[Slot] = []
    slot = following(schedule, zone, since, since)
    while slot.at <= until:
        assert due(schedule, zone, since, slot.at) == slot
        found.append(slot)
        slot = following(schedule, zone, since, slot.at)
    return found


def local_times(text: str, zone: ZoneInfo, since: str, until: str) -> list[str]:
    return [
        f"{slot.at.astimezone(zone):%a %d %H:%M %z}"
        for slot in slots(text, zone, at(zone, since), at(zone, until))
    ]


# Each form


def test_weekly_is_due_on_its_day_and_not_before_its_time() -> None:
    weekly = parse_schedule("weekly tuesday 09:00")
    since = at(BERLIN, "2026-11-01 12:00")
    slot = Slot("2026-11-24", at(BERLIN, "2026-11-24 09:00"))
    assert due(weekly, BERLIN, since, slot.at) == slot
    assert due(weekly, BERLIN, since, slot.at + timedelta(days=6, hours=23)) == slot
    before = due(weekly, BERLIN, since, slot.at - timedelta(microseconds=1))
    assert before == Slot("2026-11-17", at(BERLIN, "2026-11-17 09:00"))


def test_nothing_is_due_before_the_first_slot_after_set_up() -> None:
    for text in ("weekly tuesday 09:00", "daily 09:00", "monthly 24 09:00"):
        schedule = parse_schedule(text)
        since = at(BERLIN, "2026-11-24 09:00")  # a slot at the very moment is not after it
        assert due(schedule, BERLIN, since, since) is None
        assert due(schedule, BERLIN, since, since - timedelta(days=400)) is None
        later = since + timedelta(microseconds=1)
        assert due(schedule, BERLIN, later, later + timedelta(hours=23)) is None


def test_a_set_up_a_moment_before_the_slot_has_it() -> None:
    slot = at(BERLIN, "2026-11-24 09:00")
    schedule = parse_schedule("weekly tuesday 09:00")
    assert due(schedule, BERLIN, slot - timedelta(seconds=1), slot) == Slot("2026-11-24", slot)


def test_of_missed_runs_only_the_latest_is_due() -> None:
    schedule = parse_schedule("daily 09:00")
    since = at(BERLIN, "2026-01-01 00:00")
    found = due(schedule, BERLIN, since, at(BERLIN, "2026-11-24 08:59"))
    assert found == Slot("2026-11-23", at(BERLIN, "2026-11-23 09:00"))


def test_monthly_takes_the_last_day_where_a_month_is_shorter() -> None:
    found = slots(
        "monthly 31 09:00", BERLIN, at(BERLIN, "2027-12-31 09:00"), at(BERLIN, "2028-07-01 00:00")
    )
    assert [slot.key for slot in found] == [
        "2028-01-31",
        "2028-02-29",
        "2028-03-31",
        "2028-04-30",
        "2028-05-31",
        "2028-06-30",
    ]


def test_every_two_weeks_counts_from_the_first_slot_after_set_up() -> None:
    text = "every 2 weeks tuesday 09:00"
    since, until = at(BERLIN, "2026-11-24 10:00"), at(BERLIN, "2027-01-31 00:00")
    assert [slot.key for slot in slots(text, BERLIN, since, until)] == [
        "2026-12-01",
        "2026-12-15",
        "2026-12-29",
        "2027-01-12",
        "2027-01-26",
    ]
    earlier = at(BERLIN, "2026-11-24 08:00")
    assert [slot.key for slot in slots(text, BERLIN, earlier, until)][:2] == [
        "2026-11-24",
        "2026-12-08",
    ]


def test_every_52_weeks_has_a_next_one() -> None:
    schedule = parse_schedule("every 52 weeks tuesday 09:00")
    since = at(BERLIN, "2026-11-24 09:00")
    assert following(schedule, BERLIN, since, since).key == "2026-12-01"
    after_it = at(BERLIN, "2026-12-01 09:00")
    assert following(schedule, BERLIN, since, after_it).key == "2027-11-30"


def test_the_key_is_the_local_date() -> None:
    schedule = parse_schedule("daily 00:30")
    zone = ZoneInfo("Pacific/Kiritimati")  # 14 hours ahead
    slot = due(schedule, zone, at(zone, "2026-11-01 00:00"), at(zone, "2026-11-24 12:00"))
    assert slot == Slot("2026-11-24", datetime(2026, 11, 23, 10, 30, tzinfo=UTC))


# Clock changes


def test_nine_oclock_stays_nine_oclock_across_both_changes() -> None:
    assert local_times("weekly sunday 09:00", BERLIN, "2026-03-16 00:00", "2026-04-06 00:00") == [
        "Sun 22 09:00 +0100",
        "Sun 29 09:00 +0200",
        "Sun 05 09:00 +0200",
    ]
    assert local_times("weekly sunday 09:00", BERLIN, "2026-10-19 00:00", "2026-11-02 00:00") == [
        "Sun 25 09:00 +0100",
        "Sun 01 09:00 +0100",
    ]


@pytest.mark.parametrize(
    ("zone", "text", "since", "until", "expected"),
    [
        (
            BERLIN,
            "daily 02:30",
            "2026-03-27 12:00",
            "2026-03-30 12:00",
            ["Sat 28 02:30 +0100", "Sun 29 03:00 +0200", "Mon 30 02:30 +0200"],
        ),
        (
            NEW_YORK,
            "daily 02:00",
            "2026-03-07 12:00",
            "2026-03-09 12:00",
            ["Sun 08 03:00 -0400", "Mon 09 02:00 -0400"],
        ),
        (
            LORD_HOWE,
            "daily 02:15",
            "2026-10-03 12:00",
            "2026-10-05 12:00",
            ["Sun 04 02:30 +1100", "Mon 05 02:15 +1100"],
        ),
    ],
)
def test_a_time_that_is_skipped_is_the_first_moment_after_it(
    zone: ZoneInfo, text: str, since: str, until: str, expected: list[str]
) -> None:
    assert local_times(text, zone, since, until) == expected


@pytest.mark.parametrize(
    ("zone", "text", "since", "until", "expected"),
    [
        (
            BERLIN,
            "daily 02:30",
            "2026-10-24 12:00",
            "2026-10-26 12:00",
            ["Sun 25 02:30 +0200", "Mon 26 02:30 +0100"],
        ),
        (
            NEW_YORK,
            "daily 01:00",
            "2026-10-31 12:00",
            "2026-11-02 12:00",
            ["Sun 01 01:00 -0400", "Mon 02 01:00 -0500"],
        ),
        (
            LORD_HOWE,
            "daily 01:45",
            "2026-04-04 12:00",
            "2026-04-06 12:00",
            ["Sun 05 01:45 +1100", "Mon 06 01:45 +1030"],
        ),
    ],
)
def test_a_time_that_comes_twice_is_the_first(
    zone: ZoneInfo, text: str, since: str, until: str, expected: list[str]
) -> None:
    assert local_times(text, zone, since, until) == expected


def test_a_day_that_a_zone_skipped_has_its_issue_when_the_next_begins() -> None:
    """Samoa went from 29 to 31 December 2011."""
    since, until = at(APIA, "2011-12-28 12:00"), at(APIA, "2012-01-01 12:00")
    assert [
        (slot.key, f"{slot.at.astimezone(APIA):%d %H:%M}")
        for slot in slots("daily 09:00", APIA, since, until)
    ] == [
        ("2011-12-29", "29 09:00"),
        ("2011-12-30", "31 00:00"),
        ("2011-12-31", "31 09:00"),
        ("2012-01-01", "01 09:00"),
    ]
    weekly = slots("weekly friday 09:00", APIA, since, at(APIA, "2012-01-07 00:00"))
    assert [slot.key for slot in weekly] == ["2011-12-30", "2012-01-06"]
