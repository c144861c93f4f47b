"""The condition that a column is one of many values, which both databases spell differently."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, select
from sqlalchemy.dialects import postgresql


def is_among(
    connection: Connection, column: ColumnElement[Any], values: Collection[int] | Collection[str]
) -> ColumnElement[bool]:
    """The column is one of these; they travel as one value, however many they are."""
    if connection.dialect.name == "postgresql":
        many = literal(list(values), postgresql.ARRAY(column.type))
        return column == func.any(many)
    each = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(each.c.value))
