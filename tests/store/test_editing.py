"""What the editor decides about items, and that no source undoes it."""

import pytest
from sqlalchemy import Engine

from pinlabs_mailer.content import editing, posts
from pinlabs_mailer.content.items import Job
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.errors import BadInput, NotFound
from tests.store.looks import HOUR, NOW, board, job, look, news, rows


def test_what_the_editor_wrote_is_not_overwritten_and_makes_nothing_new(engine: Engine) -> None:
    source = board(engine)
    look(engine, source, job(1))
    with writing(engine) as connection:
        editing.edit(connection, rows(engine)["Job 1"].id, NOW + HOUR, title=" Keeper\n of queues ")
    changed = job(1, title="Renamed", summary="New", details=Job(department="Top"))
    look(engine, source, changed, now=NOW + 2 * HOUR)
    row = rows(engine)["Keeper of queues"]
    assert (row.summary, row.details["department"]) == ("", "Top")
    assert (row.first_seen_at, row.edited_at) == (NOW, NOW + HOUR)


def test_what_was_typed_by_hand_keeps_its_words(engine: Engine) -> None:
    with writing(engine) as connection:
        posts.save(connection, 1, [job(1, title="By hand")], NOW, by_hand=True)
    look(engine, board(engine), job(1), now=NOW + HOUR)
    assert list(rows(engine)) == ["By hand"]


def test_what_is_typed_again_takes_the_place_of_what_was(engine: Engine) -> None:
    with writing(engine) as connection:
        posts.save(connection, 1, [job(1, title="Kepper", summary="Old")], NOW, by_hand=True)
        saved = posts.save(connection, 1, [job(1, title="Keeper")], NOW + HOUR, by_hand=True)
    row = rows(engine)["Keeper"]
    assert (saved.changed, row.summary, row.edited_at) == (1, "Old", NOW + HOUR)


def test_nothing_to_edit_and_an_empty_title_are_told(engine: Engine) -> None:
    look(engine, board(engine), job(1))
    item_id = rows(engine)["Job 1"].id
    with writing(engine) as connection:
        with pytest.raises(BadInput, match="nothing to change"):
            editing.edit(connection, item_id, NOW)
        with pytest.raises(BadInput, match="cannot be empty"):
            editing.edit(connection, item_id, NOW, title=" \u202e ")
        with pytest.raises(NotFound):
            editing.edit(connection, 4711, NOW, title="x")


def test_items_are_pinned_in_order_and_moved(engine: Engine) -> None:
    look(engine, board(engine), *map(job, range(1, 5)))
    ids = {title: row.id for title, row in rows(engine).items()}

    def pinned() -> list[str]:
        found = [row for row in rows(engine).values() if row.pinned]
        ordered = sorted(found, key=lambda row: row.pinned)
        assert [row.pinned for row in ordered] == list(range(1, len(ordered) + 1))
        return [row.title for row in ordered]

    with writing(engine) as connection:
        for number in (1, 2, 3):
            editing.pin(connection, ids[f"Job {number}"])
    assert pinned() == ["Job 1", "Job 2", "Job 3"]
    with writing(engine) as connection:
        editing.pin(connection, ids["Job 3"], 1)
        editing.pin(connection, ids["Job 4"], 2)
    assert pinned() == ["Job 3", "Job 4", "Job 1", "Job 2"]
    with writing(engine) as connection:
        editing.unpin(connection, ids["Job 4"])
        editing.pin(connection, ids["Job 3"], 99)
    assert pinned() == ["Job 1", "Job 2", "Job 3"]


def test_what_is_skipped_is_no_candidate_until_that_is_undone(engine: Engine) -> None:
    look(engine, board(engine), job(1), job(2))
    skipped = rows(engine)["Job 1"].id
    with writing(engine) as connection:
        editing.skip(connection, skipped, NOW + HOUR)
        editing.skip(connection, skipped, NOW + 2 * HOUR)
    assert rows(engine)["Job 1"].skipped_at == NOW + HOUR
    assert news(engine) == ["Job 2"]
    look(engine, board(engine, "again"), job(1, source_key="x"), now=NOW + 3 * HOUR)
    assert news(engine) == ["Job 2"]
    with writing(engine) as connection:
        editing.unskip(connection, skipped)
    assert sorted(news(engine)) == ["Job 1", "Job 2"]
