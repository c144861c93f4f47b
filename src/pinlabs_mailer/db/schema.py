"""The schema: bring it up to date, and refuse to work on one that is not ours."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, insert, select

from pinlabs_mailer import resources
from pinlabs_mailer.db.engine import UPGRADE, reading, writing
from pinlabs_mailer.db.tables import installation, metadata, topic
from pinlabs_mailer.errors import DatabaseNotReady
from pinlabs_mailer.languages import marked

FIRST_TOPICS = (
    ("projects", marked("Projects"), marked("Inside looks at how our systems are built")),
    ("events", marked("Events"), marked("Talks, meetups and open houses")),
    ("jobs", marked("Job openings"), marked("Roles that open in our teams")),
)


def upgrade(engine: Engine, now: datetime, revision: str = "head") -> str:
    """Apply what is pending, up to `revision`; return the revision reached.

    `now` is remembered at the first upgrade: no issue is due for a time before it.
    """
    if engine.dialect.name == "sqlite":
        _create_file(Path(str(engine.url.database)))
    config = _config()
    _refuse_newer(engine, current(engine))
    with _foreign_keys_off(engine), writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if revision == "head":
            _furnish(connection, now)
        if engine.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise DatabaseNotReady(
                    f"The upgrade would leave {len(broken)} rows that point nowhere, "
                    f"the first in table {broken[0][0]}. Nothing was changed.",
                    "Restore the database from a backup, or mend those rows, and try again.",
                )
    return current(engine) or ""


def current(engine: Engine) -> str | None:
    """Return the revision of the database, None if it has none yet."""
    with reading(engine) as connection:
        return _current(connection)


def head() -> str:
    """Return the revision that this version of the code wants."""
    revision = _script().get_current_head()
    assert revision is not None
    return revision


def require_current(engine: Engine) -> None:
    """Raise DatabaseNotReady unless the schema is exactly the one of this code."""
    revision = current(engine)
    if revision == head():
        return
    _refuse_newer(engine, revision)
    if revision is None:
        raise DatabaseNotReady(f"The database {_place(engine)} is not set up yet.", UPGRADE)
    raise DatabaseNotReady(
        f"The database {_place(engine)} is older than this version of pinlabs-mailer.", UPGRADE
    )


def differences(engine: Engine) -> list[object]:
    """Return what differs between the tables in the database and those in the code."""
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def _furnish(connection: Connection, now: datetime) -> None:
    if connection.execute(select(installation.c.id)).first() is not None:
        return
    connection.execute(insert(installation).values(id=1, name=secrets.token_hex(6), created_at=now))
    connection.execute(
        insert(topic),
        [
            {"slug": slug, "title": title, "description": description}
            for slug, title, description in FIRST_TOPICS
        ],
    )


def _refuse_newer(engine: Engine, revision: str | None) -> None:
    known = {script.revision for script in _script().walk_revisions()}
    if revision is not None and revision not in known:
        raise DatabaseNotReady(
            f"The database {_place(engine)} is newer than this version of pinlabs-mailer "
            f"(it is at revision {revision}).",
            "Install the version that upgraded it, or a later one.",
        )


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.directory("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _place(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _create_file(path: Path) -> None:
    """Make an empty database that only its owner can read; WAL mode stays with the file."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise DatabaseNotReady(
            f"The database {path} cannot be written: {error.strerror}.",
            "Check that its folder exists and that this user may write there.",
        ) from error
    try:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    except sqlite3.DatabaseError as error:
        raise DatabaseNotReady(
            f"{path} is no SQLite database, or it cannot be written: {error}.",
            "Set PINLABS_DATABASE_URL to another file.",
        ) from error


@contextmanager
def _foreign_keys_off(engine: Engine) -> Iterator[None]:
    """On SQLite a batch migration drops and renames tables, so the keys rest meanwhile.

    The pragma does nothing inside a transaction, so it goes to the driver's connection, which
    the pool then hands to the upgrade.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    engine.dispose()
    with engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
    try:
        yield
    finally:
        engine.dispose()
