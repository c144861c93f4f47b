"""Writing down what came back, once, and carrying out what follows from it."""

import hashlib
import zlib

from sqlalchemy import Connection

from pinlabs_mailer.community import suppression, undelivered
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.undelivered import Failure
from pinlabs_mailer.db.insert import insert_new
from pinlabs_mailer.db.tables import report as reports
from pinlabs_mailer.db.words import Bounce, SuppressionReason
from pinlabs_mailer.feedback.matching import Match
from pinlabs_mailer.feedback.report import Kind, Report
from pinlabs_mailer.outbox.consequences import Consequence, bounce_of_report

KEPT = 32_768
"""Bytes of a mail that are kept: what a server has to say stands before the mail it returns."""
_NOTE = 500


def record(
    connection: Connection,
    report: Report,
    match: Match,
    raw: bytes,
    how: Circumstances,
    counts: undelivered.Counts,
) -> Consequence | None:
    """Write down a bounce or a complaint, and return what was done about it.

    None when the same was written down before, or when it decides nothing; then nothing changes.
    """
    bounce = None
    if report.kind is not Kind.COMPLAINT:
        bounce = bounce_of_report(report.kind, report.reason)
        if bounce is None:
            return None
    row = {
        "key": _key(report, match, raw),
        "subscriber_id": match.subscriber_id,
        "delivery_id": match.delivery_id,
        "kind": report.kind,
        "reason": report.reason[:200],
        "status": report.status[:12],
        "recipient": report.recipient[:254],
        "diagnostic": report.diagnostic,
        "matched_by": match.by,
        "received_at": how.at,
        "raw": zlib.compress(raw[:KEPT], 1),
    }
    if not insert_new(connection, reports, row, reports.c.key):
        return None
    note = f"{report.reason or report.kind}: {report.diagnostic or report.status}"[:_NOTE]
    if bounce is None:
        return _complained(connection, match, how, note, counts)
    if match.delivery_id is not None:
        failure = Failure(match.delivery_id, bounce, note, came_back=True)
        return undelivered.take(connection, failure, how.at, counts)
    return _of_person(connection, match, bounce, how, note)


def _key(report: Report, match: Match, raw: bytes) -> str:
    """Return what two copies of a report share. A mail can bounce once, and once for each reader
    that it was forwarded to; which of them says so changes nothing."""
    if match.delivery_id is not None:
        return f"{match.delivery_id}:{report.kind}"
    return f"person:{match.subscriber_id}:{hashlib.blake2b(raw, digest_size=16).hexdigest()}"


def _complained(
    connection: Connection, match: Match, how: Circumstances, note: str, counts: undelivered.Counts
) -> Consequence:
    if match.delivery_id is not None:
        return undelivered.complained(connection, match.delivery_id, how, note, counts)
    undelivered.end(connection, match.subscriber_id, match.email_key, how, note)
    return Consequence.END


def _of_person(
    connection: Connection, match: Match, bounce: Bounce, how: Circumstances, note: str
) -> Consequence:
    """Only what is sure at once follows where nobody knows which mail it was."""
    if bounce is Bounce.HARD:
        suppression.suppress(connection, match.email_key, SuppressionReason.BOUNCE, how.at, note)
        return Consequence.SUPPRESS
    return Consequence.TELL if bounce is Bounce.SENDER else Consequence.NOTHING
