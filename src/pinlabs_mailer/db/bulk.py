"""Many new rows at once, by the shortest way into each database.

For rows that a program makes by the million. SQLAlchemy looks at every value of every row, which
costs more than the database's own work; here the values are those that the driver wants.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Engine, Table, text

from pinlabs_mailer.db.types import Utc


@contextmanager
def loading(engine: Engine) -> Iterator[None]:
    """Let SQLite write much in one go: more in memory, and the disk is not waited for each time.

    For work that can be done again from its beginning. What was committed survives the end of the
    process at any moment, and the end of the power once this block has ended. The words in columns
    must come from the enums of `db.words`, and what a row names must have been made or read in the
    same transaction, or never go: the checks that say so too would cost a fifth of the time of each
    row, and are not made.
    """
    if engine.dialect.name == "sqlite":
        _pragmas(engine, "synchronous = NORMAL", "cache_size = -65536", "wal_autocheckpoint = 8000")
        _pragmas(engine, "ignore_check_constraints = ON", "foreign_keys = OFF")
    try:
        yield
    finally:
        if engine.dialect.name == "sqlite":
            _pragmas(engine, "wal_checkpoint(PASSIVE)")
            engine.dispose()  # whoever connects from now on has the usual settings


def _pragmas(engine: Engine, *pragmas: str) -> None:
    """They go to the connection that the pool hands to whoever asks next."""
    with engine.connect() as connection:
        for pragma in pragmas:
            connection.connection.dbapi_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]


_AT_ONCE = (100, 10, 1)
"""Rows in one statement. Few sizes, so that the driver still has the statement from last time."""


def reserve_ids(connection: Connection, table: Table, many: int) -> Sequence[int]:
    """Return ids that no row of the table has had or will be given, for `many` new rows.

    On SQLite they are ours because whoever writes is alone, and the table must be one that counts
    up (`sqlite_autoincrement`).
    """
    if connection.dialect.name == "postgresql":
        some = text(
            "SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :many)"
        )
        return list(connection.execute(some, {"name": table.name, "many": many}).scalars())
    counted = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    last = connection.execute(counted, {"name": table.name}).scalar() or 0
    return range(last + 1, last + many + 1)


def insert_rows(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    unless_there: bool = False,
    or_change: bool = False,
) -> None:
    """Insert rows whose values stand in the order of `names`.

    If a row is there already that is like a new one: `unless_there` leaves it alone; `or_change`,
    where its primary key is the same, gives it the values of the new one.
    """
    if not rows:
        return
    conflict = "ON CONFLICT DO NOTHING" if unless_there else ""
    if or_change:
        key = table.primary_key.columns.keys()
        changes = [f"{name} = excluded.{name}" for name in names if name not in key]
        conflict = f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {', '.join(changes)}"
    if connection.dialect.name == "sqlite":
        first = 0
        for many in _AT_ONCE:
            groups = []
            while len(rows) - first >= many:
                groups.append(_flat(table, names, rows[first : first + many]))
                first += many
            if groups:
                statement = _statement(table, tuple(names), "?", many, conflict)
                connection.exec_driver_sql(statement, groups)
    else:
        statement = _statement(table, tuple(names), "%s", 1, conflict)
        connection.exec_driver_sql(statement, list(rows))


@lru_cache(maxsize=64)
def _statement(table: Table, names: tuple[str, ...], sign: str, many: int, conflict: str) -> str:
    row = f"({', '.join([sign] * len(names))})"
    return (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 - our own names
        f" VALUES {', '.join([row] * many)} {conflict}"
    )


def _flat(table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return all values, one row after the other, as SQLite keeps them."""
    values = list(chain.from_iterable(rows))
    for place in _moments(table, tuple(names)):
        values[place :: len(names)] = map(_text, values[place :: len(names)])
    return tuple(values)


@lru_cache(maxsize=64)
def _moments(table: Table, names: tuple[str, ...]) -> tuple[int, ...]:
    """Return at which places of a row there are moments."""
    return tuple(place for place, name in enumerate(names) if isinstance(table.c[name].type, Utc))


@lru_cache(maxsize=4096)  # one moment stands in several rows of those that go in together
def _text(moment: datetime | None) -> str | None:
    """Return a moment in the form in which SQLAlchemy keeps it on SQLite."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")
