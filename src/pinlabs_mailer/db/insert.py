"""The INSERT that both databases spell alike but SQLAlchemy keeps in two dialects."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

NewRow = postgresql.Insert | sqlite.Insert


def unless_there(connection: Connection, table: Table, *unique: Column[Any]) -> NewRow:
    """Return an INSERT that leaves a row alone whose `unique` columns are there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing(index_elements=unique)
    return sqlite.insert(table).on_conflict_do_nothing(index_elements=unique)


def insert_or_update(
    connection: Connection, table: Table, unique: Sequence[Column[Any]], changing: Sequence[str]
) -> NewRow:
    """Return an INSERT that, if a row with the same `unique` columns is there, changes that one
    in the columns `changing` instead."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    given = {name: statement.excluded[name] for name in changing}
    return statement.on_conflict_do_update(index_elements=unique, set_=given)


def insert_new(
    connection: Connection, table: Table, row: Mapping[str, Any], *unique: Column[Any]
) -> bool:
    """Insert a row unless one with the same `unique` columns is there; say whether it was new."""
    statement = unless_there(connection, table, *unique).values(row).returning(*unique)
    return connection.execute(statement).first() is not None


def add_number(connection: Connection, table: Table, key: Mapping[str, Any], number: int) -> None:
    """Add to the `number` of the row with this unique key, which is made if there is none."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values({**key, "number": number})
    total = table.c.number + statement.excluded.number
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_={"number": total})
    )
