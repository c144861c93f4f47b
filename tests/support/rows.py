"""Fills the tables of any schema with a row each, by looking at what the database says."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, func, inspect, select
from sqlalchemy import types as sql

ANY_TIME = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def fill_empty_tables(connection: Connection) -> dict[str, int]:
    """Insert a row into each table that has none, and return how many rows each has now.

    Every whole-number key is 1, so that a foreign key points at the one row of its table.
    """
    counts = {}
    for table in _tables(connection).sorted_tables:
        if table.name == "alembic_version":
            continue
        if count_rows(connection, table) == 0:
            allowed = _allowed_words(connection, table)
            row = {column.name: allowed.get(column.name, _value(column)) for column in table.c}
            connection.execute(table.insert().values(row))
        counts[table.name] = count_rows(connection, table)
    return counts


def count_rows(connection: Connection, table: Table) -> int:
    """Return how many rows there are."""
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _tables(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection)
    return found


def _allowed_words(connection: Connection, table: Table) -> dict[str, str]:
    """Return the first word that each CHECK of the form `column IN ('word', ...)` allows."""
    words = {}
    for check in inspect(connection).get_check_constraints(table.name):
        text = check["sqltext"]  # PostgreSQL makes it ((column)::text = ANY (ARRAY['word'...
        column, word = re.search(r"\w+", text), re.search(r"'(\w+)'", text)
        if column and word:
            words[column[0]] = word[1]
    return words


def _value(column: Column[Any]) -> Any:
    match column.type:
        case sql.Boolean():
            return False
        case sql.Integer() | sql.Numeric() | sql.Float():
            return 1
        case sql.DateTime(timezone=aware):
            return ANY_TIME if aware else ANY_TIME.replace(tzinfo=None)
        case sql.Date():
            return ANY_TIME.date()
        case sql.String(length=length):
            return f"a {column.name}"[:length]
        case sql.LargeBinary():
            return b"bytes"
        case sql.JSON():
            return [1]
    raise NotImplementedError(f"{column.table.name}.{column.name}: {column.type!r}")
