"""The condition that a column is one of many values, which both databases spell differently.

The values are passed, or stand as a JSON list in another column.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Text, bindparam, literal
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class Many(TypeDecorator[Collection[int] | Collection[str]]):
    """Values of one type that travel as one, however many they are."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose an array on PostgreSQL, JSON on SQLite."""
        many = postgresql.ARRAY(self.of) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(many)

    def process_bind_param(
        self, value: Collection[int] | Collection[str] | None, dialect: Dialect
    ) -> Any:
        """Write the values in the database's own form."""
        value = value or ()
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class among(FunctionElement[bool]):  # noqa: N801 - it is written like the function that it is
    """Whether a column is one of `Many`.

    Not of the type Boolean: SQLAlchemy would have SQLite compare it with 1, and use no index.
    """

    inherit_cache = True


@compiles(among, "sqlite")
def _sqlite_among(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - our own names


@compiles(among, "postgresql")
def _postgresql_among(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} = ANY({ids})"


def is_among(
    column: ColumnElement[Any], values: Collection[int] | Collection[str]
) -> ColumnElement[bool]:
    """The column is one of these."""
    return among(column, literal(values, Many(column.type)))


def one_of_some(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """The column is one of those that are passed as `some`: for a statement that is built once."""
    return among(column, bindparam("some", type_=Many(column.type)))


class _Listed(FunctionElement[int]):
    """The numbers in a column of JSON lists, as a subquery."""

    inherit_cache = True


@compiles(_Listed, "sqlite")
def _sqlite_listed(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:
    (numbers,) = (compiler.process(one, **kw) for one in element.clauses)
    return f"(SELECT value FROM json_each({numbers}))"  # noqa: S608 - our own names


@compiles(_Listed, "postgresql")
def _postgresql_listed(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:
    (numbers,) = (compiler.process(one, **kw) for one in element.clauses)
    values = f"json_array_elements_text({numbers})"
    return f"(SELECT CAST(value AS BIGINT) FROM {values})"  # noqa: S608 - our own names


def is_listed(
    column: ColumnElement[int], numbers: ColumnElement[Collection[int]]
) -> ColumnElement[bool]:
    """The column is one of the numbers in a column of JSON lists."""
    return column.bool_op("IN")(_Listed(numbers))
