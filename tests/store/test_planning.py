"""Planning an issue: editions as rows, taking it up again, and the words of the editor."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, update

from pinlabs_mailer.app import App
from pinlabs_mailer.community.search import Search
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import (
    delivery,
    edition,
    edition_topic,
    issue,
    issue_item,
    next_issue,
    subscription,
)
from pinlabs_mailer.db.words import ItemKind
from pinlabs_mailer.digest import editions
from pinlabs_mailer.digest.draft import Content, Draft
from tests.store.picking import ADA, ALL, TUESDAY, WEEK, end, issued, look_for, put
from tests.support.installations import Clock, confirmed, make_app


@pytest.fixture
def clock() -> Clock:
    return Clock(TUESDAY - timedelta(days=1))


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[App]:
    with closing(make_app(database_url, 1, clock)) as app:
        yield app


def test_planning_taken_up_again_gives_the_same_picks(app: App) -> None:
    for number in range(6):
        confirmed(app, f"reader{number}@example.org", *ALL)
        if number % 2:
            look_for(app, f"reader{number}@example.org", Search(words=(f"{number}",)))
    for number, kind in enumerate([*ItemKind] * 5, 1):
        put(app, number, kind)
    first = issued(app, TUESDAY)
    with writing(app.engine) as connection:
        connection.execute(delete(delivery).where(delivery.c.subscriber_id > 2))
        gone = select(edition.c.id).where(
            edition.c.id.not_in(select(delivery.c.edition_id).scalar_subquery())
        )
        for table, column in ((edition_topic, edition_topic.c.edition_id), (edition, edition.c.id)):
            connection.execute(delete(table).where(column.in_(gone)))
        connection.execute(update(issue).values(status="planning"))
    put(app, 99)
    assert issued(app, TUESDAY + timedelta(minutes=1)) == first
    with reading(app.engine) as connection:
        made = connection.execute(select(func.count()).select_from(edition)).scalar_one()
        kept = set(connection.execute(select(issue_item.c.item_id)).scalars())
    assert made == 3
    assert kept == {one for some in first.values() for one in some}


def test_planning_taken_up_again_after_everybody_left_ends(app: App) -> None:
    confirmed(app, ADA)
    put(app, 1)
    issued(app, TUESDAY)
    with writing(app.engine) as connection:
        for table in (delivery, edition_topic, edition):
            connection.execute(delete(table))
        connection.execute(update(issue).values(status="planning"))
        connection.execute(update(subscription).values(status="withdrawn"))
    assert issued(app, TUESDAY + timedelta(minutes=1)) == {}
    with reading(app.engine) as connection:
        assert connection.execute(select(issue.c.status)).scalars().all() == ["sending"]


def test_editions_are_written_once_with_their_topics(app: App) -> None:
    for number, kind in enumerate(ItemKind, 1):
        put(app, number, kind)
    confirmed(app, ADA, *ALL)
    drawn = app.draft(TUESDAY)
    some = [Content((1, 2)), Content((2, 1)), Content((1, 2), "de"), Content((1, 2), "en", 3)]
    with writing(app.engine) as connection:
        connection.execute(
            insert(issue).values(id=7, key="k", status="planning", as_of=TUESDAY, opened_at=TUESDAY)
        )
        first = editions.write(connection, 7, drawn, some[:2])
        again = editions.write(connection, 7, drawn, some[::-1])
        assert len(set(again)) == 4
        assert again[:1:-1] == first
        topics = connection.execute(select(edition_topic.c.edition_id)).scalars().all()
        assert len(topics) == 8


def test_all_editions_are_tried_out_or_those_that_show_every_item(app: App) -> None:
    confirmed(app, ADA)
    for number in range(1, 25):
        put(app, number, title="A long title" if number == 24 else "Short")
    drawn = app.draft(TUESDAY)
    few = [Content((n,)) for n in range(1, 6)]
    assert editions.to_try_out(Draft(drawn.terms, drawn.posts, editions=few)) == few
    many = [Content((n, m)) for n in range(1, 24) for m in range(1, 24)]
    many += [Content((1, 2), "de"), Content((24, 24))]
    full = Draft(drawn.terms, drawn.posts, editions=many)
    full.edition_of.extend([7, 7, 8])
    chosen = editions.to_try_out(full)
    assert len(chosen) < 40
    assert {one for some in chosen for one in some.items} == set(range(1, 25))
    assert {"de", "en"} == {some.locale for some in chosen}
    assert many[7] in chosen
    assert many[-1] in chosen


def test_the_issue_that_opens_takes_what_the_editor_wrote(app: App) -> None:
    confirmed(app, ADA)
    with writing(app.engine) as connection:
        connection.execute(insert(next_issue).values(id=1, subject="Hello\n you", intro="Read."))
    app.open_due(TUESDAY)
    with reading(app.engine) as connection:
        assert connection.execute(select(next_issue.c.intro)).scalars().all() == ["Read."]
    put(app, 1)
    issued(app, TUESDAY + WEEK)
    with reading(app.engine) as connection:
        row = connection.execute(select(issue).where(issue.c.status == "sending")).one()
        assert (row.own_subject, row.intro) == ("Hello\n you", "Read.")
        assert connection.execute(select(next_issue)).all() == []
    end(app)
    put(app, 2)
    issued(app, TUESDAY + 2 * WEEK)
    with reading(app.engine) as connection:
        row = connection.execute(select(issue).order_by(issue.c.id.desc()).limit(1)).one()
    assert (row.own_subject, row.intro) == ("", "")
    assert row.subject
