"""Many new rows at once, by the shortest way into each database.

For rows that a program makes by the million. SQLAlchemy looks at every value of every row, which
costs more than the database's own work; here the values are those that the driver wants.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, Table, text

from pinlabs_mailer.db.types import Utc


@contextmanager
def loading(engine: Engine) -> Iterator[None]:
    """Let SQLite write much in one go: more in memory, and the disk is not waited for each time.

    For work that can be done again from its beginning. What was committed survives the end of the
    process at any moment, and the end of the power once this block has ended.
    """
    if engine.dialect.name == "sqlite":
        _pragmas(engine, "synchronous = NORMAL", "cache_size = -65536", "wal_autocheckpoint = 8000")
    try:
        yield
    finally:
        if engine.dialect.name == "sqlite":
            _pragmas(
                engine, "synchronous = FULL", "cache_size = -2000", "wal_autocheckpoint = 1000"
            )
            _pragmas(engine, "wal_checkpoint(PASSIVE)")


def _pragmas(engine: Engine, *pragmas: str) -> None:
    """They go to the driver's one connection, which the pool hands to whoever asks next."""
    with engine.connect() as connection:
        for pragma in pragmas:
            connection.connection.dbapi_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]


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
    rows: Sequence[Sequence[Any]],
    *,
    unless_there: bool = False,
) -> None:
    """Insert rows whose values stand in the order of `names`."""
    if not rows:
        return
    sqlite = connection.dialect.name == "sqlite"
    sign = "?" if sqlite else "%s"
    statement = (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 - our own table and columns
        f" VALUES ({', '.join([sign] * len(names))})"
        f"{' ON CONFLICT DO NOTHING' if unless_there else ''}"
    )
    moments = [place for place, name in enumerate(names) if isinstance(table.c[name].type, Utc)]
    given: list[tuple[Any, ...]] = [tuple(row) for row in rows]
    if sqlite and moments:
        given = [_as_text(row, moments) for row in rows]
    connection.exec_driver_sql(statement, given)


def _as_text(row: Sequence[Any], moments: Sequence[int]) -> tuple[Any, ...]:
    values = list(row)
    for place in moments:
        moment = values[place]
        if moment is not None:
            values[place] = _text(moment)
    return tuple(values)


@lru_cache(maxsize=64)
def _text(moment: datetime) -> str:
    """Return a moment in the form in which SQLAlchemy keeps it on SQLite."""
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain.isoformat(sep=" ", timespec="microseconds")
