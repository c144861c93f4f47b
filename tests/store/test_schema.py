"""The schema comes up to date from wherever it stands, and only ours is worked on."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, select, text, update
from sqlalchemy.exc import IntegrityError

from pinlabs_mailer import resources
from pinlabs_mailer.community import consent
from pinlabs_mailer.db import schema, tables
from pinlabs_mailer.db.engine import open_engine, reading, writing
from pinlabs_mailer.db.words import Actor, ConsentChange
from pinlabs_mailer.errors import DatabaseNotReady
from tests.store.consents import how, with_history
from tests.support import processes
from tests.support.rows import fill_empty_tables

SUBSCRIPTION = tables.subscription.c
TERMS_KEPT = select(
    SUBSCRIPTION.subscriber_id, SUBSCRIPTION.topic_id, SUBSCRIPTION.term_since
).order_by(SUBSCRIPTION.subscriber_id, SUBSCRIPTION.topic_id)
LATER_EVENTS = (
    (3, ConsentChange.REQUESTED, Actor.PERSON),
    (2, ConsentChange.IMPORTED, Actor.OPERATOR),
    (1, ConsentChange.CHANGED, Actor.PERSON),
    (1, ConsentChange.CHANGED, Actor.OPERATOR),
    (2, ConsentChange.EXPIRED, Actor.SYSTEM),
)
ENDED_AND_ASKED_AGAIN = (
    (2, ConsentChange.REQUESTED, Actor.PERSON),
    (1, ConsentChange.EXPIRED, Actor.SYSTEM),
    (1, ConsentChange.REQUESTED, Actor.PERSON),
    (1, ConsentChange.EXPIRED, Actor.SYSTEM),
    (1, ConsentChange.REQUESTED, Actor.PERSON),
    (3, ConsentChange.REQUESTED, Actor.PERSON),
    (3, ConsentChange.EXPIRED, Actor.SYSTEM),
)
LATER = datetime.fromisoformat("2027-01-01T00:00+00:00")


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_database_url)
    yield engine
    engine.dispose()


def test_upgrade_goes_from_nothing_to_head(empty: Engine, now: datetime) -> None:
    assert schema.upgrade(empty, now) == schema.head() == schema.current(empty)
    schema.require_current(empty)


def test_upgrade_remembers_when_the_database_was_set_up(empty: Engine, now: datetime) -> None:
    schema.upgrade(empty, now)
    schema.upgrade(empty, LATER)
    with reading(empty) as connection:
        assert connection.execute(select(tables.installation.c.created_at)).scalar_one() == now


def test_the_first_topics_exist_once_after_two_upgrades(empty: Engine, now: datetime) -> None:
    schema.upgrade(empty, now)
    schema.upgrade(empty, now)
    with reading(empty) as connection:
        slugs = connection.execute(select(tables.topic.c.slug)).scalars().all()
    assert sorted(slugs) == ["events", "jobs", "projects"]


def test_migrations_make_the_tables_that_the_code_knows(engine: Engine) -> None:
    assert schema.differences(engine) == []


def test_every_migration_keeps_the_rows_that_it_finds(empty: Engine, now: datetime) -> None:
    script = ScriptDirectory(str(resources.directory("migrations")))
    first, *later = [step.revision for step in reversed(list(script.walk_revisions()))]
    schema.upgrade(empty, now, first)
    for revision in later:
        with writing(empty) as connection:
            before = fill_empty_tables(connection)
        schema.upgrade(empty, now, revision)
        with writing(empty) as connection:
            after = fill_empty_tables(connection)
        assert {name: after.get(name) for name in before} == before, revision
    with writing(empty) as connection:
        assert set(fill_empty_tables(connection).values()) == {1}
    schema.upgrade(empty, now)
    assert schema.differences(empty) == []


def test_every_column_of_known_words_takes_those_and_no_other(engine: Engine) -> None:
    checks = [
        (table, str(check.name).removeprefix(f"ck_{table.name}_").removesuffix("_known"), check)
        for table in tables.metadata.sorted_tables
        for check in table.constraints
        if isinstance(check, CheckConstraint) and str(check.name).endswith("_known")
    ]
    assert len(checks) == 19
    with writing(engine) as connection:
        fill_empty_tables(connection)
    for table, column, check in checks:
        words = re.findall(r"'([^']+)'", str(check.sqltext))
        assert len(words) > 1
        for word in words:
            with writing(engine) as connection:
                connection.execute(update(table).values({column: word}))
        with pytest.raises(IntegrityError), writing(engine) as connection:
            connection.execute(update(table).values({column: "whim"}))


def test_a_database_without_tables_is_told_to_upgrade(empty: Engine) -> None:
    if empty.dialect.name == "sqlite":
        sqlite3.connect(str(empty.url.database)).close()
    with pytest.raises(DatabaseNotReady, match="pinlabs-mailer db upgrade"):
        schema.require_current(empty)
    with pytest.raises(DatabaseNotReady, match="db upgrade"), reading(empty) as connection:
        connection.execute(select(tables.topic.c.slug)).all()


def test_a_database_newer_than_the_code_is_refused(engine: Engine, now: datetime) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (schema.require_current, lambda e: schema.upgrade(e, now)):
        with pytest.raises(DatabaseNotReady, match="newer than this version") as refusal:
            attempt(engine)
        assert "Install the version that upgraded it" in refusal.value.next_step
    assert schema.current(engine) == "9999"


def test_a_missing_file_is_refused_and_not_created(tmp_path: Path) -> None:
    path = tmp_path / "typo.db"
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(DatabaseNotReady, match="db upgrade"), reading(engine):
        pass
    with pytest.raises(DatabaseNotReady, match="db upgrade"), writing(engine):
        pass
    assert not path.exists()


def test_a_file_in_a_missing_folder_is_refused(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(DatabaseNotReady, match="Check that its folder exists"):
        schema.upgrade(open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'a.db'}"), now)


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "diary.db"
    path.write_text("Dear diary, " * 1000)
    with pytest.raises(DatabaseNotReady, match="no SQLite database"):
        schema.upgrade(open_engine(f"sqlite:///{path}"), now)
    assert path.read_text().startswith("Dear diary")


def test_a_new_file_can_be_read_by_its_owner_only(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "new.db"
    schema.upgrade(open_engine(f"sqlite:///{path}"), now)
    assert path.stat().st_mode & 0o077 == 0


WRITE = """
import sys
from datetime import UTC, datetime
from pinlabs_mailer.db import schema
from pinlabs_mailer.db.engine import open_engine, reading, writing
from pinlabs_mailer.errors import DatabaseNotReady
engine = open_engine(sys.argv[1])
with reading(engine) as connection:
    connection.exec_driver_sql("SELECT 1 FROM topic").all()
