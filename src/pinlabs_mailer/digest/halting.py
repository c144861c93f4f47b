"""Pausing, resuming and cancelling an issue, also while another process sends it.

Whoever starts deliveries asks for the issue's status in the same statement, so what is decided
here holds from the commit on; only what is on the wire at that moment still arrives.
"""

from datetime import datetime

from sqlalchemy import Connection, Engine, update

from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import issue
from pinlabs_mailer.db.words import IssueStatus
from pinlabs_mailer.digest import issues
from pinlabs_mailer.digest.issues import Issue
from pinlabs_mailer.errors import UsageError
from pinlabs_mailer.outbox import rows

_CHUNK = 2_000


def pause(engine: Engine, name: str) -> Issue:
    """Start nothing more of this issue until it is resumed."""
    return _change(engine, name, IssueStatus.PAUSED, (IssueStatus.SENDING,), "by hand")


def resume(engine: Engine, name: str) -> Issue:
    """Go on with an issue that was paused."""
    return _change(engine, name, IssueStatus.SENDING, (IssueStatus.PAUSED,))


def cancel(engine: Engine, name: str, now: datetime) -> Issue:
    """End an issue: whoever has not been sent it is skipped, and its items are free again."""
    found = _change(engine, name, IssueStatus.CANCELLED, (IssueStatus.SENDING, IssueStatus.PAUSED))
    while True:
        with writing(engine) as connection:
            if not rows.drop_issue(connection, found.id, now, _CHUNK):
                return found


def _change(
    engine: Engine, name: str, to: IssueStatus, allowed: tuple[IssueStatus, ...], why: str = ""
) -> Issue:
    with reading(engine) as connection:
        found = issues.find(connection, name)
    with writing(engine) as connection:
        if found.status is to or _set(connection, found, to, allowed, why):
            return issues.find(connection, found.key)
    raise UsageError(
        f"The issue {found.key} is {found.status}: it cannot become {to}.",
        f"That is possible only while it is {' or '.join(allowed)}.",
    )


def _set(
    connection: Connection,
    found: Issue,
    to: IssueStatus,
    allowed: tuple[IssueStatus, ...],
    why: str,
) -> bool:
    changed = connection.execute(
        update(issue)
        .where(issue.c.id == found.id, issue.c.status.in_(allowed))
        .values(status=to, paused_why=why)
    )
    return changed.rowcount > 0
