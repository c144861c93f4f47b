"""Amazon SES: what it says of bounces and complaints, as reports like those of any mail. Pure.

SES gives mails a Message-ID of its own. Ours are told by the envelope sender and, where the
notifications have the original header (switch that on), by our Message-ID and the unsubscribe link.
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html

A second provider copies this module: its only function turns what was posted into reports.
"""

import json
import re
from typing import Any

from pinlabs_mailer.feedback.diagnosis import diagnose, find
from pinlabs_mailer.feedback.report import Kind, Reason, Report
from pinlabs_mailer.tokens import TOKEN_LENGTH

_NO_COMPLAINTS = ("not-spam", "auth-failure")
_SUPPRESSED = ("Suppressed", "OnAccountSuppressionList")
"""SES has not even tried: the address has bounced before."""
_REASONS = {
    "NoEmail": Reason.NO_MAILBOX,
    "MailboxFull": Reason.FULL,
    "MessageTooLarge": Reason.TOO_BIG,
    "ContentRejected": Reason.CONTENT,
    "AttachmentRejected": Reason.CONTENT,
}
_TOKEN = re.compile(rf"/u/([A-Za-z0-9_-]{{{TOKEN_LENGTH}}})(?![A-Za-z0-9_-])")
_MOST = 50


def read(message: str) -> tuple[Report, ...]:
    """Return what a notification says; nothing if it is about anything but bounces or complaints.

    Never raises, whatever the text is.
    """
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return ()
    told = _dict(told)
    kind = told.get("notificationType") or told.get("eventType")
    if kind == "Bounce":
        return _about(told, _bounces(_dict(told.get("bounce"))))
    if kind == "Complaint":
        return _about(told, _complaints(_dict(told.get("complaint"))))
    return ()


def _bounces(bounce: dict[str, Any]) -> list[Report]:
    type_, subtype = _text(bounce.get("bounceType")), _text(bounce.get("bounceSubType"))
    reports = []
    for who in _dicts(bounce.get("bouncedRecipients")):
        words = find(_text(who.get("diagnosticCode")))
        why = diagnose(words, _status(who))
        kind, reason = why.kind, why.reason
        if subtype in _SUPPRESSED:
            kind, reason = Kind.HARD, Reason.NO_MAILBOX
        elif reason == Reason.REFUSED:
            reason = _REASONS.get(subtype, Reason.REFUSED)
            kind = Kind.HARD if type_ == "Permanent" and reason != Reason.CONTENT else kind
        if type_ == "Transient":
            kind = Kind.SOFT
        address = _text(who.get("emailAddress"))[:254]
        reports.append(Report(kind, address, why.status, str(reason), why.diagnostic))
    return reports


def _complaints(complaint: dict[str, Any]) -> list[Report]:
    type_ = _text(complaint.get("complaintFeedbackType"))
    kind = Kind.AUTO_REPLY if type_ in _NO_COMPLAINTS else Kind.COMPLAINT
    return [
        Report(kind, _text(who.get("emailAddress"))[:254], diagnostic=type_[:100])
        for who in _dicts(complaint.get("complainedRecipients"))
    ]


def _about(told: dict[str, Any], reports: list[Report]) -> tuple[Report, ...]:
    """Add to each what our mail can be told by."""
    mail = _dict(told.get("mail"))
    header = {
        _text(one.get("name")).lower(): _text(one.get("value"))
        for one in _dicts(mail.get("headers"))
    }
    ids = (header.get("message-id", ""), _text(_dict(mail.get("commonHeaders")).get("messageId")))
    return tuple(
        one._replace(
            returned_to=(_text(mail.get("source")), header.get("return-path", "")),
            message_ids=tuple(found for found in (name.strip("<> ") for name in ids) if found),
            tokens=tuple(_TOKEN.findall(header.get("list-unsubscribe", "")))[:1],
            is_signed=True,
        )
        for one in reports
    )


def _status(who: dict[str, Any]) -> str:
    status = _text(who.get("status"))
    return status if re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", status) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return (
        [one for one in value if isinstance(one, dict)][:_MOST] if isinstance(value, list) else []
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
