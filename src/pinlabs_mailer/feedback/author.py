"""Whether a person wrote a mail, so that a person should read it. Pure.

It is asked only of mails that are no report, answer of a program or order to unsubscribe. What is
passed on goes to people in our name, so a mail must have nothing of a program, a list or a filter
about it: a letter that is not recognised is kept aside and still read there.
"""

import re

from pinlabs_mailer.feedback import addresses
from pinlabs_mailer.feedback.letter import Letter

FORWARDED = "X-Pinlabs-Forwarded"
"""Our own mark on what was passed on: with it, it has been here before (RFC 5321 section 6.3)."""
_HOPS = 30
"""Received fields of a mail that goes in circles. A letter has a dozen at most; it is only kept
aside, so this may be less than the 100 with which servers may refuse one (RFC 5321 section 6.3)."""
_PROGRAMS = (
    FORWARDED.lower(),
    "x-auto-response-suppress",
    "feedback-id",
    "x-failed-recipients",
    "x-cron-env",
)
"""Fields that people's mail programs do not write."""
_BULK = re.compile(r"bulk|list|junk|auto", re.IGNORECASE)
_FAILED = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)
_YES = re.compile("yes", re.IGNORECASE)
_SPAM = {
    "x-spam": _YES,
    "x-spam-flag": _YES,
    "x-spam-status": _YES,
    "x-rspamd-action": re.compile(
        "add header|rewrite subject|soft reject|reject|quarantine|discard", re.IGNORECASE
    ),
    "x-ms-exchange-organization-scl": re.compile(r"[5-9]\b"),
}
"""How filters mark spam: SpamAssassin, rspamd (https://rspamd.com/doc/modules/milter_headers.html)
and Exchange, by its spam confidence level."""
_NOBODY = re.compile(
    r"^(?:no|do[-_.]?not|never)[-_.]?(?:re(?:ply|sponse)|answer)\b"
    r"|^(?:mailer-daemon|postmaster|abuse|root|bounces?|daemon|notifications?|alerts?)\b",
    re.IGNORECASE,
)


def is_person(letter: Letter) -> bool:
    """Tell whether a person wrote it, as far as the header shows."""
    fields = letter.fields
    if any(name in fields for name in _PROGRAMS) or len(fields.every("received")) > _HOPS:
        return False
    if letter.to_many or letter.has_no_return or letter.by_daemon or letter.machine_parts:
        return False
    if letter.mail.type == "multipart/report" or _BULK.search(fields.get("precedence")):
        return False
    if fields.get("auto-submitted").lower() not in ("", "no"):
        return False
    if _FAILED.search(fields.get("authentication-results")):  # the topmost: the last server's
        return False
    if any(mark.match(one) for name, mark in _SPAM.items() for one in fields.every(name)):
        return False
    senders = fields.every("from")
    writer = addresses.first(senders[0]) if len(senders) == 1 else ""
    return bool(writer) and not _NOBODY.search(writer)
