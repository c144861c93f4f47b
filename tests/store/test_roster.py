"""Sources as they are taken up, and the words for the issue to come."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pinlabs_mailer.content import next_issue, roster
from pinlabs_mailer.content.fetched import Mark
from pinlabs_mailer.content.next_issue import Words
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import SourceKind
from pinlabs_mailer.errors import BadInput, NotFound

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOPICS = {
    SourceKind.FEED: "projects", SourceKind.PAGE: "projects", SourceKind.JSONLD: "projects",
    SourceKind.FILES: "projects", SourceKind.ICAL: "events",
}  # fmt: skip


@pytest.mark.parametrize("kind", SourceKind)
def test_every_kind_has_a_topic_and_can_be_added(engine: Engine, kind: SourceKind) -> None:
    with writing(engine) as connection:
        added = roster.add(connection, kind, "acme", NOW)
    assert added.topic == TOPICS.get(kind, "jobs")
    with reading(engine) as connection:
        assert roster.every(connection) == [added]
        assert roster.find(connection, added.name) == added


def test_names_are_made_from_the_location_and_are_unique(engine: Engine) -> None:
    with writing(engine) as connection:
        places = ("https://labs.example/feed", "https://labs.example/other", "posts")
        names = [roster.add(connection, SourceKind.FEED, one, NOW).name for one in places]
        assert names == ["feed-labs.example", "feed-labs.example-2", "feed-posts"]
        with pytest.raises(BadInput, match="already"):
            roster.add(connection, SourceKind.FEED, "x", NOW, name="feed-posts")
        with pytest.raises(BadInput, match="cannot name"):
            roster.add(connection, SourceKind.FEED, "x", NOW, name="a\nb")
        with pytest.raises(NotFound, match="topic"):
            roster.add(connection, SourceKind.FEED, "x", NOW, topic_slug="nope")


def test_what_is_there_already_is_told_with_its_number(engine: Engine) -> None:
    with writing(engine) as connection:
        places = ("https://labs.example/feed", "posts")
        first, second = (roster.add(connection, SourceKind.FEED, one, NOW) for one in places)
        for there in (first, second):
            with pytest.raises(BadInput, match=f"already: source {there.id}, {there.name}"):
                roster.add(connection, SourceKind.FEED, there.location, NOW, name="other")
        roster.add(connection, SourceKind.PAGE, "https://labs.example/feed", NOW)
        cards = {"card": "article"}
        roster.add(
            connection, SourceKind.PAGE, "https://labs.example/feed", NOW, selectors=cards
        )  # fmt: skip
        assert len(roster.every(connection)) == 4


def test_a_path_is_kept_in_full_and_a_short_name_as_it_is(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as connection:
        assert roster.add(connection, SourceKind.FILES, "posts", NOW).location == str(
            tmp_path / "posts"
        )
        assert roster.add(connection, SourceKind.GREENHOUSE, "acme", NOW).location == "acme"


@pytest.mark.parametrize(
    ("kind", "location", "more", "wrong"),
    [
        (SourceKind.LEVER, "a/b", {}, "neither the short name"),
        (SourceKind.FEED, "ftp://labs.example/", {}, "no web address"),
        (SourceKind.FEED, "https://me:secret@labs.example/", {}, "password"),
        (SourceKind.ASHBY, "https://[::1", {}, "no web address"),
        (SourceKind.FEED, "x", {"base_url": "labs"}, "--base is no web address"),
        (SourceKind.FEED, "x", {"selectors": {"card": "p"}}, "Only a page"),
        (SourceKind.PAGE, "x", {"selectors": {"title": "p"}}, "No card"),
        (SourceKind.PAGE, "x", {"selectors": {"card": "p", "z": "p"}}, "no part 'z'"),
        (SourceKind.PAGE, "x", {"selectors": {"card": "p["}}, "no CSS selector"),
    ],
)
def test_what_cannot_be_a_source_is_told_when_it_is_added(
    engine: Engine, kind: SourceKind, location: str, more: dict[str, object], wrong: str
) -> None:
    with writing(engine) as connection, pytest.raises(BadInput, match=wrong) as caught:
        roster.add(connection, kind, location, NOW, **more)  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)


def test_what_became_of_a_reading_is_kept(engine: Engine) -> None:
    with writing(engine) as connection:
        added = roster.add(connection, SourceKind.FEED, "https://labs.example/", NOW, name="a")
        roster.failed(connection, added.id, "It <b>broke</b>\u202e.\n" + "x " * 9_000, NOW)
    with writing(engine) as connection:
        failed = roster.find(connection, "a")
        assert (failed.failed_at, failed.fetched_at) == (NOW, None)
        assert failed.failure.startswith("It <b>broke</b>. x x")
        assert len(failed.failure) <= 500
        roster.succeeded(connection, added.id, Mark('"1"', "yesterday"), NOW)
    with reading(engine) as connection:
        read = roster.find(connection, "a")
    assert (read.failed_at, read.failure, read.fetched_at) == (None, "", NOW)
    assert read.mark == Mark('"1"', "yesterday")


def test_the_editors_words_are_kept_until_they_are_taken(engine: Engine) -> None:
    with writing(engine) as connection:
        assert next_issue.read(connection) == Words()
        next_issue.write(connection, "Winter\u202e at\n the lab", None)
        next_issue.write(connection, None, "  Dear  all,\r\n\r\n\nit snows.\nReally. \n")
    expected = Words("Winter at the lab", "Dear all,\n\nit snows. Really.")
    with writing(engine) as connection:
        assert next_issue.read(connection) == expected
        assert next_issue.take(connection) == expected
        assert next_issue.take(connection) == Words()


def test_words_that_are_too_many_are_told(engine: Engine) -> None:
    with writing(engine) as connection:
        with pytest.raises(BadInput, match="A subject may have 200 signs"):
            next_issue.write(connection, "x" * 201, None)
        with pytest.raises(BadInput, match=r"An introduction may have 5,000 signs"):
            next_issue.write(connection, None, "x" * 5_001)
