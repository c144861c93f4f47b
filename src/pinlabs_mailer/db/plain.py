"""Rows as the driver has them, for queries whose rows are many: nothing is made of a row that
nobody looks at."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CursorResult


def rows(result: CursorResult[Any]) -> list[tuple[Any, ...]]:
    """Return all rows as plain tuples of the driver's own values."""
    return list(result.cursor.fetchall())


def moment(value: str | datetime) -> datetime:
    """Return a moment of a column of type Utc: text on SQLite, aware already on PostgreSQL."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
