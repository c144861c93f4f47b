"""Sections, their room, and what is nearest; and which rule kept out what."""

from datetime import timedelta

from tests.unit.digest.picking import (
    A_MOMENT,
    LONG_AGO,
    Candidate,
    judged,
    member,
    new,
    picked,
    reader,
    sent,
)
from tests.unit.digest.shelves import EVENTS, JOBS, NOW, PROJECTS, event, job, post

from pinlabs_mailer.community.search import Search
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.db.words import Frequency
from pinlabs_mailer.digest.picker import Subscription, Why


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
