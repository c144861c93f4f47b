"""What transactions, keys and moments promise on both databases."""

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from pinlabs_mailer.db import tables
from pinlabs_mailer.db.bulk import loading
from pinlabs_mailer.db.engine import open_engine, parse_url, reading, writing
from pinlabs_mailer.errors import ConfigurationError

NAME = select(tables.installation.c.name)


def rename(connection: Connection, name: str) -> None:
    connection.execute(update(tables.installation).values(name=name))


def test_a_transaction_is_kept_whole(engine: Engine) -> None:
    with writing(engine) as connection:
        rename(connection, "kept")
    with reading(engine) as connection:
        assert connection.execute(NAME).scalar_one() == "kept"


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    with reading(engine) as connection:
        before = connection.execute(NAME).scalar_one()

    def rename_and_fail() -> None:
        with writing(engine) as connection:
            rename(connection, "lost")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rename_and_fail()
    with reading(engine) as connection:
        assert connection.execute(NAME).scalar_one() == before


def test_a_row_that_points_nowhere_is_refused(engine: Engine, now: datetime) -> None:
    row = {"subscriber_id": 404, "topic_id": 1, "status": "pending"}
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(tables.subscription).values(row))


def test_a_word_that_nobody_knows_is_refused(engine: Engine, now: datetime) -> None:
    row = {"email_key": "ada@example.net", "reason": "whim", "since": now}
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(tables.suppression).values(row))


def test_a_writer_waits_for_the_one_before(engine: Engine, database_url: str) -> None:
    order = []
    begun = threading.Event()

    def write_first() -> None:
        with writing(engine) as connection:
            rename(connection, "first")
            begun.set()
            time.sleep(0.3)
            order.append("first")

    thread = threading.Thread(target=write_first)
    thread.start()
    begun.wait(10)
    other = open_engine(database_url)
    with writing(other) as connection:
        rename(connection, "second")
        order.append("second")
    thread.join()
    other.dispose()
    assert order == ["first", "second"]
    with reading(engine) as connection:
        assert connection.execute(NAME).scalar_one() == "second"


def test_a_reader_does_not_wait_for_a_writer(engine: Engine) -> None:
    with writing(engine) as writer, reading(engine) as reader:
        rename(writer, "unseen")
        assert reader.execute(NAME).scalar_one() != "unseen"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2)]
)
def test_sqlite_is_set_to_survive_a_power_cut(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("synchronous", 2), ("ignore_check_constraints", 0), ("foreign_keys", 1)],
)
def test_what_loading_lets_go_of_holds_again_when_it_ends(
    engine: Engine, pragma: str, value: object
) -> None:
    def held() -> list[bool]:
        with engine.connect() as one, engine.connect() as other:
            found = [each.exec_driver_sql(f"PRAGMA {pragma}").scalar() for each in (one, other)]
        return [each == value for each in found]

    with loading(engine):
        assert False in held()
    assert held() == [True, True]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_a_moment_comes_back_as_it_was_in_utc(engine: Engine, moment: datetime) -> None:
    with writing(engine) as connection:
        connection.execute(update(tables.installation).values(created_at=moment))
        kept = connection.execute(select(tables.installation.c.created_at)).scalar_one()
    assert kept == moment
    assert kept.tzinfo is UTC


def test_moments_compare_in_the_database(engine: Engine, now: datetime) -> None:
    elsewhere = now.astimezone(timezone(timedelta(hours=-8)))
    at = tables.installation.c.created_at
    with reading(engine) as connection:
        for earlier, expected in ((elsewhere, 1), (elsewhere + timedelta(microseconds=1), 0)):
            assert len(connection.execute(NAME.where(at >= earlier)).all()) == expected


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    naive = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001
    with (
        pytest.raises(StatementError, match="a time without a zone"),
        writing(engine) as connection,
    ):
        connection.execute(update(tables.installation).values(created_at=naive))


@pytest.mark.parametrize(
    "url", ["", "news.db", "sqlite://", "sqlite:///:memory:", "mysql://host/name", "nosuch://x/y"]
)
def test_a_url_that_will_not_do_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ConfigurationError, match="PINLABS_DATABASE_URL") as refusal:
        parse_url(url)
    assert refusal.value.next_step


def test_a_postgresql_url_gets_our_driver() -> None:
    assert parse_url("postgresql://host/name").drivername == "postgresql+psycopg"
