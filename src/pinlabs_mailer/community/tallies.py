"""What the job of retention did, month by month, in numbers that say nothing about anybody."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, select, update

from pinlabs_mailer.db.insert import add_number
from pinlabs_mailer.db.tables import installation, retention_count


def count(connection: Connection, numbers: Mapping[str, int], now: datetime) -> None:
    """Add to what was done in this month; in the transaction that does it, so that it is true."""
    month = f"{now.astimezone(UTC):%Y-%m}"
    for what, number in numbers.items():
        if number:
            add_number(connection, retention_count, {"month": month, "what": what}, number)


def months(connection: Connection) -> list[dict[str, object]]:
    """Return what was done in each month, the latest first."""
    found: dict[str, dict[str, object]] = {}
    for month, what, number in connection.execute(
        select(retention_count.c.month, retention_count.c.what, retention_count.c.number).order_by(
            retention_count.c.month.desc(), retention_count.c.what
        )
    ):
        found.setdefault(month, {"month": month})[what] = number
    return list(found.values())


def last_run(connection: Connection) -> datetime | None:
    """Return when the job was last through, None if it never was."""
    last: datetime | None = connection.execute(select(installation.c.retained_at)).scalar_one()
    return last


def mark_run(connection: Connection, now: datetime) -> None:
    """Remember that the job is through."""
    connection.execute(update(installation).values(retained_at=now))
