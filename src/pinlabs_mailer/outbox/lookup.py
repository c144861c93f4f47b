"""Reading the ledger: who got what, when, and what the relay said."""

import zlib
from typing import Any

from sqlalchemy import Connection, Select, select

from pinlabs_mailer.db.tables import attempt, delivery, issue, report, subscriber
from pinlabs_mailer.db.words import DeliveryStatus
from pinlabs_mailer.errors import NotFound


def of_issue(
    connection: Connection, issue_id: int, status: DeliveryStatus | None = None
) -> list[dict[str, object]]:
    """Return the deliveries of an issue, or those of one status."""
    wanted = _deliveries().where(delivery.c.issue_id == issue_id).order_by(delivery.c.id)
    if status is not None:
        wanted = wanted.where(delivery.c.status == status)
    return [dict(row._mapping) for row in connection.execute(wanted)]


def one(connection: Connection, delivery_id: int) -> dict[str, Any]:
    """Return a delivery with every try that did not end in acceptance, and what came back."""
    known = 0 < delivery_id < 2**63  # what fits into an id; a driver fails on anything bigger
    wanted = _deliveries().where(delivery.c.id == delivery_id)
    found = connection.execute(wanted).first() if known else None
    if found is None:
        raise NotFound(
            f"There is no delivery {delivery_id}.",
            "See: pinlabs-mailer delivery list --issue ID",
        )
    tries = connection.execute(
        select(attempt.c.at, attempt.c.outcome, attempt.c.code, attempt.c.reply)
        .where(attempt.c.delivery_id == delivery_id)
        .order_by(attempt.c.id)
    )
    reports = connection.execute(
        select(*(report.c[name] for name in _OF_REPORT))
        .where(report.c.delivery_id == delivery_id)
        .order_by(report.c.id)
    )
    return {
        **found._mapping,
        "tries": [dict(row._mapping) for row in tries],
        "reports": [{**row._mapping, "raw": text_of(row.raw)} for row in reports],
    }


_OF_REPORT = (
    "received_at",
    "kind",
    "reason",
    "status",
    "recipient",
    "diagnostic",
    "matched_by",
    "raw",
)


def text_of(raw: bytes) -> str:
    """Return what is kept of a mail that came back."""
    return zlib.decompress(raw).decode("utf-8", "replace")


def _deliveries() -> Select[*tuple[object, ...]]:
    return (
        select(
            delivery.c.id,
            delivery.c.kind,
            issue.c.key.label("issue"),
            subscriber.c.email,
            delivery.c.status,
            delivery.c.reason,
            delivery.c.attempts,
            delivery.c.created_at,
            delivery.c.not_before,
            delivery.c.started_at,
            delivery.c.finished_at,
            delivery.c.reply,
            delivery.c.bounce,
            delivery.c.bounced_at,
            delivery.c.complained_at,
        )
        .select_from(delivery)
        .join(subscriber)
        .outerjoin(issue, issue.c.id == delivery.c.issue_id)
    )
