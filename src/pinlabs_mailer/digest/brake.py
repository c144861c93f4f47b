"""The brake: an issue of which too much comes back pauses by itself, and says why (item O7).

It looks in the transaction that records what came back, so whoever sends the issue starts nothing
more of it from then on. Looking means counting what was sent, so it is put off for as long as it
cannot matter: the share of what came back only falls while nothing more does.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from pinlabs_mailer.db import plain
from pinlabs_mailer.db.tables import delivery, issue, issue_return
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.db.words import IssueStatus, Returned
from pinlabs_mailer.outbox.where import PLANNED

AFTER = 200
"""Mails of an issue: among fewer a single one would weigh too much."""


class Limit(NamedTuple):
    """How much may come back of a thousand."""

    per_thousand: int
    name: str


LIMITS: Mapping[Returned, Limit] = {
    Returned.COMPLAINED: Limit(1, "complaints"),
    Returned.HARD: Limit(30, "hard bounces"),
}

_SENT = (Status.ACCEPTED, Status.FAILED, Status.EXPIRED, Status.IN_DOUBT, Status.HELD)
_due = (
    select(
        issue_return.c.issue_id,
        issue_return.c.what,
        issue_return.c.number,
        issue_return.c.look_at,
        issue.c.key,
    )
    .join(issue)
    .where(issue.c.status == IssueStatus.SENDING, issue_return.c.what.in_(list(LIMITS)))
    .where(issue_return.c.number >= issue_return.c.look_at)
)


def look(connection: Connection) -> list[str]:
    """Pause every issue of which too much has come back; return what to tell the operator."""
    told = []
    for issue_id, what, number, look_at, key in plain.rows(connection.execute(_due)):
        limit = LIMITS[Returned(what)]
        sent = _sent(connection, issue_id)
        enough = -(-limit.per_thousand * max(sent, AFTER) // 1000)
        if number < enough:
            next_look = enough
        elif sent < AFTER:
            next_look = 0
        else:
            # an operator who lets it go on is not asked again before there are twice as many
            next_look = 2 * number
            if _pause(connection, issue_id, why := _why(limit, number, sent)):
                told.append(f"The issue {key} is paused: {why}.")
        if next_look != look_at:
            connection.execute(
                update(issue_return)
                .where(issue_return.c.issue_id == issue_id, issue_return.c.what == what)
                .values(look_at=next_look)
            )
    return told


def _why(limit: Limit, number: int, sent: int) -> str:
    share, most = 100 * number / sent, limit.per_thousand / 10
    return f"{number} {limit.name} of {sent} mails sent, {share:.2g} % where {most:g} % is too much"


def _sent(connection: Connection, issue_id: int) -> int:
    return connection.execute(
        select(func.count()).where(delivery.c.issue_id == issue_id, delivery.c.status.in_(_SENT))
    ).scalar_one()


def _pause(connection: Connection, issue_id: int, why: str) -> bool:
    """Pause an issue of which something still waits; say whether that was so."""
    waits = select(delivery.c.id).where(delivery.c.issue_id == issue_id, PLANNED).exists()
    paused = connection.execute(
        update(issue)
        .where(issue.c.id == issue_id, issue.c.status == IssueStatus.SENDING, waits)
        .values(status=IssueStatus.PAUSED, paused_why=why)
    )
    return paused.rowcount > 0
