"""Posts in the database: one row an address, and which of them are news."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.content.posts import Saved, candidates, find, list_posts, save
from pinlabs_mailer.db import tables
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.errors import NotFound

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FULL = FoundItem(
    url="https://labs.example/notes/queues",
    title="Queues, drawn by hand",
    summary="A notebook of sketches.",
    image_url="https://labs.example/pictures/queues.png",
    image_alt="arrows between boxes",
    published_at=NOW - 10 * DAY,
)
BARE = FoundItem(url=FULL.url, title=FULL.title)


def topic_id(connection: Connection, slug: str = "projects") -> int:
    query = select(tables.topic.c.id).where(tables.topic.c.slug == slug)
    return int(connection.execute(query).scalar_one())


def keep(engine: Engine, *found: FoundItem, now: datetime = NOW) -> Saved:
    with writing(engine) as connection:
        return save(connection, topic_id(connection), found, now)


def stored(engine: Engine) -> list[Item]:
    with reading(engine) as connection:
        return list_posts(connection)


def dated(name: str, moment: datetime | None) -> FoundItem:
    return FoundItem(url=f"https://labs.example/{name}", title=name, published_at=moment)


def news(engine: Engine, since: datetime, until: datetime) -> list[str]:
    with reading(engine) as connection:
        return [post.title for post in candidates(connection, since, until)]


def test_a_new_post_is_stored_whole(engine: Engine) -> None:
    assert keep(engine, FULL) == Saved(added=1)
    (post,) = stored(engine)
    with reading(engine) as connection:
        assert post == find(connection, post.id)
        assert post.topic_id == topic_id(connection)
    assert post.topic == "projects"
    assert post.first_seen_at == NOW
    for name in ("url", "title", "summary", "image_url", "image_alt", "published_at"):
        assert getattr(post, name) == getattr(FULL, name)


def test_the_same_import_again_changes_nothing(engine: Engine) -> None:
    keep(engine, FULL, dated("a", None))
    before = stored(engine)
    assert keep(engine, FULL, dated("a", None), now=NOW + DAY) == Saved(unchanged=2)
    assert stored(engine) == before


def test_another_spelling_of_the_address_is_the_same_post(engine: Engine) -> None:
    keep(engine, FULL)
    spelling = replace(FULL, url="http://LABS.example/notes/queues/?utm_source=rss#top")
    assert keep(engine, spelling) == Saved(unchanged=1)
    assert [post.url for post in stored(engine)] == [FULL.url]


def test_an_address_becomes_safe_but_not_unsafe_again(engine: Engine) -> None:
    plain = replace(FULL, url=FULL.url.replace("https:", "http:"))
    keep(engine, plain)
    assert keep(engine, FULL) == Saved(changed=1)
    assert keep(engine, plain) == Saved(unchanged=1)
    assert [post.url for post in stored(engine)] == [FULL.url]


def test_one_address_twice_in_an_import_counts_once(engine: Engine) -> None:
    twice = replace(FULL, url=FULL.url + "/", title="Another title")
    assert keep(engine, FULL, twice) == Saved(added=1)
    assert [post.title for post in stored(engine)] == [FULL.title]


def test_an_edit_is_taken_over_and_first_sight_stays(engine: Engine) -> None:
    keep(engine, FULL)
    (before,) = stored(engine)
    edited = replace(FULL, title="Queues, again", summary="More sketches.")
    assert keep(engine, edited, now=NOW + DAY) == Saved(changed=1)
    (after,) = stored(engine)
    assert after == replace(before, title="Queues, again", summary="More sketches.")


def test_what_an_import_leaves_open_does_not_erase_what_is_known(engine: Engine) -> None:
    keep(engine, FULL)
    before = stored(engine)
    assert keep(engine, BARE) == Saved(unchanged=1)
    assert stored(engine) == before


def test_what_was_missing_is_filled_in(engine: Engine) -> None:
    keep(engine, BARE)
    assert keep(engine, FULL, now=NOW + DAY) == Saved(changed=1)
    (post,) = stored(engine)
    assert (post.published_at, post.image_alt) == (FULL.published_at, FULL.image_alt)
    assert post.first_seen_at == NOW


def test_another_picture_does_not_keep_the_words_of_the_old_one(engine: Engine) -> None:
    keep(engine, FULL)
    keep(engine, replace(FULL, image_url="https://labs.example/new.png", image_alt=""))
    (post,) = stored(engine)
    assert (post.image_url, post.image_alt) == ("https://labs.example/new.png", "")


def test_a_date_moves_back_but_never_makes_old_news_new(engine: Engine) -> None:
    keep(engine, FULL)
    assert keep(engine, replace(FULL, published_at=NOW)) == Saved(unchanged=1)
    earlier = NOW - 20 * DAY
    assert keep(engine, replace(FULL, published_at=earlier)) == Saved(changed=1)
    assert [post.published_at for post in stored(engine)] == [earlier]


def test_a_known_post_stays_in_its_topic(engine: Engine) -> None:
    keep(engine, FULL)
    with writing(engine) as connection:
        assert save(connection, topic_id(connection, "jobs"), [FULL], NOW) == Saved(unchanged=1)
    assert [post.topic for post in stored(engine)] == ["projects"]


def test_nothing_found_is_nothing_saved(engine: Engine) -> None:
    assert keep(engine) == Saved()


def test_a_failed_transaction_stores_none_of_an_import(engine: Engine) -> None:
    def save_and_fail() -> None:
        with writing(engine) as connection:
            save(connection, topic_id(connection), [FULL], NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save_and_fail()
    assert stored(engine) == []


def test_a_thousand_posts_are_told_apart(engine: Engine) -> None:
    many = [dated(f"post-{number}", None) for number in range(1_001)]
    assert keep(engine, *many) == Saved(added=1_001)
    assert keep(engine, *many) == Saved(unchanged=1_001)


def test_posts_are_listed_newest_first_and_in_the_order_of_their_source(engine: Engine) -> None:
    keep(engine, dated("old", NOW - 9 * DAY), dated("a", None), dated("b", None))
    keep(engine, dated("latest", NOW + DAY))
    assert [post.title for post in stored(engine)] == ["latest", "a", "b", "old"]
    with reading(engine) as connection:
        assert [post.title for post in list_posts(connection, limit=2)] == ["latest", "a"]


def test_candidates_lie_after_the_one_moment_and_up_to_the_other(engine: Engine) -> None:
    since, until = NOW - 7 * DAY, NOW
    instant = timedelta(microseconds=1)
    keep(
        engine,
        dated("too old", since),
        dated("just in", since + instant),
        dated("last", until),
        dated("to come", until + instant),
    )
    assert news(engine, since, until) == ["last", "just in"]


def test_a_post_without_a_date_counts_from_when_it_was_first_seen(engine: Engine) -> None:
    keep(engine, dated("undated", None), now=NOW - DAY)
    assert news(engine, NOW - 2 * DAY, NOW) == ["undated"]
    assert news(engine, NOW - DAY, NOW) == []
    keep(engine, dated("undated", NOW - 30 * DAY))
    assert news(engine, NOW - 2 * DAY, NOW) == []


def test_a_post_that_is_not_there_is_told(engine: Engine) -> None:
    for unknown in (4711, 0, -1, 2**80):
        with reading(engine) as connection, pytest.raises(NotFound, match=str(unknown)):
            find(connection, unknown)


def test_two_imports_at_once_store_each_post_once(engine: Engine) -> None:
    many = [dated(f"post-{number}", None) for number in range(50)]
    start = threading.Barrier(2, timeout=10)
    saved: list[Saved] = []

    def one_import(found: list[FoundItem]) -> None:
        start.wait()
        saved.append(keep(engine, *found))

    threads = [threading.Thread(target=one_import, args=(f,)) for f in (many, many[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(each.added for each in saved) == [0, 50]
    assert len(stored(engine)) == 50


def test_an_import_does_not_hold_up_an_issue_that_opens(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        return  # one writer at a time, by design
    keep(engine, FULL)
    (post,) = stored(engine)
    with writing(engine) as importing, writing(engine) as opening:
        save(importing, topic_id(importing), [dated("new", None)], NOW)
        opening.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        # What the foreign key of issue_item asks of PostgreSQL.
        query = select(tables.item.c.id).with_for_update(read=True, key_share=True)
        assert opening.execute(query).scalars().all() == [post.id]