try:
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE topic SET title = 'changed'")
except DatabaseNotReady as error:
    print(error)
try:
    schema.upgrade(engine, datetime.now(UTC))
except DatabaseNotReady as error:
    print(error)
"""


def test_a_read_only_file_is_refused(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "sealed.db"
    path.write_bytes(sqlite_template.read_bytes())
    path.chmod(0o400)
    # File modes do not bind root, unless it gives up the right to pass over them.
    ordinary = [str(processes.find_program("setpriv")), "--bounding-set=-dac_override"]
    done = subprocess.run(
        [*(ordinary if os.geteuid() == 0 else []), sys.executable, "-c", WRITE, f"sqlite:///{path}"],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert f"The database {path} is read-only." in done.stdout
    assert f"The database {path} cannot be written" in done.stdout


def test_c9_terms_of_before_the_upgrade_are_what_follows_from_the_events(engine: Engine) -> None:
    with_history(engine, "ada@example.org", "bob@example.org")
    with writing(engine) as connection:
        for hour, (topic_id, what, actor) in enumerate(LATER_EVENTS, 10):
            circumstances = replace(how(hour), actor=actor)
            consent.change(connection, 2, topic_id, what, circumstances)
    with reading(engine) as connection:
        kept = connection.execute(TERMS_KEPT).all()
    assert len({row.term_since for row in kept}) > 3
    script = ScriptDirectory(str(resources.directory("migrations")))
    step = script.get_revision("0006")
    with writing(engine) as connection:
        connection.execute(text("UPDATE subscription SET term_since = NULL"))
        connection.execute(text(step.module.TERMS))
    with reading(engine) as connection:
        assert connection.execute(TERMS_KEPT).all() == kept


def test_c8_terms_that_requests_had_moved_before_the_upgrade_are_back(engine: Engine) -> None:
    with_history(engine, "ada@example.org", "bob@example.org")
    with writing(engine) as connection:
        for hour, (topic_id, what, actor) in enumerate(ENDED_AND_ASKED_AGAIN, 10):
            consent.change(connection, 2, topic_id, what, replace(how(hour), actor=actor))
    with reading(engine) as connection:
        kept = connection.execute(TERMS_KEPT).all()
    step = ScriptDirectory(str(resources.directory("migrations"))).get_revision("0012")
    with writing(engine) as connection:
        moved = "UPDATE subscription SET term_since = requested_at WHERE status = 'pending'"
        connection.execute(text(moved))
        assert connection.execute(TERMS_KEPT).all() != kept
        connection.execute(text(step.module.TERMS))
    with reading(engine) as connection:
        assert connection.execute(TERMS_KEPT).all() == kept


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_m03_an_upgrade_that_rebuilds_a_table_gives_no_id_twice(
    empty: Engine, now: datetime
) -> None:
    """Message-IDs and return paths are made of the ids of deliveries, also of those removed."""
    schema.upgrade(empty, now, "0007")
    with writing(empty) as connection:
        connection.execute(text("UPDATE sqlite_sequence SET seq = 500 WHERE name = 'delivery'"))
    schema.upgrade(empty, now)
    with reading(empty) as connection:
        last = text("SELECT seq FROM sqlite_sequence WHERE name = 'delivery'")
        assert list(connection.execute(last).scalars()) == [500]
