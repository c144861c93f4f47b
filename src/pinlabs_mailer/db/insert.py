"""One statement that both databases spell alike but SQLAlchemy keeps in two dialects."""

from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(
    connection: Connection, table: Table, *unique: Column[Any]
) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that leaves a row alone whose `unique` columns are there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing(index_elements=unique)
    return sqlite.insert(table).on_conflict_do_nothing(index_elements=unique)
