"""Engines and transactions. SQLite: WAL, one writer at a time; PostgreSQL: psycopg 3.

`reading` and `writing` are the only ways into the database. On SQLite a writer says so at once
(BEGIN IMMEDIATE), because a reader that becomes a writer half-way fails without waiting.
"""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pinlabs_mailer.errors import ConfigurationError, DatabaseAway, DatabaseNotReady

_BUSY_TIMEOUT_MS = 30_000
_LOOK_AGAIN = 0.001, 0.004
_WRITES = "pinlabs_writes"


def open_engine(database_url: str) -> Engine:
    """Return the engine for a database URL; nothing is connected yet."""
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url, creator=lambda: _connect_sqlite(str(url.database)), hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "The driver for PostgreSQL is not installed.",
            "Install it: pip install 'pinlabs-mailer[postgres]'",
        ) from error


def parse_url(database_url: str) -> URL:
    """Return the URL with our driver in it, or tell what is wrong with it."""
    try:
        url = make_url(database_url)
        backend = url.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigurationError(
            "PINLABS_DATABASE_URL is not a database URL.",
            "Write sqlite:///path/to/file.db or postgresql://user:password@host/name",
        ) from error
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ConfigurationError(
                "PINLABS_DATABASE_URL names a SQLite database without a file.",
                "Write sqlite:///path/to/file.db",
            )
        return url
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise ConfigurationError(
        f"PINLABS_DATABASE_URL names {backend}, which is not supported.",
        "Use SQLite or PostgreSQL.",
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, and sees one state of the database."""
    with _errors(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back on an error."""
    with _errors(engine), engine.connect() as bare:
        connection = bare.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def _errors(engine: Engine) -> Iterator[None]:
    """Turn the drivers' errors that an operator can act on into ours."""
    try:
        yield
    except OperationalError as error:
        raise _explain(engine, error) from error
    except PoolTimeout as error:
        raise DatabaseAway("Every connection to the database is taken.", _AGAIN) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseAway("The connection to the database was lost.", _AGAIN) from error
        if "no such table" in str(error.orig) or "UndefinedTable" in type(error.orig).__name__:
            raise DatabaseNotReady("The database has no tables yet.", UPGRADE) from error
        if "not a database" in str(error.orig) or "malformed" in str(error.orig):
            raise DatabaseNotReady(
                f"{engine.url.database} is no SQLite database, or it is damaged.",
                "Restore it from a backup, or set PINLABS_DATABASE_URL to another file.",
            ) from error
        raise


_AGAIN = "Nothing is lost. Run the command again when it answers."
UPGRADE = "Run: pinlabs-mailer db upgrade"


def _explain(engine: Engine, error: OperationalError) -> Exception:
    text = str(error.orig)
    if engine.dialect.name != "sqlite":
        return DatabaseAway(f"The database does not answer: {text.strip()}", _AGAIN)
    place = engine.url.database
    if "readonly" in text:
        return DatabaseNotReady(
            f"The database {place} is read-only.",
            "Let this user write to the file and to its folder.",
        )
    if "unable to open" in text:
        return DatabaseNotReady(
            f"The database {place} cannot be opened.", "Check that the folder exists. " + UPGRADE
        )
    if "no such table" in text:
        return DatabaseNotReady(f"The database {place} has no tables yet.", UPGRADE)
    if "locked" in text:
        return DatabaseAway(f"The database {place} is locked by another program.", _AGAIN)
    if "full" in text or "disk I/O" in text:  # a quota shows as the latter
        return DatabaseAway(
            f"The disk under {place} is full, or it fails: {text}.", "Make room. " + _AGAIN
        )
    return error


def _connect_sqlite(path: str) -> sqlite3.Connection:
    """Open the file, but never make one: a mistyped path must not become an empty database."""
    place = quote(str(Path(path).absolute()))
    return sqlite3.connect(
        f"file:{place}?mode=rw",
        uri=True,
        timeout=_BUSY_TIMEOUT_MS / 1000,
        check_same_thread=False,
        isolation_level=None,  # we say BEGIN ourselves, in _begin_sqlite
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(_WRITES):
        connection.exec_driver_sql("BEGIN")
        return
    bare = connection.connection.cursor()
    bare.execute("PRAGMA busy_timeout = 0")
    try:
        if not _began(bare):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # to fail as all statements do
    finally:
        bare.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        bare.close()


def _began(bare: Any) -> bool:
    """Ask for the one writer's lock again and again, a few milliseconds apart; say whether it came.

    SQLite's own wait looks ever more seldom, at last ten times a second: a click on a page would
    be overtaken for long by a sender that writes forty times a second.
    """
    deadline = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while time.monotonic() < deadline:
        try:
            bare.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            time.sleep(random.uniform(*_LOOK_AGAIN))  # noqa: S311 - no secret
        else:
            return True
    return False
