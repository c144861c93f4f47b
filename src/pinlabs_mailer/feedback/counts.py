"""How much came back, month by month and by what it was."""

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from pinlabs_mailer.db.insert import add_number
from pinlabs_mailer.db.tables import return_count


def add(connection: Connection, numbers: Counter[str], now: datetime) -> None:
    """Add to what came back in this month."""
    month = f"{now.astimezone(UTC):%Y-%m}"
    for what, number in sorted(numbers.items()):
        add_number(connection, return_count, {"month": month, "what": what}, number)


def months(connection: Connection) -> list[dict[str, object]]:
    """Return what came back in each month, the latest first."""
    found: dict[str, dict[str, object]] = {}
    listed = select(return_count.c.month, return_count.c.what, return_count.c.number).order_by(
        return_count.c.month.desc(), return_count.c.what
    )
    for month, what, number in connection.execute(listed):
        found.setdefault(month, {"month": month})[what] = number
    return list(found.values())
