"""Which source has which item: who has the say, what closes a job, and what opens it again."""

import pytest
from sqlalchemy import Engine

from pinlabs_mailer.content import posts, roster, sightings
from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.content.items import Job
from pinlabs_mailer.content.posts import Saved
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.errors import NotFound
from tests.store.looks import DAY, HOUR, NOW, board, event, job, look, news, opened, rows


def test_events_and_jobs_come_back_as_they_were_found(engine: Engine) -> None:
    source = board(engine)
    look(engine, source, job(1), event("studio"))
    with reading(engine) as connection:
        stored = {one.title: one for one in posts.list_posts(connection)}
    assert stored["Job 1"].details == job(1).details
    assert stored["studio"].details == event("studio").details
    assert stored["studio"].ends_at == NOW + DAY + HOUR


def test_a_job_closes_when_a_complete_reading_lacks_it_and_opens_when_it_is_back(
    engine: Engine,
) -> None:
    source = board(engine)
    look(engine, source, job(1), job(2), job(3))
    look(engine, source, job(1), job(2), now=NOW + HOUR)
    assert opened(engine) == ["Job 1", "Job 2"]
    before = rows(engine)["Job 3"]
    assert before.closed_at == NOW + HOUR
    look(engine, source, job(1), job(2), job(3), now=NOW + 2 * HOUR)
    after = rows(engine)["Job 3"]
    assert after.closed_at is None
    assert (after.id, after.first_seen_at) == (before.id, NOW)


def test_a_reading_that_is_not_complete_closes_nothing(engine: Engine) -> None:
    source = board(engine)
    look(engine, source, job(1), job(2), job(3))
    with writing(engine) as connection:
        posts.save(connection, source.topic_id, [job(1)], NOW + HOUR, source.id)
    assert len(opened(engine)) == 3


def test_an_empty_list_counts_only_when_the_next_one_agrees(engine: Engine) -> None:
    source = board(engine)
    look(engine, source, job(1), job(2))
    look(engine, source, now=NOW + HOUR)
    assert opened(engine) == ["Job 1", "Job 2"]
    look(engine, source, job(1), job(2), now=NOW + 2 * HOUR)
    look(engine, source, now=NOW + 3 * HOUR)
    assert opened(engine) == ["Job 1", "Job 2"], "the one in between did not agree"
    look(engine, source, now=NOW + 4 * HOUR)
    assert opened(engine) == []


def test_more_than_half_gone_counts_only_when_the_next_one_agrees(engine: Engine) -> None:
    source = board(engine)
    look(engine, source, *map(job, range(10)))
    look(engine, source, *map(job, range(4)), now=NOW + HOUR)
    assert len(opened(engine)) == 10
    look(engine, source, *map(job, range(4)), now=NOW + 2 * HOUR)
    assert len(opened(engine)) == 4
    look(engine, source, *map(job, range(2)), now=NOW + 3 * HOUR)
    assert len(opened(engine)) == 2, "half is not more than half"


def test_unchanged_agrees_with_the_reading_before(engine: Engine) -> None:
    source = board(engine)
    look(engine, source, job(1), job(2))
    with writing(engine) as connection:
        assert sightings.confirm(connection, source.id, NOW + HOUR) == 0
    look(engine, source, now=NOW + 2 * HOUR)
    with writing(engine) as connection:
        assert sightings.confirm(connection, source.id, NOW + 3 * HOUR) == 2
    assert opened(engine) == []


def test_a_job_that_another_source_has_stays_open(engine: Engine) -> None:
    first, second = board(engine), board(engine, "other")
    look(engine, first, job(1), job(2), job(3))
    look(engine, second, job(3, source_key="x"))
    look(engine, first, job(1), job(2), now=NOW + HOUR)
    assert len(opened(engine)) == 3
    look(engine, second, now=NOW + 2 * HOUR)
    look(engine, second, now=NOW + 3 * HOUR)
    assert opened(engine) == ["Job 1", "Job 2"]


def test_posts_and_events_that_leave_a_feed_stay(engine: Engine) -> None:
    source = board(engine)
    look(engine, source, event("studio"), FoundItem("https://labs.example/a", "A"), job(1), job(2))
    for hours in (1, 2):
        look(engine, source, job(1), job(2), now=NOW + hours * HOUR)
    assert len(opened(engine)) == 4


