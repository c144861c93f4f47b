"""The picker's rules, each alone, and then the four weeks of the twelve posts."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.unit.digest.picking import (
    A_MOMENT,
    BERLIN,
    LONG_AGO,
    UTC_ZONE,
    Candidate,
    Edition,
    new,
    picked,
    reader,
    sent,
)
from tests.unit.digest.shelves import JOBS, NOW, post

from pinlabs_mailer.db.words import Frequency
from pinlabs_mailer.digest.picker import Subscription


def test_items_come_in_their_order_up_to_the_limit() -> None:
    assert picked([reader()], new(9, 3, 7, 1), limit=3) == (9, 3, 7)
    assert picked([reader()], new(9, 3), limit=3) == (9, 3)


def test_only_topics_of_the_reader() -> None:
    candidates = [*new(1), *new(2, topic=JOBS), *new(3)]
    assert picked([reader()], candidates) == (1, 3)
    both = [reader(), Subscription(JOBS, LONG_AGO, Frequency.EVERY)]
    assert picked(both, candidates) == (1, 2, 3)
    assert picked([], candidates) == ()


def test_other_topics_do_not_use_up_the_limit() -> None:
    assert picked([reader()], [*new(1, 2, topic=JOBS), *new(3, 4)], limit=2) == (3, 4)


def test_nothing_that_was_sent_before_in_whatever_issue() -> None:
    assert picked([reader()], new(5, 4, 3, 2, 1), [sent(5, 2), sent(3)]) == (4, 1)
    assert picked([reader()], new(5), [sent(5, topics=(JOBS,))]) == ()


def test_nothing_that_was_in_an_issue_before_the_reader_confirmed() -> None:
    joined = NOW - timedelta(days=3)
    candidates = [
        *new(4),
        *new(3, issued=joined + A_MOMENT),
        *new(2, issued=joined),
        *new(1, issued=joined - A_MOMENT),
    ]
    assert picked([reader(since=joined)], candidates) == (4, 3, 2)


def test_confirming_counts_for_each_topic_by_itself() -> None:
    joined = NOW - timedelta(days=3)
    issued = joined - timedelta(days=1)
    both = [reader(), Subscription(JOBS, joined, Frequency.EVERY)]
    candidates = [*new(1, issued=issued), *new(2, topic=JOBS, issued=issued)]
    assert picked(both, candidates) == (1,)


@pytest.mark.parametrize(
    ("frequency", "before", "now", "zone", "allowed"),
    [
        # 2026-11-23 is a Monday.
        (Frequency.WEEKLY, "2026-11-23T00:00", "2026-11-29T23:59", UTC_ZONE, False),
        (Frequency.WEEKLY, "2026-11-22T23:59", "2026-11-23T00:00", UTC_ZONE, True),
        # Midnight in Berlin is an hour before that of UTC.
        (Frequency.WEEKLY, "2026-11-22T22:59", "2026-11-22T23:00", BERLIN, True),
        (Frequency.WEEKLY, "2026-11-22T23:00", "2026-11-23T08:00", BERLIN, False),
        # ISO weeks do not end with the year: 28 December 2026 to 3 January 2027 is one.
        (Frequency.WEEKLY, "2026-12-28T09:00", "2027-01-03T09:00", UTC_ZONE, False),
        (Frequency.WEEKLY, "2026-12-27T09:00", "2026-12-28T09:00", UTC_ZONE, True),
        # Week 48 of another year is another week.
        (Frequency.WEEKLY, "2025-11-25T09:00", "2026-11-24T09:00", UTC_ZONE, True),
        (Frequency.MONTHLY, "2026-11-01T00:00", "2026-11-30T23:59", UTC_ZONE, False),
        (Frequency.MONTHLY, "2026-10-31T23:59", "2026-11-01T00:00", UTC_ZONE, True),
        (Frequency.MONTHLY, "2026-10-31T22:59", "2026-10-31T23:00", BERLIN, True),
        (Frequency.MONTHLY, "2026-10-31T23:00", "2026-11-01T09:00", BERLIN, False),
        (Frequency.MONTHLY, "2025-11-24T09:00", "2026-11-24T09:00", UTC_ZONE, True),
        (Frequency.EVERY, "2026-11-24T08:59", "2026-11-24T09:00", UTC_ZONE, True),
    ],
)
def test_frequency_allows_one_in_each_iso_week_or_month_of_the_zone(
    frequency: Frequency, before: str, now: str, zone: ZoneInfo, allowed: bool
) -> None:
    then, moment = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (before, now))
    past = [sent(1, at=then)]
    assert picked([reader(frequency)], new(2), past, as_of=moment, zone=zone) == (
        (2,) if allowed else ()
    )


def test_an_edition_without_the_topic_does_not_use_up_its_turn() -> None:
    past = [sent(1, topics=(JOBS,), at=NOW)]
    assert picked([reader(Frequency.WEEKLY)], new(2), past) == (2,)


def test_a_topic_whose_turn_it_is_not_waits_while_another_goes() -> None:
    both = [reader(Frequency.MONTHLY), Subscription(JOBS, LONG_AGO, Frequency.EVERY)]
    candidates = [*new(5), *new(6, topic=JOBS)]
    past = [sent(1, at=NOW - timedelta(days=7))]
    assert picked(both, candidates, past) == (6,)


def test_the_order_of_what_is_known_changes_nothing() -> None:
    dice = random.Random(1)
    subscriptions = [reader(), Subscription(JOBS, LONG_AGO, Frequency.WEEKLY)]
    past = [sent(1, 2), sent(7, topics=(JOBS,)), sent(3, at=NOW)]
    candidates = [*new(9), *new(8, topic=JOBS), *new(7, topic=JOBS), *new(3), *new(4)]
    first = picked(subscriptions, candidates, past)
    assert first == (9, 8, 4)
    for _ in range(20):
        dice.shuffle(subscriptions)
        dice.shuffle(past)
        assert picked(subscriptions, candidates, past) == first


class Weeks:
    """A year of issues in miniature: what each reader got, and what was issued when."""

    def __init__(self) -> None:
        self.past: dict[str, list[Edition]] = {}
        self.issued: dict[int, datetime] = {}

    def issue(
        self, at: datetime, readers: dict[str, Subscription], newest_first: range
    ) -> dict[str, tuple[int, ...]]:
        candidates = [Candidate(post(n), self.issued.get(n)) for n in newest_first]
        got = {
            name: picked([one], candidates, self.past.get(name), as_of=at)
            for name, one in readers.items()
        }
        for name, items in got.items():
            if items:
                self.past.setdefault(name, []).append(sent(*items, at=at))
            for item in items:
                self.issued.setdefault(item, at)
        return got


def test_twelve_posts_make_six_six_two_new_and_none() -> None:
    weeks, week = Weeks(), timedelta(weeks=1)
    readers = {name: reader() for name in ("ada", "bob", "eve")}
    first = weeks.issue(NOW, readers, range(12, 0, -1))
    assert set(first.values()) == {(12, 11, 10, 9, 8, 7)}
    second = weeks.issue(NOW + week, readers, range(12, 0, -1))
    assert set(second.values()) == {(6, 5, 4, 3, 2, 1)}

    readers["joe"] = reader(since=NOW + week + timedelta(days=1))
    third = weeks.issue(NOW + 2 * week, readers, range(14, 0, -1))
    assert set(third.values()) == {(14, 13)}  # and nothing of the first two for who came later
    assert set(weeks.issue(NOW + 3 * week, readers, range(14, 0, -1)).values()) == {()}


def test_who_joins_between_gets_what_waited_but_nothing_that_was_out() -> None:
    weeks, week = Weeks(), timedelta(weeks=1)
    weeks.issue(NOW, {"ada": reader()}, range(12, 0, -1))
    readers = {"ada": reader(), "joe": reader(since=NOW + timedelta(days=1))}
    got = weeks.issue(NOW + week, readers, range(12, 0, -1))
    assert got["joe"] == got["ada"] == (6, 5, 4, 3, 2, 1)
