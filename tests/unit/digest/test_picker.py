"""The picker's rules, each alone, and then the four weeks of the twelve posts."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from tests.unit.digest.shelves import EVENTS, JOBS, NOW, PROJECTS, event, job, post

from pinlabs_mailer.community.search import Search
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.db.words import Frequency, ItemKind
from pinlabs_mailer.digest.picker import Past, Pick, Rules, Subscription, Why, pick, together, turns
from pinlabs_mailer.digest.shelf import Shelf

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
LONG_AGO = NOW - timedelta(days=300)
A_MOMENT = timedelta(microseconds=1)


class Candidate(NamedTuple):
    """An item, and when the first issue that had it was opened."""

    item: Item
    issued: datetime | None


class Edition(NamedTuple):
    """What some people were sent in one issue."""

    items: tuple[int, ...]
    topics: tuple[int, ...]
    as_of: datetime


def reader(frequency: Frequency = Frequency.EVERY, since: datetime = LONG_AGO) -> Subscription:
    return Subscription(PROJECTS, since, frequency)


def member(*topics: int) -> list[Subscription]:
    return [Subscription(topic, LONG_AGO, Frequency.EVERY) for topic in topics]


def new(*item_ids: int, topic: int = PROJECTS, issued: datetime | None = None) -> list[Candidate]:
    return [Candidate(post(item_id, topic), issued) for item_id in item_ids]


def sent(*items: int, topics: tuple[int, ...] = (PROJECTS,), at: datetime = LONG_AGO) -> Edition:
    return Edition(items, topics, at)


def judged(
    subscriptions: Sequence[Subscription],
    candidates: Sequence[Candidate | Item],
    past: Sequence[Edition] = (),
    *,
    as_of: datetime = NOW,
    zone: ZoneInfo = UTC_ZONE,
    limit: int = 6,
    search: Search | None = None,
    least: int = 1,
) -> tuple[Shelf, Pick]:
    """Run the picker, and return the shelf too."""
    all_ = [one if isinstance(one, Candidate) else Candidate(one, None) for one in candidates]
    issued = {one.item.id: one.issued for one in all_ if one.issued is not None}
    shelf = Shelf([one.item for one in all_], issued)
    rules = Rules(as_of, zone, dict.fromkeys(ItemKind, limit), least)
    told = [Past(shelf.of(one.items), turns(one.topics, one.as_of, rules)) for one in past]
    wanted = shelf.wanted(search) if search else None
    return shelf, pick(shelf, rules, subscriptions, together(told), wanted)


def picked(
    subscriptions: Sequence[Subscription],
    candidates: Sequence[Candidate | Item],
    past: Sequence[Edition] | None = None,
    *,
    as_of: datetime = NOW,
    zone: ZoneInfo = UTC_ZONE,
    limit: int = 6,
    search: Search | None = None,
    least: int = 1,
) -> tuple[int, ...]:
    return judged(
        subscriptions, candidates, past or (),
        as_of=as_of, zone=zone, limit=limit, search=search, least=least,
    )[1].items  # fmt: skip


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


def test_an_event_or_a_job_that_was_out_before_is_news_to_who_came_later() -> None:
    came = NOW - timedelta(days=1)
    mine = [Subscription(topic, came, Frequency.EVERY) for topic in (PROJECTS, EVENTS, JOBS)]
    out = [Candidate(one, came - A_MOMENT) for one in (post(1), event(2), job(3))]
    assert picked(mine, out) == (2, 3)
    assert picked(mine, out, [sent(2, 3)]) == ()


def test_sections_stand_in_order_and_what_is_pinned_before_all() -> None:
    items = [
        job(1), post(2), event(3, days=9), post(4, pinned=2), job(5, pinned=1), event(6, days=2),
        post(7),
    ]  # fmt: skip
    assert picked(member(PROJECTS, EVENTS, JOBS), items) == (5, 4, 2, 7, 6, 3, 1)


def test_a_section_follows_what_an_item_is_whatever_its_topic() -> None:
    items = [post(1, topic=9), event(2, topic=9), job(3, topic=9), post(4, topic=JOBS)]
    assert picked(member(9, JOBS), items) == (1, 4, 2, 3)


def test_each_section_has_its_own_room_and_what_is_pinned_takes_of_it_first() -> None:
    items = [*(job(n) for n in (1, 2, 3)), post(4), post(5), post(6, pinned=1), event(7)]
    shelf, found = judged(member(PROJECTS, EVENTS, JOBS), items, limit=2)
    assert found.items == (6, 4, 7, 1, 2)
    assert found.more_jobs == 1
    assert {why: set(shelf.ids(some)) for why, some in found.out}[Why.ROOM] == {3, 5}


def test_of_events_the_soonest_have_room() -> None:
    items = [event(n, days=n) for n in (5, 1, 4, 2, 3)]
    assert picked(member(EVENTS), items, limit=3) == (1, 2, 3)


def test_the_nearest_have_room_before_the_newest() -> None:
    wanted = Search(locations=("Berlin", "remote"), words=("rust", "python"))
    jobs = [
        job(1, "Python", "Berlin"),
        job(2, "Rust", "Berlin"),
        job(3, "Engineer", "Berlin", summary="Rust and Python."),
        job(4, "Rust and Python", "Berlin", "Remote"),
        job(5, "Python", "Paris"),
    ]
    assert picked(member(JOBS), jobs, search=wanted) == (4, 1, 2, 3)
    assert picked(member(JOBS), jobs, search=wanted, limit=2) == (4, 1)


def test_posts_and_events_are_near_too_but_none_is_kept_away() -> None:
    wanted = Search(locations=("Berlin",), words=("rust",))
    items = [post(1, title="Go"), post(2, title="Rust"), event(3, 2), event(4, 9, place="Berlin")]
    mine = member(PROJECTS, EVENTS)
    assert picked(mine, items, search=wanted) == (2, 1, 3, 4)
    assert picked(mine, items, search=wanted, limit=1) == (2, 4)


def test_fewer_items_than_the_least_are_no_digest_and_wait() -> None:
    assert picked([reader()], new(1, 2), least=3) == ()
    assert picked([reader()], new(1, 2, 3), least=3) == (1, 2, 3)
    _, found = judged(member(JOBS), [job(1), job(2)], limit=1, least=2)
    assert (found.items, found.more_jobs) == ((), 0)


def test_every_item_is_in_or_kept_out_by_exactly_one_rule() -> None:
    mine = [reader(), Subscription(JOBS, LONG_AGO, Frequency.WEEKLY), *member(9)]
    candidates: list[Candidate | Item] = [
        *new(1, 2, 3), *new(4, issued=LONG_AGO - A_MOMENT), event(5), job(6),
        job(7, "A job", "Rome", topic=9), job(8, "A job", "Berlin", topic=9),
    ]  # fmt: skip
    past = [sent(3), sent(99, topics=(JOBS,), at=NOW)]
    shelf, found = judged(mine, candidates, past, limit=1, search=Search(locations=("Berlin",)))
    assert found.items == (1, 8)
    assert {why: list(shelf.ids(some)) for why, some in found.out} == {
        Why.TOPIC: [5],
        Why.TURN: [6],
        Why.SENT: [3],
        Why.BEFORE: [4],
        Why.SEARCH: [7],
        Why.ROOM: [2],
    }


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