def test_an_event_that_is_called_off_closes_and_is_never_stored_if_it_was_not_known(
    engine: Engine,
) -> None:
    source = board(engine)
    look(engine, source, event("studio"))
    off = event("studio", closed=True)
    look(engine, source, off, event("party", closed=True), now=NOW + HOUR)
    assert list(rows(engine)) == ["studio"]
    assert opened(engine) == []
    assert news(engine, NOW + 2 * HOUR) == []
    look(engine, source, event("studio"), now=NOW + 2 * HOUR)
    assert opened(engine) == ["studio"]


def test_a_job_whose_page_moves_is_the_same_job(engine: Engine) -> None:
    source = board(engine)
    look(engine, source, job(1), job(2))
    moved = job(1, url="https://careers.example/one")
    assert look(engine, source, moved, job(2), now=NOW + HOUR) == Saved(changed=1, unchanged=1)
    assert [row.url for row in rows(engine).values()] == [moved.url, job(2).url]
    assert look(engine, source, moved, job(2), now=NOW + 2 * HOUR) == Saved(unchanged=2)
    assert len(opened(engine)) == 2


def test_a_source_that_calls_everything_the_same_keeps_its_items_apart(engine: Engine) -> None:
    source = board(engine)
    same = [job(number, source_key="same") for number in range(3)]
    look(engine, source, *same)
    look(engine, source, *same, job(4, source_key="same"), now=NOW + HOUR)
    assert len(rows(engine)) == 4


def test_of_two_sources_that_disagree_the_first_has_the_say(engine: Engine) -> None:
    first, second = board(engine), board(engine, "other")
    stated = job(1, summary="")
    contrary = job(
        1, title="Boss", summary="More to read.", details=Job(department="Top"), source_key="x"
    )
    look(engine, first, stated)
    look(engine, second, contrary, now=NOW + HOUR)
    row = rows(engine)["Job 1"]
    assert row.details["department"] == "Lab"
    assert row.summary == "More to read.", "what the first leaves open is filled in"
    assert look(engine, first, stated, now=NOW + 2 * HOUR) == Saved(unchanged=1)
    with reading(engine) as connection:
        assert posts.circumstances(connection, row.id)["sources"] == ["acme", "other"]


def test_the_say_passes_on_when_the_first_source_has_it_no_more(engine: Engine) -> None:
    first, second = board(engine), board(engine, "other")
    contrary = job(1, title="Boss", source_key="x")
    look(engine, first, job(1), job(2))
    look(engine, second, contrary, now=NOW + HOUR)
    look(engine, first, job(2), now=NOW + 2 * HOUR)
    look(engine, second, contrary, now=NOW + 3 * HOUR)
    assert "Boss" in opened(engine)


def test_a_post_of_a_feed_may_turn_out_to_be_an_event(engine: Engine) -> None:
    first, second = board(engine), board(engine, "other")
    look(engine, first, FoundItem("https://labs.example/studio", "Come to the studio"))
    look(engine, second, event("studio"), now=NOW + HOUR)
    row = rows(engine)["Come to the studio"]
    assert (row.kind, row.ends_at) == ("event", NOW + DAY + HOUR)
    look(engine, first, FoundItem("https://labs.example/studio", "Come!"), now=NOW + HOUR)
    assert rows(engine)["Come!"].kind == "event"


def test_a_source_that_is_removed_closes_its_jobs_and_no_others(engine: Engine) -> None:
    first, second = board(engine), board(engine, "other")
    look(engine, first, job(1), job(2), event("studio"))
    look(engine, second, job(2, source_key="x"))
    with writing(engine) as connection:
        assert roster.remove(connection, "acme", NOW + HOUR) == 1
        with pytest.raises(NotFound, match="no source 'acme'"):
            roster.remove(connection, "acme", NOW + HOUR)
    assert opened(engine) == ["Job 2", "studio"]


def test_a_job_that_was_published_long_ago_is_told_from_when_it_was_first_seen(
    engine: Engine,
) -> None:
    old = NOW - 400 * DAY
    post = FoundItem("https://labs.example/old", "Old post", published_at=old)
    look(engine, board(engine), job(1, published_at=old), post)
    assert news(engine) == ["Job 1"]
    assert news(engine, NOW + 100 * DAY) == []


def test_what_is_over_or_takes_no_more_applications_is_no_candidate(engine: Engine) -> None:
    look(engine, board(engine), event("studio"), job(1, ends_at=NOW + 2 * DAY))
    assert sorted(news(engine, NOW + HOUR)) == ["Job 1", "studio"]
    assert news(engine, NOW + DAY + HOUR) == ["Job 1"]
    assert news(engine, NOW + 2 * DAY) == []
