"""The schedule against a slow judge that watches the clock on the wall, minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from pinlabs_mailer.digest.schedule import Slot, due, following
from pinlabs_mailer.settings.schedule import Schedule

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
ZERO = ZoneInfo("UTC")


@cache
def walked(zone: ZoneInfo, day: date, clock: time) -> datetime:
    """Return the first minute at which clocks on the wall show that time or a later one."""
    wanted = datetime.combine(day, clock)
    minute = datetime.combine(day, time(0), tzinfo=UTC) - timedelta(hours=26)
    while minute.astimezone(zone).replace(tzinfo=None) < wanted:
        minute += timedelta(minutes=1)
    return minute


def all_slots(schedule: Schedule, zone: ZoneInfo, since: datetime, until: datetime) -> list[Slot]:
    """Look at every day."""
    day, last = since.date() - timedelta(days=3), until.date() + timedelta(days=3)
    found: list[Slot] = []
    first_day = None
    while day <= last:
        tomorrow = day + timedelta(days=1)
        if schedule.weekday is not None:
            fits = day.weekday() == schedule.weekday
        elif schedule.day is not None:
            fits = day.day == schedule.day or (day.day < schedule.day and tomorrow.day == 1)
        else:
            fits = True
        if fits:
            moment = walked(zone, day, schedule.at)
            if moment > since and first_day is None:
                first_day = day
            weeks = (day - first_day).days // 7 if first_day else 0
            if moment > since and moment <= until and weeks % schedule.every_weeks == 0:
                found.append(Slot(day.isoformat(), moment))
        day = tomorrow
    return found


CHANGES = [
    (BERLIN, datetime(2026, 3, 29, 1, tzinfo=UTC)),
    (BERLIN, datetime(2026, 10, 25, 1, tzinfo=UTC)),
    (NEW_YORK, datetime(2026, 3, 8, 7, tzinfo=UTC)),
    (NEW_YORK, datetime(2026, 11, 1, 6, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 4, 4, 15, tzinfo=UTC)),
    (LORD_HOWE, datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    (APIA, datetime(2011, 12, 30, 10, tzinfo=UTC)),
    (ZoneInfo("America/Sao_Paulo"), datetime(2018, 11, 4, 3, tzinfo=UTC)),  # midnight is skipped
    (ZoneInfo("Asia/Kathmandu"), datetime(2026, 1, 1, tzinfo=UTC)),
    (ZERO, datetime(2028, 2, 29, tzinfo=UTC)),
]
clocks = st.builds(time, st.sampled_from([0, 1, 2, 3, 9, 23]), st.sampled_from([0, 15, 29, 30, 59]))
schedules = st.one_of(
    st.builds(Schedule, clocks),
    st.builds(Schedule, clocks, weekday=st.integers(0, 6)),
    st.builds(Schedule, clocks, weekday=st.integers(0, 6), every_weeks=st.integers(2, 4)),
    st.builds(Schedule, clocks, day=st.integers(1, 31)),
)


@settings(max_examples=150, deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    schedule=schedules,
    before=st.integers(0, 5 * 24 * 60),
    minutes=st.lists(st.integers(-24 * 60, 24 * 60) | st.integers(0, 35 * 24 * 60), min_size=1),
)
def test_due_and_following_agree_with_walking_minute_by_minute(
    change: tuple[ZoneInfo, datetime], schedule: Schedule, before: int, minutes: list[int]
) -> None:
    zone, moment = change
    since = moment - timedelta(minutes=before)
    moments = sorted(max(since, moment + timedelta(minutes=number)) for number in minutes)
    horizon = moments[-1] + timedelta(weeks=schedule.every_weeks, days=32)
    known = all_slots(schedule, zone, since, horizon)
    last: Slot | None = None
    for now in moments:
        found = due(schedule, zone, since, now)
        assert found == max((s for s in known if s.at <= now), default=None, key=_order)
        assert last is None or (found is not None and found.at >= last.at)
        last = found
        upcoming = following(schedule, zone, since, now)
        assert upcoming == min((s for s in known if s.at > now), key=_order)
        assert due(schedule, zone, since, upcoming.at - timedelta(seconds=1)) == found


def _order(slot: Slot) -> tuple[datetime, str]:
    return slot.at, slot.key
